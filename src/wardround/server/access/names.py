"""Names of users that are somebody's already by what they are."""

from __future__ import annotations

import re

from wardround.errors import InputError

__all__ = ["PROVIDED", "check_name"]

PROVIDED = re.compile(r"@oidc-[0-9a-f]{24}$")
"""How the names of an identity provider's users end: with a digest of issuer and subject."""


def check_name(name: str) -> None:
    """Refuse to give a user a name that an identity provider's user may have.

    Raises:
        InputError: it is one.
    """
    if PROVIDED.search(name):
        raise InputError("such names are for users of an identity provider", where="name")

"""Who may do what. Each route names one permission with `permits`; a route that names none is denied to everybody.

A role is a set of permissions. A token has scopes, which are permissions too: its bearer may do what is in its scopes
and in its owner's role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from wardround.store import Role

__all__ = ["PERMISSIONS", "ROLES", "SCOPES", "Permission", "permission_of", "permissions_of", "permits"]

Permission = Literal[
    "public",  # whoever reaches the server: health, signing in, the files of the pages
    "signed-in",  # whoever is signed in: their own account
    "codes:read",  # the classification and its rules; no patient data
    "notes:code",  # a draft that is not kept
    "cases:read",
    "cases:write",  # add a case, draft it, cancel that
    "cases:assign",
    "cases:export",
    "cases:delete",  # and restore
    "reviews:write",  # begin a review, decide
    "reviews:sign",  # and amend
    "reviews:adjudicate",  # ask for a second reader, settle where two differ
    "figures:read",  # how people decided, by reviewer
    "users:manage",  # users, tokens of others, retention
    "audit:read",
    "metrics:read",
]

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_ANYONE: frozenset[Permission] = frozenset({"public", "signed-in"})

SCOPES: tuple[Permission, ...] = tuple(each for each in PERMISSIONS if each not in _ANYONE)
"""What a token can be limited to; who it is of, each one may ask."""

_READER: frozenset[Permission] = _ANYONE | frozenset[Permission]({"codes:read", "cases:read"})
_CODER: frozenset[Permission] = _READER | frozenset[Permission](
    {"notes:code", "cases:write", "cases:export", "reviews:write", "reviews:sign"}
)
_REVIEWER: frozenset[Permission] = _CODER | frozenset[Permission](
    {"cases:assign", "reviews:adjudicate", "figures:read"}
)

ROLES: Mapping[Role, frozenset[Permission]] = {
    "reader": _READER,
    "coder": _CODER,
    "reviewer": _REVIEWER,
    "admin": frozenset(PERMISSIONS),
}
"""What each role may do."""

_KEY = "x-permission"


def permissions_of(role: Role, scopes: Collection[str] | None = None) -> frozenset[Permission]:
    """What somebody may do: by their role alone, or by a token with these scopes."""
    return ROLES[role] if scopes is None else ROLES[role] & (_ANYONE | frozenset(scopes))


def permits(permission: Permission, **more: Any) -> dict[str, Any]:
    """What a route gives as ``openapi_extra``: the permission it takes, which the OpenAPI document tells too.

    >>> permits("cases:read")
    {'x-permission': 'cases:read'}
    """
    return {_KEY: permission, **more}


def permission_of(extra: Mapping[str, Any] | None) -> Permission | None:
    """The permission that a route's ``openapi_extra`` names; None if it names none, so that it is denied."""
    named = (extra or {}).get(_KEY)
    return named if named in PERMISSIONS else None

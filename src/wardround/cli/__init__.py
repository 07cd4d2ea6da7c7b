"""The command line: one module per command, thin. What a command needs is imported when it runs, so help is instant."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``wardround`` with ``arguments``, by default those of the process, and exit.

    The status is 0 if all went well, 1 after a failure, 2 if the command line is wrong, and 3 if ``--fail-on-review``
    was asked for and a code needs review.
    """
    gc.set_threshold(100_000)  # starting up makes many objects and next to no garbage
    # No package that happens to be installed may hook into the validation of a note, nor be searched for at each start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

    from wardround.cli.app import run

    sys.exit(run(arguments))

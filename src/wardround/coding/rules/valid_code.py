"""Only whole codes of the release are reported (Guidelines I.A.2, I.A.3, I.B.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from wardround import icd10
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.seventh_character import lacks_character
from wardround.errors import CodeSetError, UnknownCode
from wardround.icd10 import CodeSet, Release
from wardround.icd10.code import printed

__all__ = ["ValidCode"]

_LONGEST = 24  # characters; what is longer is no code, and is not repeated in full
_SHOWN = 8  # codes below a heading


class ValidCode(Rule):
    """A code is reported with all the characters it has; a heading, however exact, is no code.

    In any list wardround rejects what the release in force on the day of the encounter does not have: for a heading it
    names what stands below it, for an unknown code the nearest real ones, and it says so if another installed release
    has the code, which was then deleted or is not there yet. A code that lacks only its 7th character has a rule of its
    own. The codes that wardround gives for a note are always whole codes of the release, so the rule is for lists.
    """

    name = "valid-code"
    section = "I.B.2"
    title = "every code is a whole code of the release in force"
    severity = "reject"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if len(listed.briefs) == len(listed.given):
            return
        for place, given in enumerate(listed.given, 1):
            brief = listed.codes.brief(given)
            if (brief is not None and brief.billable) or lacks_character(listed.codes, given):
                continue
            if brief is not None:
                yield self.finding("reject", [brief.code], _heading(listed.codes, brief.code), section="I.A.3")
                continue
            code = printed(given[:_LONGEST])
            shown = code or " ".join(given[:_LONGEST].split())
            what, more = _unknown(listed.codes, shown)
            # Only what looks like a code is repeated in words: anything else may be text of a note.
            message = what if code else f"entry {place} of the list has not the form of a code"
            yield self.finding("reject", [shown], message + more)


@lru_cache(maxsize=4096)
def _heading(codes: CodeSet, code: str) -> str:
    below = codes.children(code)
    more = ", …" if len(below) > _SHOWN else ""
    return f"{code} is a heading, not a code; below it are {', '.join(below[:_SHOWN])}{more}"


@lru_cache(maxsize=4096)
def _unknown(codes: CodeSet, code: str) -> tuple[str, str]:
    """Why ``code`` is none, and what may be meant."""
    try:
        codes.title(code)
    except UnknownCode as error:
        elsewhere = _release_with(code, codes.release)
        if elsewhere is not None:
            return error.what, f"; release {elsewhere.id} has it"
        return error.what, f"; nearest: {', '.join(error.nearest)}" if error.nearest else ""
    raise ValueError(f"{code} is a code")


def _release_with(code: str, release: Release) -> Release | None:
    """Another installed release that has the code, the newest first."""
    for other in reversed(icd10.releases()):
        with suppress(CodeSetError):  # a damaged release must not hide what is wrong with the code
            if other.id != release.id and icd10.load(other.id).billable(code):
                return other
    return None

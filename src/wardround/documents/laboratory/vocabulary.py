"""What is known of laboratory reports by the words in them: kept as tables beside this module."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

from wardround.documents.tables import read_table

__all__ = ["headings", "is_unit", "known", "plain"]

_EDGES = " .:;,*()[]{}"
_BASE = (
    r"(?:[kmµμunpfd]|mc|da)?(?:g|t|gm|gms|mol|moles?|eq|iu|u|units?|l|ltr|osm|pa|katal|kat|cells?|sec|s)"
    r"|cells?|copies|lakhs?|lacs?|thou|thousands?|million|millions?|mill|mil|ratio|index|%|percent|‰|mmhg|mm|fl|pg|"
    r"secs?|seconds?|minutes?|min|s/co|coi|au|ru|gpl|mpl|inr|x?10\s?(?:[\^*eE]|\*\*)?\s?\d{1,2}|x?10[³⁹⁶¹²]+|"
    r"[/.x×*]?\s?10[°º]\d{1,2}|k|m"
)
_BELOW = (
    r"(?:[kmµμunpfd]|mc)?l|dl|ltr|mm3|mm³|mm\^3|cu\.?\s?mm\.?|cumm|cmm|hpf|lpf|hr|hour|h|min|day|d|24\s?h(?:rs?|ours?)?|"
    r"kg|g|gm|mg|mmol|mol|creat(?:inine)?|1\.73(?:\s?m(?:2|²|\^2))?|m2|m²|field|100\s?(?:wbc|ml)|hgb|hb|sec|s|h\.?p\.?f\.?"
)
_UNIT = re.compile(
    rf"[x×*]?\s?(?:(?:{_BASE})(?:\s?[x.·]\s?(?:{_BASE}))?(?:\s?/\s?(?:{_BELOW})){{0,3}}|/\s?(?:{_BELOW}))"
    r"(?:\s?(?:\(?(?:feu|ddu|ngsp|dcct)\)?))?",
    re.IGNORECASE,
)
_NEVER = frozenset(
    {"k", "m", "l", "s", "d", "h", "u", "g", "min", "index", "ml", "t", "mt", "kt", "pt", "ft", "nt", "dt", "ut"}
)


def plain(text: str) -> str:
    """``text`` without its punctuation at either end, in small letters, with single spaces.

    >>> plain(" Ref. Range: ")
    'ref range'
    """
    words = (word.strip(_EDGES) or word for word in text.lower().split())
    return " ".join(words).strip(" :;,")


def is_unit(text: str) -> bool:
    """Whether this is written like a unit of a laboratory.

    >>> [is_unit(each) for each in ("g/dL", "10^3/µL", "mL/min/1.73 m2", "/hpf", "3.5", "years")]
    [True, True, True, True, False, False]
    """
    whole = text.strip().strip("()[]").strip()
    return (
        bool(whole)
        and len(whole) <= 30
        and whole.lower() not in _NEVER
        and any(c.isalpha() or c in "%‰" for c in whole + ("a" if whole[:1] in "x×*/1" and len(whole) > 2 else ""))
        and _UNIT.fullmatch(whole) is not None
    )


@cache
def headings() -> dict[tuple[str, ...], str]:
    """What stands in a column, by the words over it."""
    return {tuple(phrase.split()): role for role, phrase in read_table("laboratory/headings.tsv")}


@cache
def _words() -> dict[str, dict[str, str]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for kind, phrase, *meaning in read_table("laboratory/words.tsv"):
        found[kind][phrase] = meaning[0] if meaning else ""
    return dict(found)


def known(kind: str, text: str | Sequence[str]) -> str | None:
    """What a phrase of this kind means, perhaps an empty text; None if it is none.

    >>> known("value", "Not detected"), known("flag", "HH"), known("section", "Sodium")
    ('negative', 'critical high', None)
    """
    phrase = " ".join((text if isinstance(text, str) else " ".join(text)).lower().split())
    table = _words()[kind]
    bare = phrase.strip(" .:;,()[]")
    return table.get(phrase, table.get(bare) if bare else None)

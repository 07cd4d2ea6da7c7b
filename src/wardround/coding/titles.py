"""What the titles of the classification say, in words: what a note would repeat of them and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from wardround.words import folded

__all__ = [
    "DEFAULTED",
    "DENYING",
    "FREE",
    "SIDES",
    "SKIPPED",
    "content_words",
    "is_skipped",
    "reductions",
    "sides_of",
    "stands_alone",
    "unsaid",
]

SKIPPED = frozenset({""}) | frozenset(
    "a an and any are as at be been but by due for from had has have having her his in into is it its my of on or our "
    "she he some that the their there these this those to was were which who will with your".split()
)
"""Words that neither a term nor a note is matched by."""

DENYING = frozenset({"no", "non", "not", "without"})
"""Words that turn what follows into its absence; a term with one of them is only found word by word in order."""

SIDES = frozenset({"right", "left", "bilateral", "unilateral"})
"""Words for a side; never part of a term, always a matter of choice."""

_SIDED = re.compile(r"right|left|lateral", re.IGNORECASE)
_UNSAID = SIDES | frozenset(
    "classified closed displaced elsewhere encounter initial nec nos other specified uncomplicated unspecified".split()
)

FREE = _UNSAID | frozenset(
    "body cause classifiable condition disease kind multiple organism part region simple single site underlying".split()
)
"""Words of a title that do not have to be said for its condition to be meant."""

DEFAULTED = re.compile(
    r"\([^)]*\)|\[[^\]]*\]"
    r"|\b(?:without|except|unless|excluding|not (?!elsewhere))"
    r"(?:(?!\bof (?:right|left|bilateral|unspecified|other)\b|\b(?:right|left|bilateral)\b|\bunspecified eye\b"
    r"|\bwith\b|,(?! (?:psychotic|mood|and|or|suspected)\b)|;).)*"
    r"|\bunspecified (?:whether|as to)\b(?:(?! obstruction)[^,;])*"
    r"|\bunspecified (?:cause|degree|organism|severity|stage|trimester|type)\b"
    r"|\bnot elsewhere classified\b|\bnot otherwise specified\b|\b(?:NOS|NEC)\b|\binitial encounter.*$",
    re.IGNORECASE,
)
"""The parts of a title that hold without being said: non-essential modifiers, "without …", NOS (Guidelines I.A.7)."""

# After these "a" is a letter and no article.
_LETTERED = frozenset(
    "hepatitis influenza flu hemophilia vitamin group type immunoglobulin streptococcus strep".split()
)

# A title that is down to one of these would match ordinary speech.
_NOT_ALONE = frozenset(
    "abnormality absence accident acquired activity acute adjustment adult aftercare alcohol allergy amputation "
    "anomaly anxious arrest assassination atlas attack axis benign birth blizzard blood brain breast calcaneus "
    "calme candid candidid care cavity cell change chest child chronic cloudburst cocaine code collision "
    "complication condition congenital contact cord corrosion counseling cyclone death defect deformity "
    "delinquency delivery disease disorder disturbance donor drowning dye earthquake effect electrocution "
    "examination explosion exposure eye falling felon female fit fitting flood follow foot gas hair hand "
    "hanging head heart hip his history homicide hostility hr hurricane hypersensitivity immersion immunization "
    "infant infantilism infection injury kidney knee labor leg legal lesion level lip litigation liver loss "
    "lump lung maintenance male malformation malignant malleus manslaughter mass mis mortality murder muscle "
    "nail neck needle neoplasm newborn nodule observation organ patella pim pin poisoning pr pre pregnancy "
    "presence primary problem prosecution ptp rar rash reaction relationship removal replacement runaway "
    "screaming screening secondary septum sexual shot sighing single starvation status sterilization still "
    "storm stress swelling symptom syndrome taco talus tendon terminal terrorism test tidalwave tooth tornado "
    "transplant triplet tsunami tumor twin twister typhoon unhappiness vaccination valve ventricle vessel "
    "volcanic worm worry".split()
)
_ADJECTIVE = ("ic", "al", "ous", "ive", "ary", "ed", "ing")
_NOUN_ALL_THE_SAME = frozenset("bloating colic fainting flushing sneezing snoring stuttering vomiting wheezing".split())


def is_skipped(words: Sequence[str], i: int) -> bool:
    """Whether nothing is matched by the folded word ``words[i]``."""
    return words[i] in SKIPPED and not (words[i] == "a" and i > 0 and words[i - 1] in _LETTERED)


def content_words(text: str) -> list[str]:
    """The folded words of ``text`` without those that nothing is matched by.

    >>> content_words("Pneumonia due to Hepatitis A")
    ['pneumonia', 'hepatitis', 'a']
    """
    words = folded(text)
    return [word for i, word in enumerate(words) if word not in SKIPPED or not is_skipped(words, i)]


@lru_cache(maxsize=4096)
def sides_of(title: str) -> frozenset[str]:
    """The words for a side in a title."""
    return SIDES.intersection(content_words(title)) if _SIDED.search(title) else frozenset()


def reductions(title: str) -> Iterator[list[str]]:
    """The ways a note may write a title, as lists of content words, the fullest first.

    A title with a side or "unspecified" is never taken whole: that is chosen from the context.

    >>> list(reductions("Dizziness and giddiness"))
    [['dizziness', 'giddiness'], ['dizziness'], ['giddiness']]
    >>> list(reductions("Pain in right knee"))
    [['pain', 'knee']]
    """
    whole = content_words(title)
    plain = DEFAULTED.sub(" ", title)
    words = _said(plain)
    if words != whole and SIDES.isdisjoint(whole) and "unspecified" not in whole:
        yield whole
    if words:
        yield words
    parts = re.split(r"\band\b", plain)
    if len(parts) == 2 and all(len(content_words(part)) == 1 for part in parts):
        yield from (_said(part) for part in parts)
    if title.lower().startswith("personal history of "):
        yield [word for word in words if word != "personal"]


def _said(text: str) -> list[str]:
    return [word for word in content_words(text) if not unsaid(word)]


def unsaid(word: str) -> bool:
    """Whether a word of a title is left to the context, or holds without being said."""
    return word in _UNSAID


def stands_alone(word: str) -> bool:
    """Whether a title that is down to one word still names a condition: no adjective, everyday word or number."""
    if word in _NOUN_ALL_THE_SAME:
        return True
    return len(word) > 3 and not word.isdigit() and word not in _NOT_ALONE and not word.endswith(_ADJECTIVE)

"""From words to a billable code by the book: locate the term in the Alphabetic Index, verify it in the Tabular List.

The Index gives a header and leaves some words over. Below the header the Tabular List asks for detail, side and 7th
character; what the words say of them is taken, and what they do not say is listed as missing, with the choices there
are. Where something is missing the codes are the least specific ones: a coder would look into the record once more.

Source: ICD-10-CM Guidelines I.B.1 (locating a code), I.B.2 (level of detail), I.B.13 (laterality), I.A.5 (7th
characters), I.A.13 (etiology and manifestation).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache

from wardround.coding.choose import Choice, Chooser
from wardround.coding.seventh import seventh_character
from wardround.coding.titles import SIDES, sides_of
from wardround.coding.vocabulary import Vocabulary
from wardround.errors import CodeSetError
from wardround.icd10 import CodeSet
from wardround.icd10.index import AlphabeticIndex, Route, Step
from wardround.words import cut

__all__ = ["Answer", "Lookup", "Missing", "look_up"]

_NOTES = {  # field of a code → how the Tabular List heads these notes, in the order in which they matter
    "code_first": "code first",
    "use_additional": "use additional code",
    "code_also": "code also",
    "excludes1": "excludes1",
}
_BOTH = frozenset({"both", "bilaterally"})
_LIMBS = {"arm": ("upper", "limb"), "leg": ("lower", "limb")}  # as the titles of the Tabular List say it
_PHASES = frozenset(
    "active aftercare delayed healed healing initial late malunion nonunion open removal routine sequela sequelae "
    "subsequent".split()
)
_ORDER = ("laterality", "detail", "7th character")
_MOST_CHOICES = 12  # listed of what is missing


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that the Tabular List asks for and the words do not say.

    Attributes:
        what: ``"laterality"``, ``"7th character"`` or ``"detail"``.
        choices: what could be said, each with the code, or for a 7th character with the character.
    """

    what: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One way from the words to codes.

    Attributes:
        route: the way through the Index; None where the Index has no such term but the lexicon has.
        steps: what the Tabular List adds: the entry verified, what was chosen below it, the notes to obey.
        codes: billable codes, the first to be reported first; empty where the way ends without one.
        missing: what has been assumed, because the words do not say it.
        unused: the words that neither the Index nor the title of a code has.
    """

    route: Route | None
    steps: tuple[Step, ...]
    codes: tuple[str, ...]
    missing: tuple[Missing, ...]
    unused: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether there are codes, nothing had to be assumed, and every word had its part in it."""
        return bool(self.codes) and not self.missing and not self.unused


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a look-up found.

    Attributes:
        words: what was looked up.
        answers: the ways to codes, best first; empty where there is none.
    """

    words: str
    answers: tuple[Answer, ...]


def look_up(codes: CodeSet, words: str, *, table: str | None = None, limit: int = 1) -> Lookup:
    """Look ``words`` up in the Index of a release and verify what is found in its Tabular List.

    Args:
        codes: the release.
        words: a condition in the order of the Index ("fracture, femur, neck, left") or of speech.
        table: one table of the Index alone: "index", "external", "neoplasm" or "drug".
        limit: how many ways to give at most.

    Raises:
        CodeSetError: the release has no Index, or not this table.
    """
    index = codes.index
    if index is None:
        raise CodeSetError(
            f"release {codes.release.id} has no Alphabetic Index",
            hint="install an official release that has one: wardround codeset install PATH",
        )
    book = _book(codes)
    routes = book.routes(index, words, table, limit)
    answers = [book.verified(route, words) for route in routes]
    if table is None and not (routes and (routes[0].code or not routes[0].unused)):
        answers = [*book.from_lexicon(words), *answers]
    different = {answer.codes: answer for answer in reversed(answers)}  # the first of those with the same codes
    kept = [answer for answer in answers if different[answer.codes] is answer]
    return Lookup(words, tuple([answer for answer in kept if answer.codes] or kept)[:limit])


@lru_cache(4)
def _book(codes: CodeSet) -> _Book:
    return _Book(codes)


class _Book:
    """The Tabular List of one release, opened to verify codes in it."""

    def __init__(self, codes: CodeSet) -> None:
        self._codes = codes
        self._vocabulary = Vocabulary.load(codes)
        self._chooser = Chooser(codes, self._vocabulary)

    def routes(self, index: AlphabeticIndex, words: str, table: str | None, limit: int) -> tuple[Route, ...]:
        """The routes from the words as they are or, where that leaves less over, in the Tabular's vocabulary."""
        routes = index.lookup_all(words, table, limit)
        if routes and routes[0].complete:
            return routes
        other = index.lookup_all(" ".join(self._vocabulary.canonical_words(words)), table, limit)
        return other if other and (not routes or _lack(other[0]) < _lack(routes[0])) else routes

    def from_lexicon(self, words: str) -> Iterator[Answer]:
        """What the lexicon and the titles have for exactly these words: acronyms, above all."""
        canonical = self._vocabulary.canonical_words(words)
        for first, last, group in self._vocabulary.phrases(canonical):
            if (first, last) != (0, len(canonical)):
                continue
            term = next((term for term in self._vocabulary.terms(group) if not term.when and term.target != "-"), None)
            if term is not None:
                found = [self._below(header, words) for header in term.target.split("+")]
                yield self._answer(None, [Step(term.source, " ".join(term.words))], found)

    def verified(self, route: Route, words: str) -> Answer:
        """The codes that a route leads to, and what the Tabular List says of them."""
        found = [self._below(code, words) for code in (route.code, route.manifestation) if code is not None]
        return self._answer(route, [], found)

    def _answer(self, route: Route | None, steps: list[Step], found: list[_Found]) -> Answer:
        missing: list[Missing] = []
        for each in found:
            steps += each.steps
            missing += (lack for lack in each.missing if lack not in missing)
        codes = tuple(dict.fromkeys(code for each in found for code in each.codes))
        steps += (note for code in codes for note in self._notes(code))
        told = {word for code in codes for word in cut(self._codes.title(code)).folded} | _PHASES | _BOTH
        unused = tuple(word for word in (route.unused if route else ()) if word not in told)
        return Answer(route, tuple(dict.fromkeys(steps)), codes, tuple(missing), unused)

    def _below(self, header: str, words: str) -> _Found:
        """The billable codes at or below ``header`` that the words support."""
        entry = self._codes.get(header)
        if entry is None:
            return _Found([Step("not in the release", header)])
        found = _Found([self._step("verify", entry.code)])
        heard = frozenset(cut(words).folded)
        said = heard.union(self._vocabulary.canonical_words(words), *(_LIMBS[word] for word in heard & _LIMBS.keys()))
        sides = (SIDES & heard) | ({"bilateral"} if heard & _BOTH else set())
        headers = [entry.code]
        sided = self._sided(entry.code)
        if sided and not sides:
            found.missing.append(Missing("laterality", tuple(sided.items())))
        elif sided:
            headers = self._on_side(entry.code, sided, sides)
            found.steps += (self._step("chosen", header) for header in headers if header != entry.code)
        for header in headers:
            self._complete(header, found, said, sides)
        found.missing = sorted(dict.fromkeys(found.missing), key=lambda lack: _ORDER.index(lack.what))
        return found

    @staticmethod
    def _on_side(code: str, sided: dict[str, str], sides: Set[str]) -> list[str]:
        """The codes for the sides that are said; both sides where there is no bilateral code (I.B.13)."""
        both = "bilateral" in sides or {"right", "left"} <= sides
        if both and "bilateral" in sided:
            return [sided["bilateral"]]
        wanted = ("right", "left") if both else tuple(sides)
        return [sided[side] for side in wanted if side in sided] or [code]

    def _complete(self, header: str, found: _Found, said: Set[str], sides: Set[str]) -> None:
        """Add the billable codes at or below ``header``, how they were chosen, and what they lack."""
        if self._codes.billable(header):
            found.codes.append(header)
            return
        for choice in self._chooser.choose(header, said, (), sides):
            chosen = [choice.code]
            if sides and not sides_of(self._codes.title(choice.code)):
                chosen = self._on_side(choice.code, self._sided(choice.code), sides)
            for code in chosen:
                if code != header:
                    found.steps.append(self._step("chosen", code))
                self._with_seventh(code, found, said)
            found.missing += self._missing(header, choice, sides)

    def _with_seventh(self, chosen: str, found: _Found, said: Set[str]) -> None:
        code = seventh_character(self._codes, chosen, said)
        if code is None:
            return
        found.codes.append(code)
        if code != chosen:
            meanings = self._codes.code(chosen).seventh_characters
            found.steps.append(Step("7th character", f"{code[-1]} {meanings[code[-1]]}"))
            if not said & _PHASES:
                found.missing.append(Missing("7th character", tuple(meanings.items())))

    def _step(self, kind: str, code: str) -> Step:
        return Step(kind, f"{code} {self._codes.title(code)}")

    def _sided(self, code: str) -> dict[str, str]:
        """Side → code, for the codes that differ from a ``code`` of unspecified side in nothing but the side."""
        parent = self._codes.parent(code)
        if parent is None or "unspecified" not in self._codes.title(code).lower():
            return {}
        own = self._unsided(code)
        return {
            side: sibling
            for sibling in self._codes.children(parent)
            for side in sides_of(self._codes.title(sibling))
            if sibling != code and self._unsided(sibling) <= own
        }

    def _unsided(self, code: str) -> frozenset[str]:
        return frozenset(cut(self._codes.title(code)).folded) - SIDES - {"unspecified"}

    def _missing(self, header: str, choice: Choice, sides: Set[str]) -> Iterator[Missing]:
        """What tells the choice from the other codes below ``header`` and was not said."""
        chosen = choice.code
        titles = {code: self._codes.title(code) for code in self._codes.leaves(header)}
        own = sides_of(titles[chosen])
        sided = {code: side for code, title in titles.items() for side in sorted(sides_of(title))}
        if sided and not sides and not own:
            same = {code: side for code, side in sided.items() if code[:-1] == chosen[:-1]} or sided
            yield Missing("laterality", tuple((side, code) for code, side in same.items())[:_MOST_CHOICES])
        told = choice.used - set(self._vocabulary.canonical_words(self._codes.title(header)))
        if "unspecified" in titles[chosen].lower() and not told and len(titles) > len(sided) + 1:
            others = [(title, code) for code, title in titles.items() if code != chosen and code not in sided]
            yield Missing("detail", tuple(others[:_MOST_CHOICES]))

    def _notes(self, code: str) -> Iterator[Step]:
        entry = self._codes.code(code)
        for kind, heading in _NOTES.items():
            for note in getattr(entry, kind):
                if not note.source.startswith("chapter"):
                    yield Step(heading, f"{note.text} [{note.source}]")


@dataclass(slots=True)
class _Found:
    """What is found at or below one header."""

    steps: list[Step]
    codes: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


def _lack(route: Route) -> tuple[bool, int]:
    return route.code is None, len(route.unused)

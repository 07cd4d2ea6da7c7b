"""What the cross-references of the Index point to, found once when it is compiled.

A reference is text: "Fracture, femur, neck", "Neoplasm, by site, malignant", "Table of Drugs and Chemicals, by drug,
poisoning", "category M01", "condition". Its words are looked up as a coder would look them up; "by site" and the like
are left open, and what stands after them is kept for whoever follows the reference.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, permutations

from wardround.icd10.index.entry import Reference
from wardround.icd10.index.parse import Row, Section
from wardround.icd10.index.title import BRACKETS, Title, variants, without_modifiers
from wardround.icd10.index.walk import Family, Node, Query, Trail, trails
from wardround.icd10.notes import patterns
from wardround.words import cut, fold

__all__ = ["BEHAVIORS", "Resolver"]

BEHAVIORS = (
    (re.compile(r"\b(?:of )?uncertain\s+behavior\b", re.IGNORECASE), "uncertain"),
    (re.compile(r"\b(?:of )?unspecified\s+behavior\b", re.IGNORECASE), "unspecified"),
    (re.compile(r"\bin situ\b", re.IGNORECASE), "in_situ"),
    (re.compile(r"\bbenign\b", re.IGNORECASE), "benign"),
    (re.compile(r"\b(?:malignant, )?secondary\b", re.IGNORECASE), "malignant_secondary"),
    (re.compile(r"\bmalignant\b", re.IGNORECASE), "malignant_primary"),
)
"""How a reference names a column of the Table of Neoplasms."""

_DRUGS = re.compile(r"^table of drugs\b(?: and (?:chemicals|biologicals))?[, ]*", re.IGNORECASE)
_NEOPLASMS = re.compile(r"^table of neoplasms\b[, ]*", re.IGNORECASE)
_INDEX = re.compile(r"^index to diseases(?: and injuries)?\b[, ]*", re.IGNORECASE)
_CODES = re.compile(r"^(?:sub)?categor(?:y|ies)\b|^[A-Z]\d[0-9A-Z]\b", re.IGNORECASE)
_CONDITION = re.compile(r"^condition\b[, ]*", re.IGNORECASE)
_OPEN = re.compile(
    r"(?:\bor )?\bby (?:(?:specified|specific|body) )?(?:site|type|cause|region|degree|device|drug|substance|animal|"
    r"object|element|chromosome|disorder|fracture|histology|ST elevation)\b"
    r"(?: (?:and|or) (?:type|site|substance|machine|non-ST elevation)| (?:of|as) [^,]+| involved| if known)*"
    r"|\bwith (?:7th|seventh) character .*$",
    re.IGNORECASE,
)
_FILLER = re.compile(r"^(?:and )?(?:see )?(?:also )\b|^- |, if (?:known|applicable)\b|[, ]+$")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9]{2,}")
_SEVERAL = re.compile(r"; (?:and )?(?:see )?(?:also )?|,? and (?=[A-Z])")


class Resolver:
    """Resolves the references of parsed rows."""

    def __init__(self, rows: Sequence[Row], sections: Iterable[Section]) -> None:
        self._rows = rows
        self._sections = {section.table: section for section in sections}
        self._children: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if row.parent is not None:
                self._children[row.parent].append(row)
        self.leads = self._by_word()
        self.forms = self._forms()
        self.acronyms = self._acronyms()
        self.family = lru_cache(None)(self._family)
        self.resolve = lru_cache(None)(self._resolve)

    def _family(self, number: int) -> Family:
        rows = self._children.get(number, ())
        return Family.of([Node(row.number, Title.of(row.printed)) for row in rows], ())

    def _by_word(self) -> dict[str, list[Node]]:
        """The main terms by the rarest of the words that each form of them needs."""
        nodes = [Node(row.number, Title.of(row.printed, lead=True)) for row in self._rows if row.parent is None]
        frequency = Counter(word for node in nodes for word in node.title.words)
        leads: dict[str, list[Node]] = defaultdict(list)
        for node in nodes:
            forms = node.title.segments[: node.title.forms]
            rarest = [min(form[:2], key=lambda group: max(frequency[word] for word in group)) for form in forms]
            for word in sorted({word for group in rarest for word in group}):
                leads[word].append(node)
        return leads

    def _forms(self) -> dict[str, tuple[str, ...]]:
        """The other forms of each word that the titles themselves give: "femur, femoral", "sacrum, sacral"."""
        forms: dict[str, set[str]] = defaultdict(set)
        for printed in {row.printed for row in self._rows if "," in row.printed}:
            words = [cut(form.removesuffix(" NEC")).folded for form in variants(without_modifiers(printed)[0])]
            if len(words) > 1 and all(len(each) == 1 for each in words):
                for (one,), (other,) in permutations(words, 2):
                    if one.endswith("itis") == other.endswith("itis"):  # "tonsil, tonsillitis" are two things
                        forms[one].add(other)
        return {word: tuple(sorted(others - {word})) for word, others in forms.items()}

    def _acronyms(self) -> dict[str, list[int]]:
        """The terms that have an acronym beside them: "non-ST elevation (NSTEMI)", "irritable bowel [IBS]"."""
        found: dict[str, list[int]] = defaultdict(list)
        for row in self._rows:
            if "(" in row.printed or "[" in row.printed:
                text, modifiers = without_modifiers(row.printed)
                for beside in (*modifiers, *BRACKETS.findall(text)):
                    if _ACRONYM.fullmatch(beside) and beside not in ("NEC", "NOS"):
                        found[fold(beside)].append(row.number)
        return found

    def _resolve(self, text: str, home: str) -> tuple[Reference, bool]:
        """What ``text``, printed in the table ``home``, stands for, and whether all of it was understood."""
        plain = _FILLER.sub("", " ".join(text.split()))
        plain = _FILLER.sub("", plain)
        condition = _CONDITION.match(plain)
        if condition:
            return Reference(text, condition=True, words=_words(plain[condition.end() :])), True
        if _CODES.match(plain):
            named = plain.replace("categories", "").replace("category", "")
            codes = patterns(named) or patterns(named.split(" with ")[0])
            return Reference(text, codes=codes), bool(codes)
        drugs = _DRUGS.match(plain)
        if drugs:
            return self._drug(text, plain[drugs.end() :])
        neoplasms = _NEOPLASMS.match(plain)
        if neoplasms:
            plain = f"Neoplasm, {plain[neoplasms.end() :]}".rstrip(", ")
        index = _INDEX.match(plain)
        if index:
            plain, home = plain[index.end() :], "index"
        found, whole = self._term(text, plain, home)
        if whole or not _SEVERAL.search(plain):
            return found, whole
        parts = [self._term(text, part, home) for part in _SEVERAL.split(plain)]
        if not all(each for _, each in parts):
            return found, whole
        first = parts[0][0]
        entries = tuple(dict.fromkeys(number for reference, _ in parts for number in reference.entries))
        return Reference(text, entries, column=first.column, open=first.open, words=first.words), True

    def _drug(self, text: str, rest: str) -> tuple[Reference, bool]:
        if "drug" not in self._sections:
            return Reference(text), False
        lower = rest.lower()
        column = ""
        if "adverse effect" in lower or lower.endswith("character 5"):
            column = "adverse_effect"
        elif lower.endswith("character 6") or "underdosing" in lower:
            column = "underdosing"
        elif "accident" in lower:
            column = "poisoning_accidental"
        substance = re.sub(r"\b(?:by [^,]*|categories .*|adverse effect|poisoning|accident)\b", "", rest).strip(", ")
        if not substance:
            return Reference(text, table="drug", column=column), True
        found, whole = self._term(text, substance, "drug")
        return Reference(text, found.entries, "drug", column, words=() if whole else (substance,)), whole

    def _term(self, text: str, plain: str, home: str) -> tuple[Reference, bool]:
        place = _OPEN.search(plain)
        before, open_, after = plain, "", ""
        if place is not None:
            before, open_, after = plain[: place.start()], place[0], plain[place.end() :]
        column = ""
        if re.match(r"neoplasm\b", plain, re.IGNORECASE) and "neoplasm" in self._sections:
            for pattern, name in BEHAVIORS:
                if pattern.search(before) or pattern.search(after):
                    column = column or name
                    before, after = pattern.sub("", before), pattern.sub("", after)
            found = self._walk(before, "neoplasm", only=True)
            if found is not None and not found[1]:
                table = "neoplasm" if found[0].path[-1] == self._sections["neoplasm"].first else ""
                words = _words(after)
                return Reference(text, found[0].path[-1:], table, column, open_, words), True
        best = self._walk(before if before.strip(" ,") else after, home)
        if best is None:
            return Reference(text, open=open_), False
        trail, left = best
        words = (*left, *_words(after)) if before.strip(" ,") else left
        return Reference(text, trail.path[-1:], "", column, open_, words), not left

    def _walk(self, text: str, home: str, *, only: bool = False) -> tuple[Trail, tuple[str, ...]] | None:
        """The best way for the words of ``text``, and those of them that it does not use."""
        plain, _ = without_modifiers(text)
        query = Query.of(plain, self._other_forms)
        first = Query.of(plain.split(",")[0], self._other_forms)
        if not query.content(query.said):
            return None
        everything = query.said & ~query.light
        best: tuple[tuple[float, ...], tuple[int, ...], Trail] | None = None
        candidates = {node.number: node for word in first.bits for node in self.leads.get(word, ())}
        for number in sorted(candidates):
            row, node = self._rows[number], candidates[number]
            if (only and row.table != home) or node.title.match(first.bits, first.words, lead=True) is None:
                continue
            near = (row.table == home) * 2 + (row.table == "index")
            for trail in trails(self.family, node, query):
                rank: tuple[float, ...] = (-(everything & ~(trail.used | trail.weak)).bit_count(), near, -trail.unsaid)
                if best is not None and rank < best[0]:
                    continue
                finer = (-trail.weak.bit_count(), -self._turns(trail, query), -len(trail.path))
                if best is None or (rank, finer) > best[:2]:
                    best = rank, finer, trail
        if best is None:
            return None
        trail = best[2]
        used = trail.used | trail.weak
        return trail, tuple(word for word in query.words if not query.bits[word] & (used | query.light))

    def _other_forms(self, word: str) -> tuple[str, ...]:
        return self.forms.get(word, ())

    def _turns(self, trail: Trail, query: Query) -> int:
        """How often the way goes against the order of the words."""
        places = []
        for number in trail.path:
            bits = 0
            for word in Title.of(self._rows[number].printed).words:
                bits |= query.bits.get(word, 0)
            if bits:
                places.append(bits & -bits)
        return sum(one > other for one, other in pairwise(places))


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())

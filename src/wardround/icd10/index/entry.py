"""What the Index is made of, as it is handed out: entries, cross-references, links and routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wardround.icd10.index.title import connective, variants, without_modifiers
from wardround.icd10.notes import CodePattern

__all__ = ["COLUMNS", "TABLES", "IndexEntry", "Link", "Pointer", "Reference", "Route", "Step"]

TABLES = ("index", "external", "neoplasm", "drug")
"""The Index to Diseases and Injuries, the External Cause Index, the Tables of Neoplasms and of Drugs and Chemicals."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "neoplasm": ("malignant_primary", "malignant_secondary", "in_situ", "benign", "uncertain", "unspecified"),
    "drug": (
        "poisoning_accidental",
        "poisoning_self_harm",
        "poisoning_assault",
        "poisoning_undetermined",
        "adverse_effect",
        "underdosing",
    ),
}
"""The columns of the two tables after the one that names the row, from left to right."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A cross-reference, resolved when the Index was compiled.

    Attributes:
        text: as printed: ``"Neoplasm, by site, malignant"``.
        entries: identifiers of the entries it leads to; empty where it could not be resolved or names no term.
        table: the table it sends to as a whole, "drug" or "neoplasm"; empty otherwise.
        column: the column of that table it names; empty where the reader has to know.
        open: what the reader fills in, as printed: ``"by site"``; empty where nothing is left open.
        words: what it goes on to say after that: ``("with obstruction",)``.
        codes: the codes it names: "category M01", "E08-E13 with .21".
        condition: whether it says that the term names no condition, and to look under the one that is meant.
    """

    text: str
    entries: tuple[int, ...] = ()
    table: str = ""
    column: str = ""
    open: str = ""
    words: tuple[str, ...] = ()
    codes: tuple[CodePattern, ...] = ()
    condition: bool = False

    @property
    def resolved(self) -> bool:
        """Whether it leads anywhere."""
        return bool(self.entries or self.table or self.codes or self.condition)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the Index or row of a table.

    Attributes:
        id: its number, from 0 in printed order over all tables of one compiled file; not stable between files.
        table: one of `TABLES`.
        printed: the title as printed, modifiers in parentheses included.
        path: the titles from the main term down to this one, without their modifiers.
        code: the code beside it, with its dot; None where there is none.
        incomplete: whether a dash follows the code: more characters have to be found in the Tabular List (I.B.1).
        manifestation: the code in brackets, which comes second (I.A.13).
        see: the cross-reference that has to be followed (I.A.16).
        see_also: the one that may be.
        see_category, subcategory: the category or subcategory it sends to.
        warning: a note printed with it.
        withdrawn: a code printed here that the release does not have, so that it is in none of the fields above.
        cells: column → code, for a row of a table; a cell with a dash is not in it.
        incomplete_cells: columns whose code is incomplete.
        level: 0 for a main term.
        parent: the entry above; None for a main term.
        children: the entries right below, in order.
        past: the number after that of the last entry anywhere below.
    """

    id: int
    table: str
    printed: str
    path: tuple[str, ...]
    code: str | None = None
    incomplete: bool = False
    manifestation: str | None = None
    see: Reference | None = None
    see_also: Reference | None = None
    see_category: str = ""
    subcategory: str = ""
    warning: str = ""
    withdrawn: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    incomplete_cells: frozenset[str] = frozenset()
    level: int = 0
    parent: int | None = None
    children: tuple[int, ...] = ()
    past: int = 0

    @property
    def title(self) -> str:
        """The title without its non-essential modifiers."""
        return self.path[-1]

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The forms of the term: ``("Abdomen", "abdominal")``."""
        return variants(self.title)

    @property
    def nonessential(self) -> tuple[str, ...]:
        """The modifiers in parentheses: said or not, they change nothing (I.A.7)."""
        return without_modifiers(self.printed)[1]

    @property
    def connective(self) -> str | None:
        """How it is tied to the entry above: ``"with"``, ``"due to"``, ``"in"``, ``"without"`` …, or None."""
        return connective(self.title)


@dataclass(frozen=True, slots=True)
class Pointer:
    """An entry that leads to a code.

    Attributes:
        entry: the entry.
        code: the code it gives: the one asked for or, if ``header``, one above it.
        column: the column of the table; empty for the Index proper.
        header: whether the code asked for is only one of those below what the entry gives.
    """

    entry: IndexEntry
    code: str
    column: str = ""
    header: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A condition that the Index ties to another by "with", "in" or "due to", so that the link is presumed (I.A.15).

    Attributes:
        connective: ``"with"``, ``"in"``, ``"due to"`` …
        kind: the titles between the main term and the connective: ``("type 2",)``.
        condition: the titles below the connective, broadest first: ``("retinopathy", "with macular edema")``.
        code: the code for both; None where a cross-reference gives it.
        manifestation: the code in brackets.
        entry: the entry.
    """

    connective: str
    kind: tuple[str, ...]
    condition: tuple[str, ...]
    code: str | None
    manifestation: str | None
    entry: IndexEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a route.

    Attributes:
        kind: ``"lead term"``, ``"non-essential"``, ``"subterm"``, ``"see"``, ``"see also"``, ``"table"``, ``"column"``,
            ``"default"`` or ``"code"``.
        text: what is said there, for a person.
        path: the titles down to the entry the step is at; empty for a step that is at none.
    """

    kind: str
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A way through the Index from words to a code, which has still to be verified in the Tabular List (I.B.1).

    Attributes:
        steps: how it went, in order.
        entry: the entry where it ended.
        code: the code found; None where the entry has none.
        incomplete: whether the Index says that more characters follow.
        manifestation: the code in brackets, to be reported second.
        column: the column of the table; empty for the Index proper.
        used: the words that the route rests on, in the order given.
        unused: the words that it does not; the Tabular List may know them (side, encounter).
    """

    steps: tuple[Step, ...]
    entry: IndexEntry
    code: str | None
    incomplete: bool
    manifestation: str | None
    column: str
    used: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether a code was found and every word had its part in it."""
        return self.code is not None and not self.unused

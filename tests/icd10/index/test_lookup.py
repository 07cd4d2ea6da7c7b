"""Ways through the Index: main term, subterms, cross-references, tables, and what is left for the Tabular List."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icd10.index import outline
from wardround.icd10.index import AlphabeticIndex, Route, compile_index

if TYPE_CHECKING:
    from icd10.index.conftest import Compile


def code_of(route: Route | None) -> str:
    """The code with its dash and manifestation, as the Index would print it."""
    if route is None or route.code is None:
        return ""
    second = f" [{route.manifestation}]" if route.manifestation else ""
    return f"{route.code}{'-' if route.incomplete else ''}{second}"


@pytest.mark.parametrize(
    ("words", "code", "unused"),
    [
        # the order of the Index, the order of speech, plurals and possessives
        ("fracture, femur, neck", "S72.00-", ""),
        ("closed fracture of neck of left femur", "S72.00-", "closed left"),
        ("Calculus, kidney", "N20.0", ""),
        ("kidney calculi", "N20.0", ""),
        ("renal calculus", "N20.0", ""),
        ("Crohn’s", "K50.90", ""),
        ("crohn disease", "K50.90", ""),
        # default codes (I.A.18), non-essential modifiers (I.A.7)
        ("hypertension", "I10", ""),
        ("essential hypertension", "I10", ""),
        ("pneumonia", "J18.9", ""),
        ("bad pneumonia", "J18.9", "bad"),
        ("lobar pneumonia", "J18.1", ""),
        ("calculus of kidney with calculus of ureter", "N20.2", ""),
        # "with", "in" and "due to" (I.A.15)
        ("diabetes with retinopathy", "E11.319", ""),
        ("diabetic retinopathy with macular edema", "E11.311", ""),
        ("type 2 diabetes with nephropathy", "E11.21", ""),
        ("type II diabetes with hyperglycemia", "E11.65", ""),
        ("pneumonia due to chlamydia", "J16.0", ""),
        ("hypoglycemic coma", "", ""),
        ("diabetic coma due to hypoglycemia", "E11.641", ""),
        # etiology and manifestation (I.A.13)
        ("amyloidosis of heart", "E85.4 [I43]", ""),
        # see and see also (I.A.16)
        ("hip fracture", "S72.00-", ""),
        ("fracture of distal radius", "S52.50-", ""),
        ("pathological fracture of hip", "M84.459", ""),
        ("burst fracture of femur", "S72.9-", ""),
        ("incarcerated inguinal hernia", "K40.30", ""),
        ("incarcerated hernia", "K46.0", ""),
        ("diabetic cataract", "E11.36", ""),
        ("acute abdomen", "R10.0", ""),
        ("sequelae of burn", "T95-", ""),
        ("vitiligo due to pinta", "A67-", ""),
        # what stands below "specified" and "unspecified"
        ("glioblastoma", "C71.9", ""),
        ("glioblastoma of liver", "C22.9", ""),
        # acronyms, brackets, forms of a word, words written in one or two
        ("NSTEMI", "I21.4", ""),
        ("IBS", "K58.9", ""),
        ("lesion of sacrum", "L98.9", ""),
        ("preeclampsia", "O14.9-", ""),
        ("pre-eclampsia", "O14.9-", ""),
        ("long term use of insulin", "Z79.4", ""),
        ("history of breast cancer", "Z85.3", ""),
        ("family history of malignant neoplasm", "Z80.9", ""),
        # neoplasms: behavior and site
        ("carcinoma of left breast", "C50.9-", "left"),
        ("carcinoma", "C80.1", ""),
        ("basal cell carcinoma of nose", "C44.311", ""),
        ("basal cell carcinoma", "C44.91", ""),
        ("metastatic cancer to liver", "C78.7", ""),
        ("metastases to sacrum", "C79.51", ""),
        ("benign neoplasm of sigmoid colon", "D12.5", ""),
        ("malignant neoplasm of colon", "C18.9", ""),
        ("neoplasm of liver", "D49.0", ""),
        ("neoplasm of uncertain behavior of liver", "D37.6", ""),
        ("carcinoma in situ of liver", "D01.5", ""),
        ("in situ neoplasm of sacrum", "", ""),
        # substances and intents (I.C.19.e)
        ("poisoning by aspirin accidental", "T39.011", ""),
        ("aspirin overdose", "T39.011", ""),
        ("suicide attempt by aspirin overdose", "T39.012", ""),
        ("intentional self-harm by aspirin", "T39.012", ""),
        ("assault with insulin poisoning", "T38.3X3", ""),
        ("insulin poisoning, undetermined", "T38.3X4", ""),
        ("adverse effect of penicillin", "T36.0X5", ""),
        ("underdosing of insulin", "T38.3X6", ""),
        ("underdosing", "Z91.14", ""),
        ("adverse effect of 2,4-D", "", ""),
        ("poisoning by pain tablets", "T39.011", ""),
        ("aspirin", "", ""),
        # circumstances
        ("fall from ladder", "W11", ""),
        ("struck by ball", "W21.00", ""),
        # nothing
        ("quite another thing", "", None),
        ("", "", None),
        ("of the and", "", None),
    ],
)
def test_lookup(small: AlphabeticIndex, words: str, code: str, unused: str | None) -> None:
    route = small.lookup(words)
    assert code_of(route) == code
    if unused is None:
        assert route is None
    elif code:
        assert route is not None
        assert list(route.unused) == unused.split()
        assert route.complete == (not unused)


@pytest.mark.parametrize(
    ("words", "steps"),
    [
        (
            "hip fracture",
            [
                "lead term: Fracture, traumatic",
                "subterm: hip",
                "see: Fracture, femur, neck",
                "lead term: Fracture, traumatic",
                "subterm: femur, femoral",
                "subterm: neck",
                "see: Fracture, femur, upper end, neck",
                "lead term: Fracture, traumatic",
                "subterm: femur, femoral",
                "subterm: upper end",
                "subterm: neck",
                "code: S72.00-",
            ],
        ),
        (
            "essential hypertension",
            ["lead term: Hypertension, hypertensive", "non-essential: (essential)", "code: I10"],
        ),
        ("acute pneumonia", ["lead term: Pneumonia", "non-essential: (acute)", "default: J18.9"]),
        (
            "diabetes with cataract",
            ["lead term: Diabetes, diabetic", "subterm: with", "subterm: cataract", "code: E11.36"],
        ),
        (
            "cancer of liver, primary",
            [
                "table: Table of Neoplasms",
                "lead term: Neoplasm, neoplastic",
                "subterm: liver",
                "column: malignant primary",
                "code: C22.9",
            ],
        ),
        (
            "fall from ladder",
            [
                "table: External Cause Index",
                "lead term: Fall, falling",
                "subterm: from, off, out of",
                "subterm: ladder",
                "code: W11",
            ],
        ),
        ("cyst of skin", ["lead term: Cyst", "subterm: skin", "note: omit code"]),
        (
            "amyloidosis, heart disease",
            ["lead term: Amyloidosis", "subterm: heart", "non-essential: (disease)", "code: E85.4 [I43]"],
        ),
    ],
)
def test_a_route_says_every_step(small: AlphabeticIndex, words: str, steps: list[str]) -> None:
    route = small.lookup(words)
    assert route is not None
    assert [f"{step.kind}: {step.text}" for step in route.steps] == steps
    assert all(step.path for step in route.steps if step.kind != "table")


def test_other_ways_come_after_the_best(small: AlphabeticIndex) -> None:
    routes = small.lookup_all("fracture of hip", limit=3)
    assert routes[0] == small.lookup("fracture of hip")
    assert [code_of(route) for route in routes[:2]] == ["S72.00-", "M84.459"]
    ends = [(route.entry.id, route.column) for route in small.lookup_all("fracture of hip", limit=50)]
    assert len(ends) == len(set(ends)) > 3
    assert small.lookup_all("fracture of hip", limit=1) == routes[:1]


@pytest.mark.parametrize(
    ("words", "table", "code"),
    [
        ("fall from ladder", "external", "W11"),
        ("fall from ladder", "index", ""),
        ("aspirin, adverse effect", "drug", "T39.015"),
        ("insulin", "index", ""),
        ("carcinoma of liver", "neoplasm", "C22.9"),
        ("carcinoma", "index", "C44.91"),
        ("NSTEMI", "drug", ""),
    ],
)
def test_one_table_alone(small: AlphabeticIndex, words: str, table: str, code: str) -> None:
    route = small.lookup(words, table)
    assert code_of(route) == code or table == "index"
    assert route is None or route.entry.table == table


def test_cross_references_that_go_round_in_a_circle_end(small: AlphabeticIndex) -> None:
    for words in ("endometritis", "loop", "syndrome", "disease of nothing"):
        route = small.lookup(words)
        assert route is None or len(route.steps) < 20


def test_a_reference_that_leads_nowhere_still_has_a_route(small: AlphabeticIndex) -> None:
    route = small.lookup("lost")
    assert route is None or route.code is None


def test_words_beyond_a_few_are_left_over(small: AlphabeticIndex) -> None:
    words = " ".join(f"word{n}" for n in range(100))
    route = small.lookup(f"hypertension {words}")
    assert route is not None
    assert (route.code, len(route.unused)) == ("I10", 100)


_TERMS = st.sampled_from("ache pain fever cyst mass head hand foot left acute old with due to in kind sort".split())


@st.composite
def trees(draw: st.DrawFn) -> str:
    """An outline with any nesting, any titles of these words, and cross-references between them."""
    lines: list[str] = []
    level = -1
    for _ in range(draw(st.integers(1, 25))):
        level = draw(st.integers(0, min(level + 1, 9)))
        title = " ".join(draw(st.lists(_TERMS, min_size=1, max_size=3)))
        modifiers = draw(st.sampled_from(["", " (any)", " (old) (new)", "(s)"]))
        target = ", ".join(draw(st.lists(_TERMS, min_size=1, max_size=3)))
        field = draw(
            st.sampled_from(
                ["", " | R52", " | R52.0-", f" | see {target}", f" | also {target} | R52", f" | see {target}, by site"]
            )
        )
        lines.append(f"{'  ' * level}{title}{modifiers}{field}")
    return "\n".join(lines)


@settings(max_examples=40, deadline=None)
@given(tree=trees(), words=st.lists(_TERMS, max_size=6).map(" ".join))
def test_any_tree_comes_back_and_any_search_in_it_ends(
    tmp_path_factory: pytest.TempPathFactory, tree: str, words: str
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    summary = compile_index(outline.write(folder, index=tree), folder / "index.sqlite")
    index = AlphabeticIndex(folder / "index.sqlite")
    entries = list(index.entries())
    printed = [line.split(" |")[0] for line in tree.splitlines()]
    assert [f"{'  ' * entry.level}{entry.printed}" for entry in entries] == printed
    assert sum(summary.entries.values()) == len(entries)
    for route in index.lookup_all(words, limit=10):
        assert set(route.used) | set(route.unused) <= set(words.split()) | {"with", "due", "to", "in"}
        assert route.entry == index.entry(route.entry.id)
        assert index.lookup_all(words, limit=10)[0].code == index.lookup(words).code  # type: ignore[union-attr]


def test_a_small_index_is_enough(compiled: Compile) -> None:
    index, _ = compiled(index="Ache | R52")
    assert code_of(index.lookup("ache")) == "R52"
    assert index.lookup("poisoning by aspirin") is None

"""What a printed title says: its forms, its modifiers, and which words say it."""

import pytest

from wardround.icd10.index.title import Title, connective, variants, without_modifiers


@pytest.mark.parametrize(
    ("printed", "text", "modifiers"),
    [
        ("Appendicitis", "Appendicitis", ()),
        ("kidney (impacted) (multiple)", "kidney", ("impacted", "multiple")),
        ("toe(s)", "toe", ()),
        ("cigar(s) or cigarette(s)", "cigar or cigarette", ()),
        ("Abandonment (causing exposure) NEC", "Abandonment NEC", ("causing exposure",)),
        ("gravitational (G) forces or states (effect of)", "gravitational forces or states", ("G", "effect of")),
        ("Cancer(o)phobia", "Cancerophobia", ()),
        ("Aldrich(-Wiskott) syndrome (eczema)", "Aldrich syndrome", ("-Wiskott", "eczema")),
        ("less than 28 days (over 28 days (old))", "less than 28 days", ("over 28 days (old)",)),
        ("skin (dermis), upper", "skin, upper", ("dermis",)),
        ("broken (off", "broken", ("off",)),
        ("broken off)", "broken off", ()),
    ],
)
def test_modifiers_are_taken_out(printed: str, text: str, modifiers: tuple[str, ...]) -> None:
    assert without_modifiers(printed) == (text, modifiers)


@pytest.mark.parametrize(
    ("title", "forms"),
    [
        ("Abdomen, abdominal", ("Abdomen", "abdominal")),
        ("Calculus, calculi, calculous", ("Calculus", "calculi", "calculous")),
        ("nose, nasal", ("nose", "nasal")),
        ("vein, venous NEC", ("vein", "venous NEC")),
        ("Abruption, placenta", ("Abruption",)),
        ("Fracture, traumatic", ("Fracture",)),
        ("active, acute", ("active",)),
        ("Wound, open", ("Wound",)),
        ("sedatives; sedative", ("sedatives", "sedative")),
    ],
)
def test_forms_of_a_term(title: str, forms: tuple[str, ...]) -> None:
    assert variants(title) == forms


@pytest.mark.parametrize(
    ("title", "tied"),
    [
        ("with", "with"),
        ("with neuropathy", "with"),
        ("due to", "due to"),
        ("in", "in"),
        ("without heart failure", "without"),
        ("following", "following"),
        ("incarcerated", None),
        ("withdrawal", None),
    ],
)
def test_what_ties_a_subterm(title: str, tied: str | None) -> None:
    assert connective(title) == tied


@pytest.mark.parametrize(
    ("printed", "words", "lead", "used", "unsaid"),
    [
        ("femur, femoral", "femoral", False, "femoral", 0),
        ("upper end", "upper", False, "upper", 1),
        ("upper end", "end", False, None, 0),
        ("Crohn's disease", "crohn", True, "crohn", 1),
        ("Crohn's disease", "disease", True, None, 0),
        ("Addison's disease or syndrome", "addison syndrome", True, "addison syndrome", 0),
        ("Argyll Robertson phenomenon, pupil or syndrome", "argyll robertson pupil", True, "argyll robertson pupil", 0),
        ("Fracture, traumatic", "fracture", True, "fracture", 0),
        ("Fracture, pathological", "fracture", True, "fracture", 2),
        ("Fracture, pathological", "pathological", True, None, 0),
        ("mouth, mucous membrane", "mouth", False, "mouth", 2),
        ("irritable bowel [IBS]", "ibs", False, "ibs", 0),
        ("irritable bowel [IBS]", "irritable", False, None, 0),
        ("Pre-eclampsia", "preeclampsia", True, "preeclampsia", 0),
        ("without heart failure", "heart failure", False, None, 0),
        ("to specified site", "to liver", False, "to", 0),
        ("Long-term drug therapy", "long term", True, "long term", 2),
    ],
)
def test_the_words_that_say_a_title(printed: str, words: str, lead: bool, used: str | None, unsaid: int) -> None:
    bits = {word: 1 << place for place, word in enumerate(words.split())}
    match = Title.of(printed, lead=lead).match(bits, bits, lead=lead)
    if used is None:
        assert match is None
    else:
        assert match == (sum(bits[word] for word in used.split()), unsaid)


@pytest.mark.parametrize("printed", ["with", "due to", "in (due to)", "from, off, out of", "site classification"])
def test_some_titles_only_tie(printed: str) -> None:
    title = Title.of(printed)
    assert title.ties
    assert not title.words
    assert not Title.of(printed, lead=True).ties

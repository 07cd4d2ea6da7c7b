"""An Index written as a coder would print it, and put into the official XML.

A line is a term, two spaces deeper for each level; what follows its title is set off by bars::

    Fracture, traumatic (abduction) | T14.8 | also Fracture, pathological
      femur, femoral | S72.9-
        neck | see Fracture, femur, upper end, neck

``see``, ``also``, ``manif``, ``category``, ``subcategory`` and ``warning`` begin what they say; in a table the six
cells stand in one field with spaces between them; anything else is the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pathlib import Path

_TAGS = {"see": "see", "also": "seeAlso", "manif": "manif", "category": "seecat", "subcategory": "subcat"}
_TAGS |= {"warning": "warning"}
_ORDER = ["see", "seeAlso", "code", "seecat", "subcat", "manif", "warning", "cell"]
_HEADS = {
    "neoplasm": "Neoplasm|Malignant Primary|Malignant Secondary|Ca in situ|Benign|Uncertain Behavior|"
    "Unspecified Behavior",
    "drug": "Substance|Poisoning Accidental (unintentional)|Poisoning Intentional self-harm|Poisoning Assault|"
    "Poisoning Undetermined|Adverse effect|Underdosing",
}
_TITLES = {
    "index": "ICD-10-CM INDEX TO DISEASES and INJURIES",
    "external": "ICD-10-CM EXTERNAL CAUSE of INJURIES INDEX",
}


def xml(table: str, outline: str, year: int = 2027) -> str:
    """The official XML of an outline."""
    title = f"<title>{_TITLES[table]}</title>" if table in _TITLES else ""
    heads = "".join(f'<head col="{n}">{head}</head>' for n, head in enumerate(_HEADS.get(table, "").split("|"), 1))
    heading = f"<indexHeading>{heads}</indexHeading>" if table in _HEADS else ""
    lines = ["<ICD10CM.index>", f"<version>{year}</version>{title}{heading}<letter><title>A</title>"]
    open_: list[str] = []
    for line in outline.splitlines():
        if line.strip():
            level = (len(line) - len(line.lstrip(" "))) // 2
            while len(open_) > level:
                lines.append(f"</{open_.pop()}>")
            open_.append("term" if level else "mainTerm")
            lines.append(f'<term level="{level}">' if level else "<mainTerm>")
            lines.append(_content(line.strip(), table))
    lines += [f"</{tag}>" for tag in reversed(open_)]
    return "\n".join([*lines, "</letter></ICD10CM.index>"])


def _content(line: str, table: str) -> str:
    printed, *fields = (part.strip() for part in line.split("|"))
    match = re.match(r"([^(]*)((?:\(.*\))?)([^()]*)$", printed)
    assert match, f"{printed!r} cannot be written"
    modifiers = f"<nemod>{escape(match[2])}</nemod>" if match[2] else ""
    elements = [f"<title>{escape(match[1].strip())}{modifiers}{escape(match[3].rstrip())}</title>"]
    texts: list[tuple[str, str]] = []
    for field in fields:
        word, _, rest = field.partition(" ")
        if word in _TAGS and rest:
            texts.append((_TAGS[word], rest))
        elif table in _HEADS:
            texts += [(f"cell {n}", cell) for n, cell in enumerate(field.split(), 2)]
        else:
            texts.append(("code", field))
    for tag, text in sorted(texts, key=lambda one: _ORDER.index(one[0].split()[0])):
        name, _, column = tag.partition(" ")
        attribute = f' col="{column}"' if column else ""
        elements.append(f"<{name}{attribute}>{escape(text)}</{name}>")
    return "".join(elements)


def write(folder: Path, **outlines: str) -> dict[str, Path]:
    """The files of the outlines, by table."""
    files = {}
    for table, outline in outlines.items():
        files[table] = folder / f"icd10cm_{table}_2027.xml"
        files[table].write_text(xml(table, outline), encoding="utf-8")
    return files

"""Fills a folder with the example cases that `make demo-serve` shows: notes with their codes, a drawn chest film,
and a drawn CT with an earlier one.

Their draft reports were not made by a model: what "was seen" on them stands in examples/cases/cases.toml, and the
reports say so. Cases that are in the folder already are not added again.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import drawn_images

from wardround import images
from wardround.coding import Coder, Encounter
from wardround.engines import Capabilities, Engine, Raw, Request
from wardround.reporting import Reader, load
from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.store.store import Store

CASES = Path(__file__).parents[1] / "examples" / "cases"
DEMO = Actor(id="system")
DRAWN: Mapping[str, Callable[[], tuple[list[bytes], list[bytes]]]] = {  # the current files and the earlier ones
    "chest film": lambda: ([drawn_images.chest_film()], []),
    "chest ct": lambda: (drawn_images.chest_ct(nodule=11), drawn_images.chest_ct(nodule=6, slices=20, earlier=True)),
}


def main(folder: Path) -> None:
    told = tomllib.loads((CASES / "cases.toml").read_text(encoding="utf-8"))
    with open_store(folder=folder) as store:
        there = {case.external_id for case in store.cases(DEMO, search="DEMO-", limit=500).cases}
        coder = Coder()
        for study in told["study"]:
            if study["external_id"] not in there:
                add_study(store, study)
        for note in reversed(told["note"]):  # the list shows the newest first
            if note["external_id"] not in there:
                add_note(store, coder, note)


def add_note(store: Store, coder: Coder, told: Mapping[str, Any]) -> None:
    """A note, with the codes that the embedded coder suggests."""
    text = (CASES / told["file"]).read_text(encoding="utf-8")
    encounter = encounter_of(told)
    draft = coder.code(text, encounter).model_dump(mode="json", by_alias=True)
    upload = Upload(content=text.encode(), media_type="text/plain")
    store.add_case(DEMO, "note", [upload], encounter, external_id=told["external_id"], draft=draft)


def add_study(store: Store, told: Mapping[str, Any]) -> None:
    """Drawn images, with the report that is made of what `told` says was seen."""
    current, prior = DRAWN[told["drawn"]]()
    engine = Told(told["seen"], told["protocol"])
    with TemporaryDirectory() as place:
        folders = [written(Path(place) / str(number), files) for number, files in enumerate((current, prior)) if files]
        studies = [images.read(folder) for folder in folders]
        report = Reader(engine).read(
            studies[0], told["history"], *studies[1:], protocol=told["protocol"], id="example draft", locate=True
        )
    uploads = [Upload(content=each, media_type="application/dicom", role="image") for each in current]
    uploads += [Upload(content=each, media_type="application/dicom", role="prior") for each in prior]
    uploads.append(Upload(content=told["history"].encode(), media_type="text/plain", role="history"))
    draft = report.model_dump(mode="json", by_alias=True)
    store.add_case(DEMO, "study", uploads, encounter_of(told), external_id=told["external_id"], draft=draft)


def written(folder: Path, files: Sequence[bytes]) -> Path:
    """A folder with these files."""
    folder.mkdir()
    for number, content in enumerate(files, 1):
        (folder / f"{number:03}.dcm").write_bytes(content)
    return folder


def encounter_of(told: Mapping[str, Any]) -> Encounter:
    return Encounter(**{name: told[name] for name in ("setting", "date", "age", "sex") if name in told})


class Told(Engine):
    """Answers what it was told: no model. Every report by it names it as its engine."""

    name = "example draft, written by hand"
    digest = "0" * 64
    capabilities = Capabilities(images=True)

    def __init__(self, seen: Mapping[str, Mapping[str, Any]], protocol: str) -> None:
        self._seen = seen
        normal = [each for each in load(protocol).observations if each.normal]
        self._normal = {each.id for each in normal if not seen.keys() & set(each.contrary)}

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw]]:
        for number, request in enumerate(requests):
            yield number, Raw(text=json.dumps(self._answer(request)))

    def stream(self, request: Request) -> Iterator[str]:
        yield json.dumps(self._answer(request))

    def _answer(self, request: Request) -> dict[str, Any]:
        assert request.schema is not None
        asked = list(request.schema["properties"])
        if asked == ["boxes"]:
            question = str(request.messages[-1])
            boxes = [told["box"] for name, told in self._seen.items() if "box" in told and name in question]
            return {"boxes": [{"box_2d": box, "label": "area"} for box in boxes]}
        if not request.images:
            return {name: [] for name in asked}
        return {name: self._looked(name) for name in asked}

    def _looked(self, name: str) -> dict[str, Any]:
        if name in self._seen:
            told = {key: value for key, value in self._seen[name].items() if key != "box"}
            return {"presence": "present", "certainty": "probable", **told}
        return {"presence": "present" if name in self._normal else "absent", "certainty": "definite"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))

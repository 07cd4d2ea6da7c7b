"""The documentation is true: its Python runs, its commands run, its links lead somewhere, nothing is left out of it."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest
import typer
from pyarrow import parquet
from reportlab.pdfgen.canvas import Canvas

from documents.laboratory.reports import REPORTS, as_pdf
from export.reports import samples
from icd10 import official
from images import dicom_files
from learning.notes import learned, made, written
from server.listening import listening
from wardround import settings
from wardround.cli.app import app, run
from wardround.coding.judging.judgement import Judged, JudgeInfo, Judgement, Tokens
from wardround.documents.ocr import open_ocr
from wardround.errors import EngineMissing
from wardround.icd10.importing import install
from wardround.images import read as images_read
from wardround.server import Config, create_app
from wardround.store import Actor, open_store

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]
SERVER = "http://127.0.0.1:8765"
REFERENCE = ROOT / "docs" / "reference" / "cli.md"
NEEDS_A_MODEL = (
    r"wardround (models (install|accept-terms|check|use)|ask|classify|explain|read (?!--list-protocols|.*laboratory))"
)
JUDGED = Judged(
    id="note.txt",
    result="",
    judge=JudgeInfo(engine="model", digest="", prompt="", repeat=1),
    context="quote",
    judgements=(Judgement(code="K35.80", description="", verdict="supported", consistent=True),),
    tokens=Tokens(),
    seconds=0,
)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the docs suppose it: the examples, and a note and files of notes of the reader's own."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "morning").mkdir()
    for name in ("note.txt", "morning/a.txt", "morning/b.txt"):
        shutil.copy(ROOT / "examples" / "notes" / "appendicitis.txt", tmp_path / name)
    shutil.copy(ROOT / "examples" / "notes.jsonl", tmp_path / "notes.jsonl")
    for name in ("letter.pdf", "scan.pdf"):
        page = Canvas(str(tmp_path / name))
        page.drawString(60, 780, "Assessment: acute appendicitis.")
        page.save()
    (tmp_path / "reports").mkdir()
    for name in ("lab-report.pdf", "reports/urine.pdf"):
        (tmp_path / name).write_bytes(as_pdf(REPORTS["urine" if "urine" in name else "chemistry"].texts))
    (tmp_path / "gold.jsonl").write_text('{"text": "ASSESSMENT\\nAcute appendicitis.", "codes": ["K35.80"]}\n')
    for name in ("embedded", "assisted", "direct", "other-tool"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": "line 1", "codes": ["K35.80"]}\n')
    (tmp_path / "judged.jsonl").write_text(JUDGED.model_dump_json(by_alias=True) + "\n")
    (tmp_path / "labels.jsonl").write_text('{"id": "note.txt", "code": "K35.80", "label": "supported"}\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
@pytest.mark.usefixtures("desk")
def test_python(page: Path, tmp_path: Path) -> None:
    """The blocks of a page run in their order; ``x  # → 1`` says what ``x`` is. Pages that ask a server have one."""
    program = "\n".join(blocks(page, "python"))
    if "site.model" in program:
        learned().save(tmp_path / "site.model")
    if SERVER in program:
        with listening(create_app(Config(folder=tmp_path / "store"))) as port:
            _run_python(page, program.replace(SERVER, f"http://127.0.0.1:{port}"))
    else:
        _run_python(page, program)


def _run_python(page: Path, program: str) -> None:
    told = re.compile(r"^(\S.*?)  # → (.*)$", re.MULTILINE)
    checked, count = told.subn(r"assert repr((\1)) == repr((\2)), repr((\1))", program)
    assert count == program.count("# →")
    exec(compile(checked, str(page), "exec"), {"__name__": "docs"})


SHOWN = {
    command: page.name
    for page in reversed(PAGES)
    for block in blocks(page, "console")
    for command in re.findall(r"^\$ (.*?)(?:\s+#.*)?$", block, re.MULTILINE)
}
"""Each command → the first page that shows it."""

COMMANDS = [pytest.param(command, id=f"{page}: {command}"[:70]) for command, page in SHOWN.items()]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(
    command: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--download" in command:
        pytest.skip("needs the network")
    if "--engine" in command or re.match(NEEDS_A_MODEL, command):
        pytest.skip("needs a model, or the terms accepted")
    if re.match(r"wardround batch .*(--ray|--query)", command):
        pytest.skip("needs a cluster or a database; tests/batch has both")
    if re.match(r"wardround evaluate .*(engine:|site:|medspacy)", command):
        pytest.skip("needs a model, reviewed charts or other tools; tests/cli runs what can be")
    if re.match(r"wardround (serve|mcp)\b", command):
        pytest.skip("runs until it is stopped; tests/cli and tests/server run it")
    if "learn --store" in command:
        pytest.skip("needs signed cases; tests/cli has some")
    if "--database" in command:
        pytest.skip("needs a database server")
    _prepare(command, desk, monkeypatch)
    capsys.readouterr()
    command, _, given = command.partition(" > ")[0].partition(" < ")
    if given:
        monkeypatch.setattr(sys, "stdin", io.StringIO((desk / given).read_text()))
    for each in command.split(" | "):
        if each.startswith("cat "):
            said = (desk / each.removeprefix("cat ")).read_bytes()
        else:
            _run(each, desk)
            said = capsys.readouterr().out.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(said)))


class Terminal(io.StringIO):
    """Where somebody answers what they are asked."""

    def isatty(self) -> bool:
        return True


def _prepare(command: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put on the desk what the reader of this command has: images, published files, a release, earlier results."""
    if "deidentify" in command:
        try:
            open_ocr()
        except EngineMissing as missing:
            pytest.skip(str(missing))
    if re.search("inspect|deidentify|export", command):
        (desk / "chest.dcm").write_bytes(dicom_files.encoded(dicom_files.make(modality="DX")))
        for name in ("study", "export", "second-visit"):
            slices = [dicom_files.ct_slice(height, number=height + 1) for height in (0, 1, 2)]
            dicom_files.write(desk / name, slices)
        shutil.make_archive(str(desk / "study"), "zip", desk / "study")
    if "--reports" in command:
        (desk / "findings.csv").write_text("id,observation,presence\nstudy,pneumothorax,absent\n")
        (desk / "reports" / "one.json").write_text(samples.MINIMAL.model_copy(update={"id": "study"}).model_dump_json())
    if re.search("wardround export", command):
        images = (samples.image(digest=images_read(desk / "chest.dcm").digest),)
        (desk / "report.json").write_text(samples.MINIMAL.model_copy(update={"images": images}).model_dump_json())
        _run("wardround code --json -o codes.jsonl note.txt", desk)
    if re.search("audit|backup|restore", command):
        monkeypatch.setenv("WARDROUND_DATA", str(desk / "kept"))
        with open_store() as store:
            store.backup(Actor(id="maria"), desk / "monday.tar")
        if "backup" in command:
            (desk / "monday.tar").unlink()
        if "restore" in command:
            shutil.rmtree(desk / "kept")
    if "notes.parquet" in command:
        parquet.write_table(pyarrow.table({"id": [1], "text": ["Assessment: gout."]}), desk / "notes.parquet")
    if re.search("reviewed.jsonl|site.model", command):
        written(made(60), desk / "reviewed.jsonl")
        learned(60).save(desk / "site.model")
        learned(80).save(desk / "new.model")
    if "wardround users" in command:
        monkeypatch.setenv("WARDROUND_DATA", str(desk / "kept"))
        (desk / "password.txt").write_text("five small herons\n")
        monkeypatch.setattr(sys, "stdin", Terminal("five small herons\n"))
        monkeypatch.setattr("typer.prompt", lambda *_, **__: "five small herons")
        known = {"jan": "coder", "maria": "admin", "record": "coder", "root": "admin"}
        with open_store() as store:
            for name in known:
                if f"add {name}" not in command:
                    store.accounts.add_user(Actor(id="maria"), name, known[name])  # type: ignore[arg-type]
    if not re.search("codeset (install|remove|diff|lookup)|claims.csv", command):
        return
    monkeypatch.setenv("WARDROUND_DATA", str(desk / "data"))
    official.write_zip(desk / "2027-code-tables-tabular-and-index.zip")
    official.write_folder(desk, "2026-04-01", only=["index"])
    official.write_folder(desk, only=["index"], years={"index": 2025}, names={"index": "icd10cm_index_2025.xml"})
    (desk / "claims.csv").write_text("id,codes\nvisit-1,I10 E11.9\n")
    if "2026-10-01" in command:
        install(desk / "2027-code-tables-tabular-and-index.zip")
        _run("wardround code --json --release 2026-04-01 -o codes.jsonl note.txt", desk)
    if "lookup" in command:
        install(official.write_folder(desk / "parts", "2026-04-01", without=["tabular"]))


def _run(command: str, desk: Path) -> None:
    words = [
        match
        for word in shlex.split(command)
        for match in (sorted(str(p.relative_to(desk)) for p in desk.glob(word)) if "*" in word else [word])
    ]
    assert words[0] == "wardround"
    if "--plot" in words:
        pytest.importorskip("matplotlib")
    expected = (0, 3) if {"--fail-on-review", "deidentify"} & set(words) else (0,)
    assert run(words[1:]) in expected


def test_the_docs_have_examples() -> None:
    assert len(COMMANDS) > 30
    assert sum(len(blocks(page, "python")) for page in PAGES) >= 6


def test_the_python_example_runs() -> None:
    shown = subprocess.run([sys.executable, "examples/python.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "K35.80" in shown.stdout
    assert "not J11.1" in shown.stdout


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("https://", "#")):
            path, _, anchor = target.partition("#")
            linked = (page.parent / path).resolve()
            assert linked.exists(), f"{page.name} links to {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings]


def test_every_page_is_listed() -> None:
    for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "decisions" / "README.md"):
        listed = index.read_text(encoding="utf-8")
        for page in index.parent.glob("*.md"):
            assert page == index or f"({page.name})" in listed, f"{page.name} is not in {index}"


def test_the_references_are_those_of_the_program() -> None:
    """`make docs` writes them."""
    subprocess.run([sys.executable, "scripts/reference.py", "--check"], cwd=ROOT, check=True)


def test_every_command_and_option_is_in_the_reference() -> None:
    page = REFERENCE.read_text(encoding="utf-8")

    def check(command: object, name: str) -> None:
        for part, each in getattr(command, "commands", {}).items():
            check(each, f"{name} {part}")
        if not hasattr(command, "commands"):
            section = page.split(f"## `{name}`\n")[1].split("\n## ")[0]
            for parameter in getattr(command, "params", []):
                for option in parameter.opts if parameter.name != "help" else []:
                    assert f"`{option}`" in section or parameter.param_type_name == "argument"

    check(typer.main.get_command(app), "wardround")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_options_that_are_mentioned_exist(page: Path) -> None:
    known = set(re.findall(r"`(--?[a-z-]+)`", REFERENCE.read_text(encoding="utf-8"))) | {"--help", "-h", "--strict"}
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]*)`", text) + blocks(page, "console")
    mentioned = {option for span in spans for option in re.findall(r"(?<![\w-])(--[a-z-]+)", span)}
    assert mentioned <= known


def test_limits_that_are_told_are_those_of_the_program() -> None:
    from wardround.records import LINE_LIMIT

    limits = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    for limit in (settings.NOTE_LIMIT, settings.FILE_LIMIT, LINE_LIMIT):
        assert f"{limit:,}" in limits


def test_nothing_names_the_machine_it_was_made_on() -> None:
    home = re.compile(r"(?<![\w.])/(?:work|home|root|Users|tmp)/[\w.]+")
    for folder, _, names in os.walk(ROOT):
        if any(part.startswith(".") and part != ".ci" for part in Path(folder).relative_to(ROOT).parts):
            continue
        for name in names:
            if name.endswith((".md", ".py", ".toml", ".sh", ".tsv", ".cff", ".svg")) or name in ("Makefile", "run"):
                text = (Path(folder) / name).read_text(encoding="utf-8")
                assert not home.search(text), f"{name} names {home.search(text)}"

"""``wardround doctor``"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from engines.test_catalog import folder, gguf
from wardround.engines import machine
from wardround.engines.terms import VERSION
from wardround.settings import Chosen, write_chosen

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run

TOKEN = "hf_abcdefghijkl"


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed or chosen."""
    for name in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"WARDROUND_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    for name in ("HF_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("wardround.engines.registry.find_spec", lambda _: True)
    monkeypatch.setattr(machine, "gpus", lambda: ())
    return tmp_path


def found(wardround: Run, status: int = 0) -> dict[str, dict[str, Any]]:
    """The findings by area."""
    ran = wardround("doctor", "--json")
    assert ran.status == status
    return {finding["area"]: finding for finding in json.loads(ran.out)}


def test_a_bare_machine_is_not_broken(wardround: Run) -> None:
    findings = found(wardround)
    assert {finding["state"] for finding in findings.values()} == {"ok", "optional"}
    assert findings["wardround"]["state"] == findings["python"]["state"] == findings["settings"]["state"] == "ok"
    mended = {area: finding["mend"] for area, finding in findings.items() if finding["state"] == "optional"}
    assert mended["release 2026-04-01"] == "wardround codeset install --download 2026-04-01"
    assert mended["terms"] == "wardround models accept-terms"
    assert mended["model asked"] == "wardround models install google/medgemma-1.5-4b-it"
    assert mended["hub token"] == "hf auth login"


def test_the_table_says_the_same(wardround: Run) -> None:
    ran = wardround("doctor")
    assert ran.status == 0
    assert "→ wardround models accept-terms" in ran.out
    assert "nothing is broken" in ran.out


def test_what_is_missing_can_be_installed(wardround: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "simple-icd-10-cm":
            return real(name)
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr("shutil.which", lambda _: None)
    findings = found(wardround)
    commands = {name: findings[name]["mend"] for name in ("torch", "xllamacpp", "openai", "tesseract")}
    assert commands == {
        "torch": "pip install 'wardround[transformers]'",
        "xllamacpp": "pip install 'wardround[llamacpp]'",
        "openai": "pip install 'wardround[openai]'",
        "tesseract": "apt install tesseract-ocr",
    }


def test_a_whole_machine(wardround: Run, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr("shutil.which", lambda name: f"bin/{name}")
    monkeypatch.setattr(machine, "gpus", lambda: (machine.Gpu("NVIDIA L4", 24 << 30),))
    write_chosen(Chosen(terms={"hai-def": {"version": VERSION, "accepted": "2026-01-02"}}))
    folder(desk / "home" / "hub" / "models--google--medgemma-4b-it" / "snapshots" / "01")
    findings = found(wardround)
    assert findings["graphics card"]["told"] == "NVIDIA L4, 26 GB"
    assert findings["terms"]["told"] == f"{VERSION}, accepted on 2026-01-02"
    assert findings["model"]["told"] == findings["model asked"]["told"] == "transformers:google/medgemma-4b-it"
    assert findings["hub token"]["state"] == "ok"
    assert findings["tesseract"]["told"].startswith("tesseract is there but does not run")
    ran = wardround("doctor")
    assert TOKEN not in ran.out + ran.err + json.dumps(findings)


@pytest.mark.parametrize(
    "spec", ["gone.gguf", "llamacpp:gone.gguf", "replay:gone.jsonl", "transformers:google/medgemma-4b-it"]
)
def test_a_model_that_was_chosen_and_is_gone(wardround: Run, spec: str) -> None:
    write_chosen(Chosen(engine=spec))
    findings = found(wardround, status=1)
    assert findings["model asked"]["state"] == "broken"
    assert findings["model asked"]["mend"] == "wardround models use medgemma"


def test_a_model_without_its_runtime(wardround: Run, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_chosen(Chosen(models=(str(gguf(desk / "m.gguf")),)))
    monkeypatch.setattr("wardround.engines.registry.find_spec", lambda _: None)
    findings = found(wardround)
    assert findings["model"]["mend"] == "pip install 'wardround[llamacpp]'"


def test_damaged_settings_are_told(wardround: Run, desk: Path) -> None:
    (desk / "config").mkdir()
    (desk / "config" / "settings.json").write_text("{")
    ran = wardround("doctor")
    assert ran.status == 1
    assert "damaged" in ran.out
    assert ran.out.rstrip().endswith("broken")


def test_a_damaged_release_is_told(wardround: Run, desk: Path) -> None:
    place = desk / "data" / "releases" / "2026-10-01"
    place.mkdir(parents=True)
    (place / "release.json").write_text("{")
    assert found(wardround, status=1)["code sets"]["state"] == "broken"


@pytest.mark.parametrize(("name", "state", "status"), [("data", "broken", 1), ("config", "broken", 1)])
def test_a_folder_that_cannot_be_written(wardround: Run, desk: Path, name: str, state: str, status: int) -> None:
    (desk / name).write_text("a file")
    findings = {each["area"]: each for each in json.loads(wardround("doctor", "--json").out)}
    assert findings[f"{name} folder"]["state"] == state
    assert findings[f"{name} folder"]["mend"] == f"export WARDROUND_{name.upper()}=FOLDER"


def test_it_loads_no_model_runtime() -> None:
    program = (
        "import sys; from wardround.cli.app import run; run(['doctor']); "
        "sys.exit(bool({'torch', 'transformers', 'xllamacpp', 'openai', 'PIL'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

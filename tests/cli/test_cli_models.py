"""``wardround models``"""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from cli.hub import COMMIT, Hub
from engines.test_catalog import folder, gguf
from wardround.engines import registry
from wardround.engines.terms import LINK, VERSION
from wardround.settings import Chosen, read_chosen, write_chosen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Run

MEDGEMMA = "google/medgemma-1.5-4b-it"
QUANTISED = "unsloth/medgemma-1.5-4b-it-GGUF"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the user is in; nothing is installed, chosen or accepted."""
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"WARDROUND_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody there
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def hub(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(desk.parent / "hub"))
    model = gguf(desk.parent / "made" / "model.gguf").read_bytes()
    projector = gguf(desk.parent / "made" / "p.gguf", **{"general.architecture": "clip"}).read_bytes()
    files = {
        "config.json": b'{"model_type": "gemma3", "vision_config": {}}',
        "tokenizer.json": b"{}",
        "model.safetensors": bytes(range(256)) * 4096,
        "training_args.bin": b"a pickle",
        "modeling.py": b"code",
        "original/model.safetensors": b"twice",
    }
    quantised = {f"medgemma-1.5-4b-it-{kind}.gguf": model + kind.encode() for kind in ("Q4_K_M", "Q8_0", "UD-Q4_K_XL")}
    repositories = {
        MEDGEMMA: files,
        QUANTISED: {**quantised, "mmproj-F16.gguf": projector, "mmproj-F32.gguf": projector, "README.md": b"#"},
        "other/pickled": {"config.json": b"{}", "pytorch_model.bin": b"a pickle"},
    }
    with Hub(repositories, gated=(MEDGEMMA,)).serve() as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def accept() -> None:
    write_chosen(Chosen(terms={"hai-def": {"version": VERSION, "accepted": "2026-01-02"}}))


def test_list_without_a_model(wardround: Run, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "gpus", lambda: ())
    ran = wardround("models", "list")
    assert ran.status == 0
    assert "google/medgemma-27b-text-it" in ran.out
    for gigabytes, said in (
        (100, ["not here"] * 4),
        (24, ["not here"] * 2 + ["not here; fits in 4-bit, 17.0 GB"] * 2),
        (
            4,
            ["not here; fits in 4-bit, 3.3 GB"] * 2 + ["not here; too large"] * 2,
        ),
        (0, ["not here"] * 4),  # the system does not say
    ):
        monkeypatch.setattr(registry, "memory", lambda size=gigabytes: size * 10**9)
        rows = json.loads(wardround("models", "list", "--json").out)
        assert [row["hindrance"] for row in rows] == said
    assert [row["memory_gb"] for row in rows] == [8.6, 8.6, 54.8, 54.8]
    assert [row["images"] for row in rows] == [True, True, True, False]
    assert not any(row["default"] for row in rows)


def test_list_what_is_here(wardround: Run, desk: Path) -> None:
    folder(desk.parent / "hub" / "models--google--medgemma-4b-it" / "snapshots" / "01", {"vision_config": {}})
    other = gguf(desk / "other.gguf")
    assert wardround("models", "install", "other.gguf").status == 0
    assert wardround("models", "use", "other.gguf").status == 0
    rows = {row["spec"]: row for row in json.loads(wardround("models", "list", "--json").out)}
    here = {spec: row for spec, row in rows.items() if row["path"]}
    assert here.keys() == {"transformers:google/medgemma-4b-it", f"llamacpp:{other}"}
    assert here[f"llamacpp:{other}"]["default"]
    assert here[f"llamacpp:{other}"]["model"] is None
    assert len(rows) == 5
    ran = wardround("models", "list")
    assert "other.gguf" in ran.out


class TestTerms:
    def test_they_are_accepted_once(self, wardround: Run, desk: Path) -> None:
        ran = wardround("models", "accept-terms", "--yes")
        assert ran.status == 0
        assert LINK in ran.out
        told = read_chosen().terms["hai-def"]
        assert told == {"version": VERSION, "accepted": datetime.date.today().isoformat(), "link": LINK}
        assert "were accepted on" in wardround("models", "accept-terms").out

    @pytest.mark.parametrize(("said", "status"), [(b"y\n", 0), (b"n\n", 130), (b"", 130)])
    def test_it_asks(self, wardround: Run, desk: Path, said: bytes, status: int) -> None:
        ran = wardround("models", "accept-terms", stdin=said)
        assert ran.status == status
        assert bool(read_chosen().terms) == (status == 0)

    @pytest.mark.parametrize("name", [MEDGEMMA, QUANTISED])
    def test_nothing_is_asked_of_the_hub_before(self, wardround: Run, hub: Hub, name: str) -> None:
        ran = wardround("models", "install", name)
        assert ran.status == 1
        assert "wardround models accept-terms" in ran.err
        assert hub.asked == []

    def test_nor_is_a_file_added(self, wardround: Run, desk: Path) -> None:
        gguf(desk / "medgemma-4b-it-Q4_K_M.gguf")
        assert wardround("models", "install", "medgemma-4b-it-Q4_K_M.gguf").status == 1
        assert read_chosen().models == ()

    def test_older_terms_do_not_count(self, wardround: Run, hub: Hub) -> None:
        write_chosen(Chosen(terms={"hai-def": {"version": "2024-01-01", "accepted": "2024-02-02"}}))
        assert wardround("models", "install", MEDGEMMA).status == 1


class TestInstall:
    def test_safetensors_from_the_hub(
        self, wardround: Run, hub: Hub, desk: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accept()
        monkeypatch.setenv("HF_TOKEN", "hf_mine")
        ran = wardround("models", "install", MEDGEMMA, "--json")
        assert ran.status == 0, ran.err
        told = json.loads(ran.out)
        assert told["spec"] == f"transformers:{MEDGEMMA}"
        assert told["revision"] == COMMIT
        assert told["images"]
        assert told["sha256"].keys() == {"config.json", "tokenizer.json", "model.safetensors"}, "no pickle, no code"
        weights = hub.repositories[MEDGEMMA]["model.safetensors"]
        assert told["sha256"]["model.safetensors"] == hashlib.sha256(weights).hexdigest()
        (record,) = (desk.parent / "data" / "models").iterdir()
        assert json.loads(record.read_text())["sha256"] == told["sha256"]
        assert "hf_mine" not in ran.out + ran.err + record.read_text()

    def test_one_gguf_file_and_its_projector(self, wardround: Run, hub: Hub) -> None:
        accept()
        told = json.loads(wardround("models", "install", QUANTISED, "--json").out)
        assert told["sha256"].keys() == {"medgemma-1.5-4b-it-Q4_K_M.gguf", "mmproj-F16.gguf"}
        assert told["images"]
        assert told["model"] == MEDGEMMA
        assert f"llamacpp:{told['path']}" == told["spec"]
        rows = json.loads(wardround("models", "list", "--json").out)
        assert [row["spec"] for row in rows if row["path"]] == [told["spec"]], "once, though known twice"

    def test_another_quantisation(self, wardround: Run, hub: Hub) -> None:
        accept()
        ran = wardround("models", "install", f"{QUANTISED}:q8_0")
        assert ran.status == 0, ran.err
        assert "Q8_0.gguf" in ran.out.replace("\n", "")
        ran = wardround("models", "install", f"{QUANTISED}:Q2_K")
        assert "it has no quantisation Q2_K (add one to the id: Q4_K_M, Q8_0, UD-Q4_K_XL)" in ran.err

    def test_a_download_that_stops_goes_on(self, wardround: Run, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        accept()
        monkeypatch.setenv("HF_TOKEN", "hf_mine")
        monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1 << 16)  # what is kept of a part
        hub.cut.add("model.safetensors")
        first = wardround("models", "install", MEDGEMMA)  # its client may go on by itself
        second = wardround("models", "install", MEDGEMMA, "--json")
        assert second.status == 0, second.err
        assert first.status == 0 or "it goes on where it stopped" in first.err
        weights = hub.repositories[MEDGEMMA]["model.safetensors"]
        ((file, start),) = hub.resumed
        assert (file, 0 < start <= len(weights) // 2) == ("model.safetensors", True)
        told = json.loads(second.out)
        assert told["sha256"]["model.safetensors"] == hashlib.sha256(weights).hexdigest()

    def test_a_file_that_is_not_what_the_hub_says(
        self, wardround: Run, hub: Hub, desk: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accept()
        monkeypatch.setenv("HF_TOKEN", "hf_mine")
        hub.wrong.add("model.safetensors")
        ran = wardround("models", "install", MEDGEMMA)
        assert ran.status == 1
        assert "model.safetensors: the file is not what the hub says it is; it was removed" in ran.err
        assert not list((desk.parent / "hub").rglob("*.safetensors")) or not any(
            path.exists() for path in (desk.parent / "hub").rglob("*.safetensors")
        )

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            (MEDGEMMA, f"accept its terms on huggingface.co/{MEDGEMMA}, and set HF_TOKEN"),
            ("other/nothing", "the hub has no such model"),
            ("other/pickled", "it has no safetensors"),
            ("nothing", "it is no id of the hub"),
            ("../nothing", "it is no id of the hub"),
        ],
    )
    def test_what_cannot_be_installed(self, wardround: Run, hub: Hub, name: str, says: str) -> None:
        accept()
        ran = wardround("models", "install", name)
        assert ran.status == 1
        assert says in ran.err

    def test_nobody_there(self, wardround: Run, desk: Path) -> None:
        pytest.importorskip("huggingface_hub")
        ran = wardround("models", "install", "other/model")
        assert ran.status == 1
        assert "the download failed" in ran.err

    def test_a_folder_that_is_here(self, wardround: Run, desk: Path) -> None:
        place = folder(desk / "mine", {"vision_config": {}})
        for _ in range(2):
            ran = wardround("models", "install", "mine")
            assert ran.status == 0
        assert read_chosen().models == (str(place),)

    def test_a_folder_that_is_no_model(self, wardround: Run, desk: Path) -> None:
        ran = wardround("models", "install", ".")
        assert ran.status == 1
        assert "this is no model" in ran.err


class TestUse:
    def test_a_file_holds_from_any_folder(self, wardround: Run, desk: Path) -> None:
        path = gguf(desk / "m.gguf")
        for spec in ("m.gguf", "llamacpp:m.gguf"):
            assert wardround("models", "use", spec).status == 0
            assert read_chosen().engine == f"llamacpp:{path}"

    @pytest.mark.parametrize(
        ("spec", "chosen"),
        [
            ("medgemma-1.5-4b-it", f"transformers:{MEDGEMMA}"),
            ("http://127.0.0.1:8000/v1#m", "http://127.0.0.1:8000/v1#m"),
            ("openai:http://127.0.0.1:8000/v1#m", "http://127.0.0.1:8000/v1#m"),
            ("medgemma", ""),
        ],
    )
    def test_what_is_chosen_is_kept(self, wardround: Run, desk: Path, spec: str, chosen: str) -> None:
        accept()
        folder(desk.parent / "hub" / "models--google--medgemma-1.5-4b-it" / "snapshots" / "01")
        assert wardround("models", "use", spec).status == 0
        assert read_chosen().engine == chosen
        assert read_chosen().terms, "the rest of the settings stays"

    @pytest.mark.parametrize(
        ("spec", "says"),
        [
            ("nonsense", "there is no engine 'nonsense'"),
            (MEDGEMMA, f"is not on this machine (wardround models install {MEDGEMMA})"),
            ("llamacpp:gone.gguf", "there is no file gone.gguf"),
        ],
    )
    def test_what_cannot_be_asked_is_not_chosen(self, wardround: Run, desk: Path, spec: str, says: str) -> None:
        ran = wardround("models", "use", spec)
        assert ran.status == 1
        assert says in ran.err
        assert read_chosen().engine == ""


class TestCheck:
    def test_a_tiny_model(self, wardround: Run, desk: Path, tiny_gguf_file: Path) -> None:
        ran = wardround("models", "check", tiny_gguf_file, "--json")
        told = json.loads(ran.out)
        assert told["engine"] == "llama.cpp tiny-f32"
        assert told["schema_enforced"] is True
        assert told["image_seen"] in (True, False), "it is noise"
        assert ran.status == (0 if told["image_seen"] else 1)
        assert told["tokens_per_second"] > 0
        shown = wardround("models", "check", tiny_gguf_file)
        assert "tokens a second" in shown.out

    def test_without_a_model(self, wardround: Run, desk: Path) -> None:
        ran = wardround("models", "check")
        assert ran.status == 1
        assert "wardround models install" in ran.err

    def test_a_server_elsewhere(self, wardround: Run, desk: Path) -> None:
        pytest.importorskip("openai")
        ran = wardround("models", "check", "https://models.example.org/v1#m")
        assert ran.status == 1
        assert "--allow-remote" in ran.err


@pytest.fixture
def tiny_gguf_file(tmp_path: Path) -> Path:
    for package in ("xllamacpp", "gguf", "transformers"):
        pytest.importorskip(package)
    from engines import tiny, tiny_gguf

    return tiny_gguf.write(tiny.build(tmp_path / "tiny"), tmp_path / "gguf")[0]

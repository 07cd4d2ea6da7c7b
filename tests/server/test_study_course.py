"""A study over REST from its files to what is sent back: drafted by a model, reviewed, signed, exported as DICOM."""

from __future__ import annotations

import io
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from fastapi.testclient import TestClient
from highdicom.sr import srread
from pydicom.data import get_testdata_file
from pydicom.uid import BasicTextSRStorage, ComprehensiveSRStorage, EnhancedSRStorage

from reporting.made import Seeing, answers, present
from wardround import images
from wardround.engines.replay import Recorder
from wardround.reporting import Reader
from wardround.server import Config, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.engines import Request

HISTORY = "Cough for three weeks."
PROTOCOL = "ct-chest"
SEEN = {"pleural_effusion": present(side="left")}
REPORTS = {BasicTextSRStorage, EnhancedSRStorage, ComprehensiveSRStorage}
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def slice_() -> Path:
    """A real CT slice, which comes with pydicom."""
    return Path(str(get_testdata_file("CT_small.dcm", download=False)))


@pytest.fixture(scope="module")
def recording(slice_: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a model answered to the questions about this slice."""
    path: Path = tmp_path_factory.mktemp("recorded") / "replies.jsonl"
    with Recorder(Seeing(seen=SEEN), path) as recorder:
        Reader(recorder).read(images.read([slice_]), HISTORY, None, PROTOCOL)
    return path


@contextmanager
def served(folder: Path, recording: Path) -> Iterator[TestClient]:
    app = create_app(Config(folder=folder / "store", engine=f"replay:{recording}"))
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


def sent(client: TestClient, slice_: Path, **fields: str) -> dict[str, Any]:
    """The answer to a study that is sent."""
    data = {"history": HISTORY, "protocol": PROTOCOL, **fields}
    answer = client.post("/v1/studies:read", files={"files": ("1.dcm", slice_.read_bytes())}, data=data)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ended(client: TestClient, job: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while (told := client.get(f"/v1/jobs/{job}").json())["state"] in ("queued", "running"):
        assert time.monotonic() < end, told
        time.sleep(0.02)
    return dict(told)


def test_from_the_files_to_the_exports(slice_: Path, recording: Path, tmp_path: Path) -> None:
    original = pydicom.dcmread(slice_)
    with served(tmp_path, recording) as client:
        told = sent(client, slice_, external_id="visit-1")
        job = ended(client, told["job"]["id"])
        assert (job["state"], job["error"]) == ("done", ""), job
        case = told["case"]["id"]
        draft = client.get(f"/v1/cases/{case}/results/1").json()["content"]
        abnormal = [each for each in draft["findings"] if each["presence"] == "present" and not each["normal"]]
        assert [(each["observation"], each["side"]) for each in abnormal] == [("pleural_effusion", "left")]
        review = client.post(f"/v1/cases/{case}/reviews", json={}).json()
        for item in review["undecided"]:
            body = {"version": review["version"], "item": item["id"], "verb": "accept"}
            review = client.post(f"/v1/cases/{case}/reviews/1/decisions", json=body).json()
        signed = client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"]})
        assert signed.status_code == 200, signed.text
        for of in ("draft", "signed"):
            for format in ("dicom-sr", "secondary-capture"):
                answer = client.get(f"/v1/cases/{case}/export", params={"format": format, "of": of})
                assert (answer.status_code, answer.headers["content-type"]) == (200, "application/dicom"), answer.text
                assert answer.headers["wardround-status"] == of
                made = pydicom.dcmread(io.BytesIO(answer.content))
                assert made.StudyInstanceUID == original.StudyInstanceUID
                assert made.PatientID == original.PatientID
                assert made.SOPInstanceUID != original.SOPInstanceUID
                if format == "dicom-sr":
                    assert made.SOPClassUID in REPORTS
                    report = srread(io.BytesIO(answer.content))
                    assert "pleural effusion" in str(report.ContentSequence).lower()
                else:
                    assert made.pixel_array.size == made.Rows * made.Columns * made.SamplesPerPixel


def test_a_job_that_is_cancelled_in_the_middle(
    slice_: Path, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()
    usual = answers(seen=SEEN)

    def answer(request: Request) -> str:
        asked.set()
        assert go_on.wait(PATIENCE)
        return usual(request)

    engine = Seeing(answer)
    monkeypatch.setattr("wardround.server.drafting.open_engine", lambda spec: engine)
    with served(tmp_path, recording) as client:
        told = sent(client, slice_)
        assert asked.wait(PATIENCE)
        running = client.get(f"/v1/jobs/{told['job']['id']}").json()
        assert running["state"] == "running"
        assert running["step"]
        cancelled = client.post(f"/v1/jobs/{told['job']['id']}:cancel").json()
        go_on.set()
        assert cancelled["state"] == "cancelled"
        before = len(engine.asked)
        again = client.post(f"/v1/cases/{told['case']['id']}:draft", json={"protocol": PROTOCOL})
        assert again.status_code == 202, again.text
        assert ended(client, again.json()["job"]["id"])["state"] == "done"
        assert len(engine.asked) > before
        case = client.get(f"/v1/cases/{told['case']['id']}").json()
        assert (case["status"], case["results"]) == ("drafted", 1)
        assert ended(client, told["job"]["id"])["state"] == "cancelled"


def test_a_model_that_fails_fails_the_job_and_says_why(slice_: Path, recording: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl"
    cut.write_text(recording.read_text().splitlines()[0] + "\n")
    with served(tmp_path, cut) as client:
        told = sent(client, slice_)
        job = ended(client, told["job"]["id"])
        assert job["state"] == "failed"
        assert job["error"]
        assert HISTORY not in job["error"]
        assert client.get(f"/v1/cases/{told['case']['id']}").json()["results"] == 0
        assert client.get(f"/v1/cases/{told['case']['id']}/export").status_code == 404


def test_files_that_are_no_images_fail_the_job(recording: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.dcm"
    damaged.write_bytes(bytes(128) + b"DICM" + bytes(64))
    with served(tmp_path, recording) as client:
        job = ended(client, sent(client, damaged)["job"]["id"])
        assert job["state"] == "failed"
        assert "damaged.dcm" not in job["error"]

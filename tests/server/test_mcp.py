"""``wardround mcp`` as an agent meets it: the SDK's own client over the pipes of a real process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("mcp", reason="the extra wardround[mcp] is not installed")
pytest.importorskip("pydicom", reason="the extra wardround[images] is not installed")

from mcp import ClientSession, StdioServerParameters, stdio_client

from reporting.made import Seeing, present, write_film
from wardround.coding import CodingResult
from wardround.engines.replay import Recorder
from wardround.images import read
from wardround.reporting import DraftReport, Reader

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.types import CallToolResult, Tool

CANARY = "Zebrafinch"
NOTE = f"ASSESSMENT\nAcute appendicitis in Mrs. {CANARY}.\n"
HISTORY = "Orthopnea and leg swelling."

Call = tuple[str, dict[str, Any]]


def ask(calls: list[Call], *options: str, log: Path | None = None) -> tuple[list[Tool], list[CallToolResult]]:
    """The tools of a new server, and what it answers to each call."""

    async def asking() -> tuple[list[Tool], list[CallToolResult]]:
        environment = {name: value for name, value in os.environ.items() if name.startswith(("WARDROUND", "PYTHON"))}
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "wardround", "mcp", *options], env=environment
        )
        with open(log or os.devnull, "w", encoding="utf-8") as errors:
            async with stdio_client(server, errlog=errors) as pipes, ClientSession(*pipes) as session:
                await session.initialize()
                tools = await session.list_tools()
                return tools.tools, [await session.call_tool(name, arguments) for name, arguments in calls]

    with ThreadPoolExecutor(1) as thread:  # in this one the loop of a browser may be running
        return thread.submit(asyncio.run, asking()).result()


def text(answer: CallToolResult) -> str:
    return " ".join(part.text for part in answer.content if part.type == "text")


GOOD: dict[str, Call] = {
    "code": ("code", {"text": NOTE, "setting": "inpatient", "date": "2026-05-11", "age": 40, "sex": "female"}),
    "code a file": ("code", {"path": "note.txt"}),
    "lookup by words": ("lookup", {"query": "acute appendicitis"}),
    "lookup by code": ("lookup", {"query": "e11.9", "release": "2026-04-01"}),
    "rules": ("rules_check", {"codes": ["F02.80", "G30.9"]}),
    "rules without findings": ("rules_check", {"codes": ["I10"]}),
    "read": ("read", {"paths": ["chest.dcm"], "history": HISTORY}),
    "read what is sent": ("read", {"image": "chest.dcm", "history": HISTORY}),
}

BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "two notes": ("code", {"text": NOTE, "path": "note.txt"}, "give the note's text, or its file"),
    "none": ("code", {}, "give the note's text, or its file"),
    "no setting": ("code", {"text": NOTE, "setting": CANARY}, "setting: literal error"),
    "no age": ("code", {"text": NOTE, "age": CANARY}, "age: float parsing"),
    "no text": ("code", {"text": [CANARY]}, "text: string type"),
    "no release": ("code", {"text": NOTE, "release": "2001-01-01"}, "release"),
    "binary": ("code", {"text": f"%PDF-1.7 {CANARY}"}, "content of"),
    "a file elsewhere": ("code", {"path": f"/etc/{CANARY}"}, "--allow"),
    "a file above": ("code", {"path": "../secret.txt"}, "--allow"),
    "a link that leads out": ("code", {"path": "link.txt"}, "--allow"),
    "a folder with a link that leads out": ("read", {"paths": ["."]}, "--allow"),
    "no base64": ("read", {"image": f"{CANARY}!"}, "base64"),
    "no image": ("read", {"image": base64.b64encode(CANARY.encode()).decode()}, ""),
    "no protocol": ("read", {"image": "QUFB", "protocol": CANARY}, "there is no such protocol"),
    "no tool": (CANARY, {}, "there is no such tool"),
    "no codes": ("rules_check", {"codes": []}, "codes: too short"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What may be read, with a link to what may not; a recording of a model beside it."""
    above = tmp_path_factory.mktemp("mcp")
    (above / "secret.txt").write_text(NOTE)
    folder = above / "allowed"
    folder.mkdir()
    (folder / "note.txt").write_text(NOTE)
    (folder / "link.txt").symlink_to(above / "secret.txt")
    write_film(folder / "chest.dcm")
    with Recorder(Seeing(seen={"cardiomegaly": present()}), above / "replies.jsonl") as engine:
        Reader(engine).read(read(folder / "chest.dcm"), HISTORY)
    return folder


@pytest.fixture(scope="module")
def session(folder: Path) -> tuple[list[Tool], dict[str, CallToolResult], str]:
    """The tools, what they answer, and what the process logged."""
    calls = {**GOOD, **{name: (tool, arguments) for name, (tool, arguments, _) in BAD.items()}}

    def placed(arguments: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(arguments)
        if arguments.get("image") == "chest.dcm":
            arguments["image"] = base64.b64encode((folder / "chest.dcm").read_bytes()).decode()
        if "path" in arguments:
            arguments["path"] = str(folder / arguments["path"])
        if "paths" in arguments:
            arguments["paths"] = [str(folder / path) for path in arguments["paths"]]
        return arguments

    log = folder.parent / "log"
    options = ("--allow", str(folder), "--engine", f"replay:{folder.parent / 'replies.jsonl'}")
    tools, answers = ask([(tool, placed(given)) for tool, given in calls.values()], *options, log=log)
    return tools, dict(zip(calls, answers, strict=True)), log.read_text()


def test_the_tools_say_what_they_take_and_give_and_that_they_only_read(
    session: tuple[list[Tool], dict[str, CallToolResult], str],
) -> None:
    tools, _, _ = session
    assert [tool.name for tool in tools] == ["code", "read", "lookup", "rules_check"]
    for tool in tools:
        assert tool.description
        assert tool.output_schema
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint


@pytest.mark.parametrize("name", GOOD)
def test_a_tool_answers_in_its_own_shape(session: tuple[list[Tool], dict[str, CallToolResult], str], name: str) -> None:
    _, answers, _ = session
    answer = answers[name]
    assert not answer.is_error, text(answer)
    told: Any = answer.structured_content
    match name:
        case "code" | "code a file":
            result = CodingResult.model_validate(told)
            assert [code.code for code in result.codes] == ["K35.80"]
            assert result.setting == ("inpatient" if name == "code" else "outpatient")
            for code in result.codes:
                assert all(NOTE[each.start : each.end] == each.text for each in code.evidence)
        case "lookup by words":
            assert "K35.80" in [entry["code"] for entry in told["entries"]]
        case "lookup by code":
            assert (told["release"], told["entries"][0]["code"]) == ("2026-04-01", "E11.9")
            assert told["entries"][0]["excludes1"]
        case "rules":
            assert [finding["rule"] for finding in told["findings"]] == ["manifestation"]
        case "rules without findings":
            assert told["findings"] == []
        case _:
            report = DraftReport.model_validate(told)
            assert report.status == "preliminary"
            assert ("cardiomegaly", "present") in {(each.observation, each.presence) for each in report.findings}


@pytest.mark.parametrize("name", BAD)
def test_what_fails_is_told_without_what_was_given(
    session: tuple[list[Tool], dict[str, CallToolResult], str], name: str
) -> None:
    _, answers, _ = session
    assert answers[name].is_error
    assert BAD[name][2] in text(answers[name])
    assert CANARY not in text(answers[name])


def test_its_log_is_lines_of_ours_without_what_was_given(
    session: tuple[list[Tool], dict[str, CallToolResult], str],
) -> None:
    _, _, log = session
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["outcome"] for line in lines if line["event"] == "tool"] == ["done"] * len(GOOD) + ["failed"] * len(
        BAD
    )
    for secret in (CANARY, "appendicitis", "Orthopnea", "chest.dcm"):
        assert secret not in log


def test_a_target_precision_decides_what_is_accepted() -> None:
    _, (usual,) = ask([("code", {"text": NOTE})])
    _, (strict,) = ask([("code", {"text": NOTE})], "--target-precision", "0.99")
    assert usual.structured_content is not None
    assert strict.structured_content is not None
    assert [each["status"] for each in usual.structured_content["codes"]] == ["accepted"]
    assert [each["status"] for each in strict.structured_content["codes"]] == ["review"]


def test_without_a_folder_and_a_model_nothing_is_read(folder: Path) -> None:
    _, (file, image) = ask(
        [("code", {"path": str(folder / "note.txt")}), ("read", {"image": base64.b64encode(b"x").decode()})],
        "--engine",
        "replay:nowhere.jsonl",
    )
    assert "--allow" in text(file)
    assert image.is_error

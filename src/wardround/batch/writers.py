"""Results as the bytes of a file: a table of Parquet with a row per note, or lines of JSON.

Nothing in them depends on when, where or by how many processes they were made.
"""

from __future__ import annotations

import io
import json
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from wardround.batch.packages import arrow

if TYPE_CHECKING:
    from wardround.batch.output import Format
    from wardround.coding import CodingResult
    from wardround.coding.result import Evidence, Finding, Suggestion

__all__ = ["Writer", "writer"]

_HALF = re.compile("[\ud800-\udfff]")


class Writer(ABC):
    """Takes results in order and gives the content of a file."""

    @abstractmethod
    def add(self, result: CodingResult) -> None:
        """One more."""

    @abstractmethod
    def content(self) -> bytes:
        """The file of all that were added."""


def writer(format: Format) -> Writer:
    """One for an empty file.

    Raises:
        InputError: pyarrow is not installed.
    """
    return ParquetRows() if format == "parquet" else ResultLines()


class ResultLines(Writer):
    """Lines of JSON, as ``wardround schema`` describes them, without the times that coding took."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def add(self, result: CodingResult) -> None:
        try:
            line = result.model_dump_json(by_alias=True, exclude={"timings"}).encode()
        except ValueError:  # a quote holds half of a surrogate pair, which only an escape can carry
            line = json.dumps(result.model_dump(by_alias=True, exclude={"timings"}), default=str).encode()
        self._lines.append(line + b"\n")

    def content(self) -> bytes:
        return b"".join(self._lines)


class ParquetRows(Writer):
    """A row per note, the codes in it as a list; see `schema`."""

    def __init__(self) -> None:
        self._schema = schema()
        self._rows: list[dict[str, Any]] = []

    def add(self, result: CodingResult) -> None:
        self._rows.append(_row(result))

    def content(self) -> bytes:
        pyarrow = arrow()
        try:
            table = pyarrow.Table.from_pylist(self._rows, schema=self._schema)
        except (UnicodeEncodeError, pyarrow.ArrowException):  # half of a surrogate pair, which UTF-8 cannot carry
            table = pyarrow.Table.from_pylist(_whole(self._rows), schema=self._schema)
        sink = io.BytesIO()
        arrow("parquet").write_table(table, sink, compression="zstd", version="2.6", data_page_version="1.0")
        return sink.getvalue()


def schema() -> Any:
    """The columns of a table of results, the same whatever is in it.

    Raises:
        InputError: pyarrow is not installed.
    """
    pa = arrow()
    text, texts = pa.string(), pa.list_(pa.string())
    evidence = [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", text),
        ("section", text),
        ("assertion", text),
        ("page", pa.int32()),
    ]
    finding = [("rule", text), ("section", text), ("severity", text), ("codes", texts), ("message", text)]
    code = [
        ("code", text),
        ("description", text),
        ("status", text),
        ("role", text),
        ("confidence", pa.float64()),
        ("evidence", pa.list_(pa.struct(evidence))),
        ("route", texts),
        ("findings", pa.list_(pa.struct(finding))),
    ]
    query = [("topic", text), ("rule", text), ("codes", texts), ("question", text), ("options", texts)]
    return pa.schema(
        [
            ("id", text),
            ("release", text),
            ("scope", text),
            ("setting", text),
            ("codes", pa.list_(pa.struct(code))),
            ("queries", pa.list_(pa.struct(query))),
            ("warnings", texts),
        ]
    )


def _row(result: CodingResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "release": result.release.id,
        "scope": result.scope,
        "setting": result.setting,
        "codes": [_code(code) for code in result.codes],
        "queries": [
            {
                "topic": query.topic,
                "rule": query.rule,
                "codes": query.codes,
                "question": query.question,
                "options": query.options,
            }
            for query in result.queries
        ],
        "warnings": result.warnings,
    }


def _code(code: Suggestion) -> dict[str, Any]:
    return {
        "code": code.code,
        "description": code.description,
        "status": code.status,
        "role": code.role,
        "confidence": code.confidence,
        "evidence": [_evidence(each) for each in code.evidence],
        "route": code.route,
        "findings": [_finding(each) for each in code.findings],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "start": evidence.start,
        "end": evidence.end,
        "text": evidence.text,
        "section": evidence.section,
        "assertion": evidence.assertion,
        "page": evidence.places[0].page if evidence.places else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "section": finding.section,
        "severity": finding.severity,
        "codes": finding.codes,
        "message": finding.message,
    }


def _whole(value: Any) -> Any:
    """A value in which the halves of surrogate pairs became U+FFFD, each one character as before."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value

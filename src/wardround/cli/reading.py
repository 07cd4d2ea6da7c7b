"""What ``wardround read`` does: studies and histories in, one report after the other out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import InputError, WardroundError
from wardround.export import Failure

if TYPE_CHECKING:
    from wardround.export.reports import ReportExporter
    from wardround.images.study import Kind, Study
    from wardround.records.studies import Case
    from wardround.reporting import DraftReport, Protocol, Reader

__all__ = ["Reading", "cases", "history_of"]

_WITH_AREAS = ("html", "pdf", "dicom-sr", "secondary-capture")
"""Formats that show where the findings are."""


def cases(paths: Sequence[Path], *, each: bool, kind: Kind | None) -> Iterator[tuple[int, int, Case | Failure]]:
    """The studies in ``paths``, each with the number of what it comes from, and how many of these there are.

    Args:
        paths: files and folders; together one case, or whatever studies DICOM makes of them.
        each: every path, and every entry of a folder, is a case of its own.
        kind: of plain pictures, which do not tell it.
    """
    from wardround.images.folders import inside
    from wardround.records import studies

    groups = [tuple(paths)]
    if each:
        groups = [(entry,) for path in paths for entry in (inside(path) if path.is_dir() else [path])]
    for number, group in enumerate(groups, 1):
        for case in studies.cases(group[0].resolve().name, group, kind):
            yield number, len(groups), case


def history_of(given: str | None, id: str, *, each: bool) -> str:
    """The clinical information for one case.

    Args:
        given: a text, a file, ``-`` for standard input, or with ``each`` a folder with ``<name of the case>.txt``.
        id: of the case.
        each: whether there may be many cases, so that one history cannot be that of all.

    Raises:
        InputError: it cannot be read, or would be that of several patients.
    """
    from wardround.records.studies import beside

    if given is None:
        return ""
    path = Path(given)
    if each:
        if not _is_folder(path):
            hint = "name a folder that has a file with the name of each study and .txt"
            raise InputError("one history cannot belong to several studies", where="--history", hint=hint)
        return beside(path, id)
    if given == "-":
        return _decoded(sys.stdin.buffer.read())
    return _text(path) if _is_file(path) else given


def _text(path: Path) -> str:
    from wardround.documents import read

    return read(path).text


def _decoded(data: bytes) -> str:
    from wardround.documents import read

    return read(data).text if data.strip() else ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that is too long for a name, or has a NUL
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


class Reading:
    """All studies of one call, one after the other.

    Attributes:
        failed: how many could not be read.
    """

    def __init__(
        self,
        reader: Reader,
        protocol: Protocol | None,
        prior: Path | None,
        history: str | None,
        form: ReportExporter,
        output: Path | None,
        boxes: Path | None,
        *,
        each: bool,
    ) -> None:
        self._reader = reader
        self._protocol = protocol
        self._prior = prior
        self._history = history
        self._form = form
        self._output = None if output is None or str(output) == "-" else output
        self._boxes = boxes
        self._each = each
        self._written = 0
        self.failed = 0

    def all(self, paths: list[Path], kind: Kind | None) -> None:
        """Read every study, and write its report as soon as it is there."""
        earlier = self._earlier(kind)
        count = 0
        for number, total, case in cases(paths, each=self._each, kind=kind):
            count += 1
            if isinstance(case, Failure):
                self._fail(case.id, case.error)
                continue
            before = f"{number} of {total}, {case.id}: " if total > 1 else ""
            try:
                if self._written and not self._each and self._boxes is not None:
                    raise InputError("there are several studies, and --boxes draws on one", where=case.id)
                report = self._report(case, earlier, before)
                self._write(case, report, earlier)
            except WardroundError as error:
                self._fail(case.id, error)
        if not count:
            raise InputError("there is nothing to read", where=str(paths[0]), hint="name files, or a folder with some")

    def _earlier(self, kind: Kind | None) -> Study | None:
        from wardround.images import read

        return None if self._prior is None else read(self._prior, kind=kind)

    def _report(self, case: Case, earlier: Study | None, before: str) -> DraftReport:
        from wardround.cli.progress import Steps

        history = history_of(self._history, case.id, each=self._each)
        locate = self._boxes is not None or self._form.name in _WITH_AREAS
        with Steps() as steps:
            return self._reader.read(
                case.study,
                history,
                earlier,
                self._protocol,
                id=case.id,
                locate=locate,
                on_step=lambda step: steps.tell(f"{before}{step}"),
            )

    def _write(self, case: Case, report: DraftReport, earlier: Study | None) -> None:
        from wardround.cli.report_files import draw
        from wardround.export.reports.images import originals, pictures

        shown = []
        if self._boxes is not None or self._form.name not in ("markdown", "json"):
            shown = pictures(report, case.study)
            shown += pictures(report, earlier, "prior") if earlier is not None else []
        document = self._form.export(
            report,
            pictures=shown,
            originals=originals(case.study, case.sources) if self._form.name in ("dicom-sr", "fhir") else (),
        )
        if self._boxes is not None:
            draw(report, shown, self._boxes)
        self._put(case.id, document)
        self._written += 1

    def _put(self, id: str, document: bytes) -> None:
        if self._output is None:
            if self._form.name == "json" and self._each:  # a line for each
                document = json.dumps(json.loads(document), ensure_ascii=False).encode() + b"\n"
            sys.stdout.flush()
            sys.stdout.buffer.write(document)
            sys.stdout.flush()
            return
        if not self._each and self._written:
            raise InputError("there are several studies, and -o names one file", where=id, hint="give --each")
        from wardround.cli.report_files import save

        path = self._output / f"{id.replace('/', '_')}{self._form.suffix}" if self._each else self._output
        save(path, document)

    def _fail(self, id: str, error: WardroundError) -> None:
        from wardround.cli.terminal import say_error

        self.failed += 1
        say_error(str(error) if error.where else f"{id}: {error}")
        if self._form.name == "json" and self._each and self._output is None:
            told = {"id": id, "error": {"what": error.what, "where": error.where, "hint": error.hint}}
            sys.stdout.write(json.dumps(told) + "\n")

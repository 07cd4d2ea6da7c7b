"""Image and history in, draft report out: looks, locates, compares, writes, and checks what was written."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from wardround import __version__
from wardround.documents import Note
from wardround.engines import Engine
from wardround.errors import EngineRefused, ImageError
from wardround.images.study import Notice, Study
from wardround.reporting.asking import Questions
from wardround.reporting.choose import Choice, choose
from wardround.reporting.compare import Compared, compare
from wardround.reporting.contradictions import contradictions
from wardround.reporting.grounding import Grounds
from wardround.reporting.locate import Located
from wardround.reporting.locate import locate as find_places
from wardround.reporting.look import Seen, look
from wardround.reporting.pictures import Pictures, shown
from wardround.reporting.prompts import HISTORY_LIMIT, wording_digests
from wardround.reporting.protocol import Protocol
from wardround.reporting.report import (
    Contradiction,
    DraftReport,
    Finding,
    ImageInfo,
    ImageSource,
    Provenance,
    Removed,
    Statement,
)
from wardround.reporting.write import Written, write

__all__ = ["Reader"]

_VISION = "wardround models install google/medgemma-1.5-4b-it brings a model that sees images; then --engine medgemma"

OnStep = Callable[[str], None]


class Reader:
    """A model that drafts reports. Built once; threads that share it wait for each other.

    Args:
        engine: sees images; opened and closed by the caller.

    Raises:
        EngineRefused: it sees no images.
    """

    def __init__(self, engine: Engine) -> None:
        if not engine.capabilities.images:
            raise EngineRefused("this model sees no images", where=engine.name, hint=_VISION)
        self._engine = engine
        self._turn = threading.Lock()

    def read(
        self,
        study: Study,
        history: str = "",
        prior: Study | None = None,
        protocol: Protocol | str | Path | None = None,
        *,
        id: str = "",
        locate: bool = False,
        on_step: OnStep | None = None,
    ) -> DraftReport:
        """Draft the report of one study.

        The same study, history, engine and protocol give the same report, but for `Provenance.seconds`.

        Args:
            study: what is reported.
            history: clinical information; the model that looks at the image does not see it.
            prior: an earlier study to compare with.
            protocol: its name, its file, or itself; by default chosen by the study and the history.
            id: names the report.
            locate: also ask where each finding is.
            on_step: told what is begun, in a few words.

        Raises:
            InputError: the protocol, the history or an image cannot be used.
            EngineError: the engine broke down.
        """
        if not study.series:
            raise ImageError("the study has no pictures")
        note = Note(history) if history.strip("\ufeff \t\r\n") else None
        choice = choose(study, note, protocol)
        with self._turn:
            return _Draft(self._engine, study, note, prior, choice, on_step or _untold).report(id, locate)


def _untold(step: str) -> None:
    """Nobody wants to know."""


class _Draft:
    def __init__(
        self,
        engine: Engine,
        study: Study,
        history: Note | None,
        prior: Study | None,
        choice: Choice,
        on_step: OnStep,
    ) -> None:
        self._engine = engine
        self._study = study
        self._history = history
        self._prior = prior
        self._choice = choice
        self._protocol = choice.protocol
        self._tell = on_step
        self._step = ""
        self._questions = Questions(engine, self._progressed)

    def report(self, id: str, locate: bool) -> DraftReport:
        self._begin("preparing the image")
        remote = self._engine.capabilities.remote
        pictures = shown(self._study, remote=remote)
        earlier = None if self._prior is None else shown(self._prior, remote=remote)
        self._begin("looking")
        seen = look(self._questions, pictures, self._protocol)
        located = self._located(pictures, seen) if locate else Located(findings=seen.findings)
        findings = located.findings
        compared = self._compared(pictures, earlier, findings)
        self._begin("writing")
        grounds = Grounds(self._protocol, findings, self._history, compared.changes)
        written = write(self._questions, self._protocol, findings, self._history, grounds)
        said = [*(each for region in written.regions for each in region.statements), *written.impression]
        inside = contradictions(grounds.vocabulary, findings, said, self._history)
        found = tuple(dict.fromkeys((*seen.contradictions, *located.contradictions, *compared.contradictions, *inside)))
        return DraftReport(
            id=id,
            title=self._title(),
            technique=self._technique(pictures),
            clinical_information=written.clinical_information,
            comparison=self._comparison(compared),
            findings=findings,
            regions=written.regions,
            impression=written.impression,
            differential=written.differential,
            recommendations=written.recommendations,
            changes=compared.changes,
            not_assessed=tuple(self._not_assessed(findings)),
            limitations=tuple(self._limitations(pictures)),
            contradictions=found,
            removed=(*grounds.removed, *_unusable(seen, located)),
            warnings=tuple(dict.fromkeys(self._warnings(pictures, earlier, seen, located, compared, written, found))),
            images=(*_infos(pictures, "current"), *(_infos(earlier, "prior") if earlier is not None else ())),
            provenance=self._provenance(),
        )

    # The steps.

    def _begin(self, step: str) -> None:
        self._step = step
        self._tell(step)

    def _progressed(self, done: int, total: int) -> None:
        self._tell(f"{self._step} ({done} of {total})")

    def _located(self, pictures: Pictures, seen: Seen) -> Located:
        self._begin("locating")
        return find_places(self._questions, pictures, seen.findings)

    def _compared(self, pictures: Pictures, earlier: Pictures | None, findings: Sequence[Finding]) -> Compared:
        if earlier is None:
            return Compared()
        self._begin("comparing")
        return compare(self._questions, earlier, pictures, self._protocol, findings)

    # What is known without the model.

    def _title(self) -> str:
        views = list(dict.fromkeys(series.view for series in self._study.series if series.view))
        return f"{self._protocol.title}, {' and '.join(views)}" if views else self._protocol.title

    def _technique(self, pictures: Pictures) -> tuple[Statement, ...]:
        told = f"{self._title()}: {_counted(self._study, pictures)}."
        return (Statement(text=told, sources=(ImageSource(),)),)

    def _comparison(self, compared: Compared) -> tuple[Statement, ...]:
        if self._prior is None:
            return (Statement(text="No earlier study was given.", sources=(ImageSource(),)),)
        source = ImageSource(study="prior")
        day = f"the study of {self._prior.date}" if self._prior.date else "an earlier study without a date"
        if not compared.changes:
            return (Statement(text=f"There is {day}; nothing was compared.", sources=(source,)),)
        return (
            Statement(text=f"Compared with {day}.", sources=(source,)),
            *(change.statement for change in compared.changes),
        )

    def _not_assessed(self, findings: Sequence[Finding]) -> Iterator[str]:
        yield from (finding.name for finding in findings if finding.presence == "not assessable")
        for hidden in self._protocol.cannot_show:
            yield f"{hidden.name}: {hidden.reason}"

    def _limitations(self, pictures: Pictures) -> Iterator[str]:
        views = {series.view.upper() for series in self._study.series if series.view}
        for limitation in self._protocol.limitations:
            if not limitation.views or views & set(limitation.views):
                yield limitation.text
        yield from (f"{each[:1].upper()}{each[1:]}." for each in (*pictures.left_out, *self._study.left_out))

    def _warnings(
        self,
        pictures: Pictures,
        earlier: Pictures | None,
        seen: Seen,
        located: Located,
        compared: Compared,
        written: Written,
        found: Sequence[Contradiction],
    ) -> Iterator[str]:
        yield from self._choice.warnings
        yield from (notice.message for notice in _notices(pictures.study))
        if earlier is not None:
            yield from (f"earlier study: {notice.message}" for notice in _notices(earlier.study))
            dates = self._study.date, earlier.study.date
            if dates[0] is not None and dates[1] is not None and dates[1] > dates[0]:
                yield "the study that was given as the earlier one is the later one by its date"
        if located.unanswered:
            what = "1 finding is" if located.unanswered == 1 else f"{located.unanswered} findings are"
            yield f"the model gave no usable answer about where {what}"
        yield from (*seen.warnings, *compared.warnings, *written.warnings)
        if found:
            yield "the report contradicts itself or the history; see its contradictions"
        if self._history is not None and len(self._history.text) > HISTORY_LIMIT:
            yield f"the model was shown the first {HISTORY_LIMIT:,} characters of the history"
        if self._engine.capabilities.remote:
            yield f"the images, text in them blackened, and the history were sent to: {self._engine.name}"

    def _provenance(self) -> Provenance:
        usage = self._questions.usage
        history = "" if self._history is None else self._history.text
        return Provenance(
            wardround=__version__,
            engine=self._engine.name,
            engine_digest=self._engine.digest,
            remote=self._engine.capabilities.remote,
            protocol=self._protocol.name,
            protocol_reason=self._choice.reason,
            protocol_digest=self._protocol.digest,
            history_digest=hashlib.sha256(history.encode("utf-8", "surrogatepass")).hexdigest() if history else "",
            prompt_digests=wording_digests(),
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            seconds=round(self._questions.seconds, 3),
        )


def _counted(study: Study, pictures: Pictures) -> str:
    """How many pictures there are, and how many of them the model was shown."""
    count = len(pictures.each)
    if study.series[0].slide is not None:
        return f"{count} patch{'' if count == 1 else 'es'} of a whole slide"
    frames = sum(len(series.frames) for series in study.series)
    what = f"{frames} {'slice' if pictures.labelled else 'image'}{'' if frames == 1 else 's'}"
    return what if count == frames else f"{what}, of which the model was shown {count}"


def _notices(study: Study) -> Iterator[Notice]:
    """What the readers of a study and the checks of its quality have to say."""
    from wardround.images.quality import check

    yield from study.warnings
    for series in study.series:
        yield from series.warnings
    yield from check(study)


def _infos(pictures: Pictures, which: Literal["current", "prior"]) -> tuple[ImageInfo, ...]:
    """One entry for each series that was looked at."""
    study = pictures.study
    infos = []
    for number, series in enumerate(study.series, 1):
        seen = tuple(dict.fromkeys(picture.frame for picture in pictures.each if picture.series == number))
        if not seen:
            continue
        frame = series.frames[seen[0] - 1]
        infos.append(
            ImageInfo(
                study=which,
                format=study.format,
                modality=series.modality,
                kind=series.kind,
                body_part=series.body_part,
                view=series.view,
                date=study.date,
                study_instance_uid=study.uid,
                series_instance_uid=series.uid,
                frames=len(series.frames),
                frames_seen=seen,
                rows=frame.rows,
                columns=frame.columns,
                digest=study.digest,
                steps=pictures.steps,
                warnings=tuple(notice.message for notice in series.warnings),
            )
        )
    return tuple(infos)


def _unusable(seen: Seen, located: Located) -> Iterator[Removed]:
    if located.unusable:
        yield Removed(reason="a box that is empty, outside the picture, or all of it", count=located.unusable)
    if seen.out_of_range:
        yield Removed(reason="a number of an image or slice that does not exist", count=seen.out_of_range)

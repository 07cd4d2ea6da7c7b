"""The pictures and headers of a study that go with its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydicom import Dataset

    from wardround.export.reports.picture import Picture
    from wardround.images.study import Study
    from wardround.reporting.report import DraftReport

__all__ = ["originals", "pictures"]

_MOST_PICTURES = 6  # that go with a report
_MOST_ORIGINALS = 2000  # files whose headers are looked at


def pictures(report: DraftReport, study: Study, which: Literal["current", "prior"] = "current") -> list[Picture]:
    """The frames of ``study`` that a report speaks of most, as it shows them: those with areas or findings first."""
    from wardround.boxes import Box
    from wardround.export.reports.picture import picture_of
    from wardround.images.render import render

    made = []
    for number, frame in _shown_frames(report, which):
        series = study.series[number - 1]
        if series.slide is not None:
            continue  # its patches are shown to the model, and make no picture of the whole
        rendering = render(study, series=number - 1, at_most=len(series.frames))
        view = rendering.views[frame - 1]
        square, own = view.square, series.frames[frame - 1]
        inside = view.pixels[square.top : square.top + square.rows, square.left : square.left + square.columns]
        made.append(
            picture_of(
                inside,
                shows=Box(0, 0, own.columns, own.rows),
                study=which,
                series=number,
                frame=frame,
                caption=f"Series {number}, frame {frame}",
                sop_instance_uid=own.sop_instance_uid,
                sop_frame=own.frame_number,
            )
        )
    return made


def _shown_frames(report: DraftReport, which: str) -> list[tuple[int, int]]:
    from wardround.reporting.report import ImageSource

    named: dict[tuple[int, int], int] = {}
    for finding in report.findings:
        if finding.presence != "present":
            continue
        for source in finding.sources:
            if isinstance(source, ImageSource) and source.study == which and source.frame is not None:
                place = (source.series, source.frame)
                named[place] = named.get(place, 0) + (1 if source.area is None else 10)
    wanted = sorted(named, key=lambda place: -named[place])
    infos = [image for image in report.images if image.study == which]
    middle = [(number, info.frames_seen[len(info.frames_seen) // 2]) for number, info in enumerate(infos, 1)]
    return list(dict.fromkeys([*wanted, *middle]))[:_MOST_PICTURES]


def originals(study: Study, sources: Sequence[Path]) -> list[Dataset]:
    """The headers of a study's DICOM files, where they lie open in files and folders; pixels are not read."""
    if study.format != "DICOM":
        return []
    import pydicom
    from pydicom.errors import InvalidDicomError

    wanted = {frame.sop_instance_uid for series in study.series for frame in series.frames}
    found: list[Dataset] = []
    for path in _files(sources):
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        except (OSError, InvalidDicomError, ValueError, AttributeError, NotImplementedError):
            continue  # what could be read of the study is in the study
        if str(header.get("SOPInstanceUID", "")) in wanted:
            found.append(header)
    return found


def _files(sources: Sequence[Path]) -> Iterator[Path]:
    count = 0
    for source in sources:
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                count += 1
                if count > _MOST_ORIGINALS:
                    return
                yield path

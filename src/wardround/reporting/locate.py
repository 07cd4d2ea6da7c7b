"""Where in the picture a finding is: approximate boxes, asked one finding at a time.

Boxes of a model are on the padded square that it sees; they come back as pixels of the frame as stored. They are
approximate: on radiographs MedGemma 1.5's boxes overlap the true ones by 38 % on average, and it was trained on those
alone. On a frontal film, where the patient's left is on the right of the picture, a box that lies wholly on the other
side than its finding is taken out, and shown as a contradiction.
Source: MedGemma 1.5's model card and its notebook on localization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.boxes import Box
from wardround.reporting.asking import Questions
from wardround.reporting.pictures import Picture, Pictures
from wardround.reporting.prompts import locating
from wardround.reporting.report import Area, Contradiction, Finding, ImageSource

__all__ = ["Located", "locate"]

_KINDS = ("radiograph",)  # what models of this family were trained to find places in
_FRONTAL = ("PA", "AP")
_MOST = 0.95  # of the picture: a box of all of it is no place


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Findings with the areas that were found.

    Attributes:
        findings: all of them, in order; the sources of those that were found have areas.
        unusable: boxes that were empty, outside the picture, or all of it.
        unanswered: findings about which there was no usable answer.
        contradictions: findings with a box on their other side.
    """

    findings: tuple[Finding, ...]
    unusable: int = 0
    unanswered: int = 0
    contradictions: tuple[Contradiction, ...] = ()


def locate(questions: Questions, pictures: Pictures, findings: Sequence[Finding]) -> Located:
    """Ask where each finding is that is present and abnormal, in the first picture that shows it.

    Args:
        questions: asks the engine.
        pictures: what it was shown.
        findings: of the first pass.

    Raises:
        EngineError: the engine broke down.
    """
    if pictures.study.series[0].kind not in _KINDS:
        return Located(findings=tuple(findings))
    wanted = [
        (place, _number(pictures, finding))
        for place, finding in enumerate(findings)
        if finding.presence == "present" and not finding.normal
    ]
    replies = questions.ask([locating(pictures, findings[place], number) for place, number in wanted]) if wanted else []
    located = list(findings)
    contradictions: list[Contradiction] = []
    unusable = unanswered = 0
    for (place, number), reply in zip(wanted, replies, strict=True):
        if reply is None:
            unanswered += 1
            continue
        picture = pictures.each[number]
        areas = []
        for box in reply.value["boxes"]:
            area = _area(picture, box["box_2d"])
            if area is None:
                unusable += 1
            elif _on_other_side(pictures, picture, findings[place], area):
                contradictions.append(_opposite(findings[place]))
            else:
                areas.append(area)
        if areas:
            located[place] = _with_areas(findings[place], picture, areas)
    return Located(
        findings=tuple(located),
        unusable=unusable,
        unanswered=unanswered,
        contradictions=tuple(dict.fromkeys(contradictions)),
    )


def _number(pictures: Pictures, finding: Finding) -> int:
    """The place, from 0, of the picture that a finding names; the first one if it names none."""
    named = {(source.series, source.frame) for source in finding.sources if isinstance(source, ImageSource)}
    places = (place for place, each in enumerate(pictures.each) if (each.series, each.frame) in named)
    return next(places, 0)


def _area(picture: Picture, corners: Sequence[int]) -> Area | None:
    """The pixels of a frame that the corners (y0, x0, y1, x1) mean; None if they mean no place in it."""
    if any(not 0 <= corner <= 1000 for corner in corners):
        return None
    y0, x0, y1, x1 = corners
    box = picture.view.square.original((y0, x0, y1, x1))
    whole = picture.view.square.original((0, 0, 1000, 1000))
    if not (box.width > 0 and box.height > 0) or _size(box) > _MOST * _size(whole):
        return None
    return Area(left=box.left, top=box.top, right=box.right, bottom=box.bottom)


def _on_other_side(pictures: Pictures, picture: Picture, finding: Finding, area: Area) -> bool:
    """Whether all of ``area`` lies in the half of a frontal film that shows the other side of the patient."""
    series = pictures.study.series[picture.series - 1]
    if series.view.upper() not in _FRONTAL:
        return False
    middle = series.frames[picture.frame - 1].columns / 2
    return (finding.side == "left" and area.right <= middle) or (finding.side == "right" and area.left >= middle)


def _opposite(finding: Finding) -> Contradiction:
    other = "right" if finding.side == "left" else "left"
    message = f"{finding.name} ({finding.id}) is on the {finding.side}, and was located on the {other}"
    return Contradiction(kind="side", message=message, findings=(finding.id,))


def _size(box: Box) -> float:
    return box.width * box.height


def _with_areas(finding: Finding, picture: Picture, areas: Sequence[Area]) -> Finding:
    """The finding with one source for each area, in place of that of the frame as a whole."""
    here = [ImageSource(series=picture.series, frame=picture.frame, area=area) for area in dict.fromkeys(areas)]
    others = [
        source
        for source in finding.sources
        if not (
            isinstance(source, ImageSource)
            and (source.series, source.frame) in ((picture.series, picture.frame), (picture.series, None))
        )
    ]
    return finding.model_copy(update={"sources": (*here, *others)})

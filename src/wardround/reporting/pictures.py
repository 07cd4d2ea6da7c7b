"""The pictures of a study as the model is shown them, in order, and how a message to it is laid out.

Images first and the question last; of volumes an introduction first, and "SLICE k" behind each slice, as MedGemma was
trained. Nothing of the header is told, and no word of the history.
Source: MedGemma 1.5's notebooks on radiographs and CT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.engines import Image, Message
from wardround.images.study import Study

if TYPE_CHECKING:
    from wardround.images.render import View

__all__ = ["MOST_PICTURES", "MOST_SLICES", "Picture", "Pictures", "shown"]

MOST_SLICES = 85
"""Slices of a volume, or patches of a slide, that are shown."""

MOST_PICTURES = 12
"""Other pictures that are shown."""

_VOLUMES = ("ct", "mr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture.

    Attributes:
        series: number of its series, from 1.
        frame: number of its frame in that series, from 1.
        view: what was rendered.
        image: what is sent.
    """

    series: int
    frame: int
    view: View
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """All that is shown of a study.

    Attributes:
        study: which was rendered.
        each: the pictures in order.
        labelled: whether they are slices, with their number behind each.
        steps: how they came to be, in words.
        left_out: what is not shown, in words.
    """

    study: Study
    each: tuple[Picture, ...]
    labelled: bool
    steps: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def asked(self, exam: str, question: str) -> tuple[Message, ...]:
        """A question about the pictures; equal pictures make the same beginning, which an engine computes once."""
        parts: list[str | Image] = []
        if self.labelled:
            parts.append(f"You see {exam}, in order. The number of each slice stands behind it.")
            for number, picture in enumerate(self.each, 1):
                parts += [picture.image, f"SLICE {number}"]
        else:
            parts += [picture.image for picture in self.each]
        return (Message.user(*parts, question),)

    @property
    def introduction(self) -> str:
        """How the pictures are spoken of, at the beginning of a question."""
        if self.labelled:
            return f"the {len(self.each)} slices above"
        return "the image above" if len(self.each) == 1 else f"the {len(self.each)} images above"


def shown(study: Study, *, remote: bool = False) -> Pictures:
    """What of ``study`` is shown to a model.

    Of a volume the first series is; of other studies all series are, up to `MOST_PICTURES` pictures.

    Args:
        study: as it was read.
        remote: whether the pictures leave this machine: text that is burned into them is blackened first.

    Raises:
        ImageError: they cannot be decoded, or cannot be made safe to send.
    """
    from wardround.images.render import render

    volume = study.series[0].kind in _VOLUMES or study.series[0].kind == "slide"
    pictures: list[Picture] = []
    steps: list[str] = []
    left_out: list[str] = []
    labelled = False
    for number, series in enumerate(study.series, 1):
        room = (MOST_SLICES if volume else MOST_PICTURES) - len(pictures)
        if number > 1 and (volume or room < 1):
            count = len(study.series) - number + 1
            left_out.append(f"{count} other series {'was' if count == 1 else 'were'} not looked at")
            break
        rendering = render(study, series=number - 1, at_most=room)
        labelled = labelled or rendering.labelled
        steps += [
            f"{step.name}: {step.detail}" if step.detail else step.name for step in (*series.steps, *rendering.steps)
        ]
        images = _encoded(rendering.views, remote=remote, alike=len(rendering.views) > 1)
        pictures += [
            Picture(series=number, frame=view.frame, view=view, image=image)
            for view, image in zip(rendering.views, images, strict=True)
        ]
        if remote:
            steps.append("made safe to send: text in the pictures blackened")
        if len(rendering.views) < len(series.frames):
            left_out.append(
                f"{len(series.frames) - len(rendering.views)} of {len(series.frames)} frames were not shown"
            )
    return Pictures(
        study=study,
        each=tuple(pictures),
        labelled=labelled and len(pictures) > 1,
        steps=tuple(dict.fromkeys(steps)),
        left_out=tuple(left_out),
    )


def _encoded(views: Sequence[View], *, remote: bool, alike: bool) -> list[Image]:
    """The pictures as they are sent; to another machine, only after the text in them was blackened."""
    if not remote:
        return [Image(view.png()) for view in views]
    import io

    import PIL.Image

    from wardround.images.deidentify import clean_for_sending

    images = []
    for pixels in clean_for_sending([view.pixels for view in views], one_acquisition=alike):
        file = io.BytesIO()
        PIL.Image.fromarray(pixels).save(file, "PNG")
        images.append(Image(file.getvalue()))
    return images

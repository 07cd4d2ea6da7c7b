"""What a model is shown of an image: its pictures and the question, in the order MedGemma was trained on.

The pictures come first, in order; behind each slice of a volume stands ``SLICE k``; the question comes last, or a model
falls back to what it knows best, chest radiographs. Patches of a slide stand behind the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.engines import Image, Message
from wardround.errors import EngineRefused

if TYPE_CHECKING:
    from wardround.engines import Engine
    from wardround.images.render import Rendering, View

__all__ = ["Shown", "must_see"]


def must_see(engine: Engine) -> None:
    """Refuse a model that has no eyes.

    Raises:
        EngineRefused: the engine is not able to see images.
    """
    if not engine.capabilities.images:
        raise EngineRefused(
            "this model cannot see images",
            where=engine.name,
            hint="use one that can, such as wardround models install google/medgemma-1.5-4b-it",
        )


class Shown:
    """The pictures of one rendering, ready for a model; encoded once for all questions.

    Args:
        rendering: what is shown.
        remote: whether it leaves this machine: text burned into the pictures is blacked out first.

    Raises:
        ImageError: a frame cannot be decoded.
        EngineRefused: it would leave this machine, and no program is here that finds text in pictures.
    """

    def __init__(self, rendering: Rendering, *, remote: bool = False) -> None:
        self.rendering = rendering
        self.images = tuple(Image(_cleaned(view) if remote else view.png()) for view in rendering.views)

    def message(self, question: str, before: str = "") -> Message:
        """The user's turn.

        Args:
            question: comes last; of a slide, first.
            before: stands before the pictures of a volume.
        """
        if self.rendering.series.kind == "slide":
            return Message.user(f"{before}\n\n{question}".strip(), *self.images)
        return Message.user(*([before] if before else []), *self.parts(), question)

    def parts(self) -> tuple[str | Image, ...]:
        """The pictures, with their labels where they are slices."""
        if not self.rendering.labelled:
            return self.images
        return tuple(part for number, image in enumerate(self.images, 1) for part in (image, f"SLICE {number}"))


def _cleaned(view: View) -> bytes:
    """A picture as it may leave this machine."""
    from wardround.images.deidentify import clean_for_sending
    from wardround.images.render import png

    return png(clean_for_sending(view.pixels))

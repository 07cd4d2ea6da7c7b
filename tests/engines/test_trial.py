"""Trying an engine out, with one that is scripted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from wardround.engines import Capabilities, Engine, Raw, Request, Usage
from wardround.engines.trial import plain_image, trial
from wardround.errors import EngineError, EngineFailed, EngineRefused


class Scripted(Engine):
    """Answers the plain question, the schema and the image as told."""

    def __init__(self, *, schema: str, colour: str | EngineError = "blue", images: bool = True) -> None:
        self.name = "scripted"
        self.capabilities = Capabilities(images=images)
        self._schema, self._colour = schema, colour

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):
            if request.images and isinstance(self._colour, EngineError):
                yield number, self._colour
                continue
            text = self._colour if request.images else self._schema if request.schema else "It pumps."
            yield number, Raw(text=str(text), usage=Usage(completion_tokens=20), seconds=0.5)

    def stream(self, request: Request) -> Iterator[str]:
        yield ""


HELD = '{"zeta-7q": "ochre-23"}'


@pytest.mark.parametrize(
    ("engine", "schema", "image"),
    [
        (Scripted(schema=HELD), True, True),
        (Scripted(schema="Mauve."), False, True),
        (Scripted(schema='{"zeta-7q": "ochre"}'), False, True),
        (Scripted(schema=HELD, colour="red"), True, False),
        (Scripted(schema=HELD, colour="none"), True, False),
        (Scripted(schema=HELD, images=False), True, None),
        (Scripted(schema=HELD, colour=EngineRefused("it takes none")), True, None),
    ],
)
def test_what_comes_of_it(engine: Engine, schema: bool, image: bool | None) -> None:
    tried = trial(engine)
    assert (tried.schema, tried.image) == (schema, image)
    assert tried.speed == 40
    assert tried.answer == "It pumps."
    assert tried.memory >= 0


def test_an_engine_that_fails() -> None:
    with pytest.raises(EngineFailed):
        trial(Scripted(schema=HELD, colour=EngineFailed("out of memory")))


def test_the_image_is_a_png_of_one_colour() -> None:
    pillow = pytest.importorskip("PIL.Image")
    import io

    picture = pillow.open(io.BytesIO(plain_image((20, 20, 220)).data))
    assert picture.mode == "RGB"
    assert picture.getcolors() == [(picture.width * picture.height, (20, 20, 220))]

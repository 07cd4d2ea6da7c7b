"""One label for an image, of those that are given, with the probability of each where the model can tell.

The model answers with the number of a label, held to it by constrained decoding. It is asked twice, with the labels in
both orders, because models favour places in a list; the probabilities are the mean of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from wardround import __version__
from wardround.engines import Engine, Request
from wardround.errors import EngineError
from wardround.reporting.pictures import Pictures
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    from wardround.engines import Reply

__all__ = ["Classification", "Label", "classify"]

_MOST_LABELS = 50
_LONGEST = 120  # characters of a label


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Model):
    """A label and how likely the model holds it, from 0 to 1; null where its runtime cannot tell."""

    name: str
    probability: float | None


class Classification(_Model):
    """What a model takes an image for."""

    id: str
    label: str | None = Field(description="the one chosen; null where there was no usable answer")
    labels: tuple[Label, ...] = Field(description="the most likely first")
    consistent: bool = Field(description="whether both orders of the labels gave the same")
    frames_seen: tuple[int, ...]
    disclaimer: str = DISCLAIMER
    warnings: tuple[str, ...] = ()
    wardround: str = __version__
    engine: str
    engine_digest: str
    remote: bool
    prompt_digests: tuple[str, ...]
    seconds: float


def classify(engine: Engine, pictures: Pictures, labels: Sequence[str], *, id: str = "") -> Classification:
    """The label that fits an image best.

    Args:
        engine: a model that sees images.
        pictures: the image.
        labels: from 2 to 50, each up to 120 characters, all different.
        id: the image's name in the result.

    Raises:
        EngineError: the model failed.
        ValueError: the labels are not as above.
    """
    names = [" ".join(label.split()) for label in labels]
    if not 2 <= len(names) <= _MOST_LABELS or len({name.casefold() for name in names}) < len(names):
        raise ValueError(f"give from 2 to {_MOST_LABELS} different labels")
    if not all(0 < len(name) <= _LONGEST for name in names):
        raise ValueError(f"a label has from 1 to {_LONGEST} characters")
    orders = [names, names[::-1]]
    requests = [_request(pictures, order) for order in orders]
    replies: list[Reply] = []
    for reply in engine.ask_all(requests):
        if isinstance(reply, EngineError):
            raise reply
        replies.append(reply)
    told = [
        _told(order, reply.value, reply.probabilities)
        for order, reply in zip(orders, replies, strict=True)
        if reply.ok and reply.value is not None
    ]
    mean = {name: sum(each[name] for each in told) / len(told) for name in names} if told else {}
    known = bool(told) and all(reply.probabilities is not None for reply in replies if reply.ok)
    ranked = sorted(names, key=lambda name: -mean.get(name, 0.0))
    firsts = {max(names, key=lambda name, each=each: each[name]) for each in told}  # type: ignore[misc]
    warnings = list(pictures.warnings)
    if len(told) < len(orders):
        warnings.insert(0, "the model gave no usable answer" + (" in one of the two orders" if told else ""))
    return Classification(
        id=id,
        label=ranked[0] if told else None,
        labels=tuple(Label(name=name, probability=round(mean[name], 6) if known else None) for name in ranked),
        consistent=len(told) == len(orders) and len(firsts) == 1,
        frames_seen=tuple(picture.frame for picture in pictures.each),
        warnings=tuple(warnings),
        engine=engine.name,
        engine_digest=engine.digest,
        remote=engine.capabilities.remote,
        prompt_digests=tuple(request.prompt_digest for request in requests),
        seconds=sum(reply.seconds for reply in replies),
    )


def _request(pictures: Pictures, labels: Sequence[str]) -> Request:
    """The numbers are the choices: labels may begin alike, and numbers cost a model the same."""
    lines = "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))
    question = f"Which of these does the image show?\n{lines}\nAnswer with the number alone."
    numbers = tuple(str(number) for number in range(1, len(labels) + 1))
    return Request(messages=pictures.asked("the slices of an examination", question), choices=numbers, max_tokens=8)


def _told(labels: Sequence[str], chosen: str, probabilities: Mapping[str, float] | None) -> dict[str, float]:
    """How likely each label is; certain of the one chosen where the runtime cannot tell."""
    if probabilities is not None:
        return {label: probabilities.get(str(number), 0.0) for number, label in enumerate(labels, 1)}
    return {label: float(str(number) == chosen) for number, label in enumerate(labels, 1)}

"""What an engine is: a runtime with a model that answers requests, each answer checked and bounded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from wardround.engines.answers import Answers
from wardround.engines.reply import Raw, Reply
from wardround.engines.request import Request
from wardround.errors import EngineError

__all__ = ["Capabilities", "Engine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do: see images, hold a schema, tell probabilities of choices, think.

    And what it costs: whether it is remote, and whether it computes without a GPU, so that its time is dear.
    """

    images: bool = False
    schema: bool = True
    probabilities: bool = False
    thinking: bool = False
    remote: bool = False
    cpu: bool = False


class Engine(ABC):
    """A model that can be asked. One at a time, unless a backend says otherwise; closed when it is done with.

    A backend implements `generate`; asking, checking, asking again and cutting loops are the same for all.

    Attributes:
        name: backend and model, for people and provenance: ``"transformers google/medgemma-4b-it"``.
        digest: SHA-256 that names the exact weights, as far as the backend knows; empty otherwise.
        capabilities: what it can do.
    """

    name: str
    digest: str = ""
    capabilities: Capabilities

    @abstractmethod
    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        """Answers as they come, each with the number of its request; every request gets one, in whatever order.

        At the deadline of a request its answer ends as it is, with ``finish="time"``; none is begun after it.
        """

    @abstractmethod
    def stream(self, request: Request) -> Iterator[str]:
        """The raw text of one answer, piece by piece.

        Raises:
            EngineError: the engine failed.
        """

    def ask(self, request: Request) -> Reply:
        """The answer to one request.

        Raises:
            EngineError: the engine failed; an answer that is not as asked is a reply with another ``finish``.
        """
        (reply,) = self.ask_all([request])
        if isinstance(reply, EngineError):
            raise reply
        return reply

    def ask_all(
        self, requests: Sequence[Request], on_done: Callable[[int], None] | None = None
    ) -> list[Reply | EngineError]:
        """The answers to many requests, in order; one that failed is its error and costs the others nothing.

        Args:
            requests: all of them; the backend batches what it can.
            on_done: called with how many are finished, for progress.
        """
        return Answers(self.generate).all(requests, on_done)

    def close(self) -> None:  # noqa: B027  most have nothing to free
        """Free what the engine holds. It cannot be asked afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

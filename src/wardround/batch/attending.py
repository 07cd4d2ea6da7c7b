"""A model on a server that may go away: nothing is kept that it was to help with and did not, because it was gone.

Beside the coder, a model that breaks down costs a note a warning only. That is right for a note that the model cannot
take, and wrong for a million notes after its server died. So when a question fails, the server is asked a small one.
If it answers, the question is asked once more, and what then fails is the note's fault. If it does not, again and
again, the run stops within the part, of which nothing is kept.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from wardround.engines import Engine, Message, Request
from wardround.errors import EngineError, EngineFailed, EngineRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.engines import Raw

__all__ = ["Attended", "Gone"]

_PAUSES = (0.0, 2.0, 8.0)  # seconds before each time that the server is asked whether it is there
_SMALL = Request(messages=(Message.user("Say yes."),), max_tokens=8)


class Gone(BaseException):
    """The server answers nothing any more. Nothing takes it for a failure of a note.

    Attributes:
        error: what to tell.
    """

    def __init__(self, why: EngineError) -> None:
        super().__init__()
        self.error = EngineFailed(
            f"the model does not answer any more: {why.what}",
            where=why.where,
            hint="begin its server again; the same command goes on",
            retryable=True,
        )


class Attended(Engine):
    """An engine of a server, which stays open when this one is closed.

    What it is asked raises `Gone` where the server is.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._resemble()

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, answer in self._engine.generate(requests):
            self._resemble()
            if isinstance(answer, EngineError) and not isinstance(answer, EngineRefused):
                yield number, self._again(requests[number])
            else:
                yield number, answer

    def stream(self, request: Request) -> Iterator[str]:
        return self._engine.stream(request)

    def _again(self, request: Request) -> Raw | EngineError:
        began = time.monotonic()
        self._find()
        if request.deadline is not None:
            request = replace(request, deadline=request.deadline + time.monotonic() - began)
        ((_, answer),) = self._engine.generate([request])
        return answer

    def _find(self) -> None:
        """Make sure that the server is there.

        Raises:
            Gone: it is not.
        """
        for pause in _PAUSES:
            time.sleep(pause)
            try:
                self._engine.ask(_SMALL)
                return
            except EngineError as error:
                why = error
        raise Gone(why)

    def _resemble(self) -> None:
        """Take over what the engine says of itself."""
        self.name = self._engine.name
        self.digest = self._engine.digest
        self.capabilities = self._engine.capabilities

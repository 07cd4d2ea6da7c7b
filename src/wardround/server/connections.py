"""One connection of a client: closed where no request comes or no answer is taken; bad requests told as problems."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from wardround.server.limits import HEADER_LIMIT
from wardround.server.problems import MEDIA_TYPE, problem

if TYPE_CHECKING:
    from wardround.server.problems import Problem

__all__ = ["Connection"]

_PATIENCE = 20.0  # seconds for the headers of a request
_STALLED = 60.0  # seconds in which a client takes nothing of an answer


class Connection(H11Protocol):
    """Uvicorn's connection, which by itself would wait for the rest of a request for ever."""

    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(_PATIENCE, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to watch whether the client goes on to take its answer; else it would hold its place for ever."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(_STALLED, self._look)

    def resume_writing(self) -> None:
        """The client took what waited."""
        self._stop_watching()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, and wait for the rest of a request that has not come as a whole."""
        super().data_received(data)
        if not self._idle:
            self._stop_waiting()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_PATIENCE, self._too_late)

    def send_400_response(self, msg: str) -> None:
        """Tell that this is no request of HTTP, or has too many headers, and close."""
        waiting = len(self.conn.trailing_data[0])
        large = waiting > HEADER_LIMIT
        self._close_with(problem(431, "the headers are too large") if large else problem(400, "this is no HTTP"))

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _too_late(self) -> None:
        if not self._idle or self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._close_with(problem(408, "the headers did not arrive in time", retryable=True))
        else:
            self.transport.close()

    def _close_with(self, told: Problem) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # an answer is on its way
            self.transport.close()
            return
        body = told.model_dump_json().encode()
        headers = [
            ("content-type", MEDIA_TYPE),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        events: list[Any] = [
            h11.Response(status_code=told.status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ]
        for event in events:
            self.transport.write(cast("bytes", self.conn.send(event)))
        self.transport.close()

    def _look(self) -> None:
        unsent = self.transport.get_write_buffer_size()
        if unsent >= self._unsent:
            self.transport.abort()
            return
        self._unsent = unsent
        self._stall = self.loop.call_later(_STALLED, self._look)

    def _stop_watching(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

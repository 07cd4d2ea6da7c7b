"""What is written in the audit trail of requests that were refused, and of wrong passwords.

Somebody who is signed in is named; the same that is refused to them again and again is one event a minute. Somebody who
is not could fill the trail, and the disk, at no cost; so at most 60 such events are written a minute, for refused
requests and for sign-ins apart. How many more there were is told by the next one, as ``left_out``. What was asked for
is named by its route, never by its address.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Literal

from wardround.store import Actor

if TYPE_CHECKING:
    from fastapi import Request

    from wardround.server.services import Services
    from wardround.store.records import Action

__all__ = ["ANONYMOUS", "Denials"]

ANONYMOUS = Actor(id="anonymous")

_A_MINUTE = 60
_REMEMBERED = 10_000  # refusals that were told; those of more than a minute ago are then forgotten
_ACTIONS: dict[str, Action] = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


class Denials:
    """Writes them. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = dict.fromkeys(("route", "session"), 0.0)
        self._written = dict.fromkeys(self._window, 0)
        self._left_out = dict.fromkeys(self._window, 0)
        self._told: dict[tuple[str, str, str], list[float]] = {}  # actor, method, route → when it was, how many since

    def refused(self, request: Request, reason: str, actor: Actor = ANONYMOUS) -> None:
        """A request that was refused, and why."""
        route = getattr(request.scope.get("route"), "path", "")
        if actor is ANONYMOUS:
            left_out = self._left_out_before("route")
        else:
            left_out = self._repeated(actor.id, request.method, route)
        if left_out is None:
            return
        services: Services = request.app.state.services
        services.store.log(
            actor,
            _ACTIONS.get(request.method, "read"),
            "route",
            "",
            outcome="denied",
            reason=reason,
            route=route,
            **({"left_out": left_out} if left_out else {}),
        )

    def wrong_sign_in(self, services: Services, user: str, reason: str) -> None:
        """A sign-in that failed: the id of the user, empty if the name is nobody's, and why.

        A name that is nobody's is not written down: people type their password there.
        """
        left_out = self._left_out_before("session")
        if left_out is None:
            return
        more = {"left_out": left_out} if left_out else {}
        services.store.log(ANONYMOUS, "login", "session", user, outcome="failure", reason=reason, **more)

    def _left_out_before(self, kind: Literal["route", "session"]) -> int | None:
        """None if there were enough events of this kind in this minute; else how many were left out since the last."""
        now = time.monotonic()
        with self._lock:
            if now - self._window[kind] >= 60:
                self._window[kind], self._written[kind] = now, 0
            if self._written[kind] >= _A_MINUTE:
                self._left_out[kind] += 1
                return None
            self._written[kind] += 1
            left_out, self._left_out[kind] = self._left_out[kind], 0
            return left_out

    def _repeated(self, actor: str, method: str, route: str) -> int | None:
        """None if the same was told less than a minute ago; else how many were left out since then."""
        now = time.monotonic()
        with self._lock:
            if len(self._told) > _REMEMBERED:
                self._told = {key: told for key, told in self._told.items() if told[1] or now - told[0] < 60}
            last = self._told.get((actor, method, route))
            if last is not None and now - last[0] < 60:
                last[1] += 1
                return None
            self._told[actor, method, route] = [now, 0]
            return int(last[1]) if last else 0

"""Processes that code notes beside the server's own, which Python keeps to one core.

What they share is loaded once, by a process from which they are forked where the system can do that. They end with the
server's process, however that ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.coding import Coder
    from wardround.coding.result import Encounter, Scope
    from wardround.coding.site import SiteModel

__all__ = ["Coders", "coded"]

_coders: dict[tuple[Scope, str], Coder] = {}
_site: SiteModel | None = None  # of a process that codes for a server
_FORKS = "forkserver" in multiprocessing.get_all_start_methods()


def coded(
    note: str | bytes, encounter: Encounter, scope: Scope, id: str | None, site: SiteModel | None = None
) -> dict[str, object]:
    """The codes of a note, in this process, as the JSON of a `CodingResult`: that passes between processes quickly.

    Args:
        note: its text, or its file's content.
        encounter: what is known of the visit.
        scope: what is coded.
        id: handed through to the result.
        site: what was learned of a site's charts; for its scope only.

    Raises:
        NoteError: the note cannot be read.
        UnknownRelease: no installed release covers the encounter's date.
    """
    if site is not None and site.scope != scope:
        site = None
    key = scope, "" if site is None else site.digest
    coder = _coders.get(key)
    if coder is None:
        from wardround.coding import Coder  # takes as long as starting the server, which does not need it

        coder = _coders.setdefault(key, Coder(scope=scope, site=site))
    return coder.code(note, encounter, id=id).to_json()


class Coders:
    """As many processes as there are cores; made at once, ready a little later.

    Args:
        site: as `coded` takes it.
    """

    def __init__(self, site: SiteModel | None = None) -> None:
        context = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
        if _FORKS:
            context.set_forkserver_preload(["wardround.server.preloaded"])
        count = os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(site,))
        self._begun = [self._pool.submit(_nothing) for _ in range(count)]

    @property
    def ready(self) -> bool:
        """Whether a note would not wait for the processes to begin."""
        return all(each.done() for each in self._begun)

    def coded(self, note: str | bytes, encounter: Encounter, scope: Scope, id: str | None) -> dict[str, object] | None:
        """As the function `coded`, in one of the processes, in the order of the calls; None if they are gone."""
        try:
            return self._pool.submit(_coded, note, encounter, scope, id).result()
        except BrokenProcessPool:
            return None

    def close(self) -> None:
        """Let the processes end."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin(site: SiteModel | None) -> None:
    global _site
    _site = site
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is meant for the server
    warnings.simplefilter("ignore")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from wardround.server import preloaded  # noqa: F401  where nothing was forked
    from wardround.server.logs import take_over

    take_over()  # what is said here may quote the note


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _coded(note: str | bytes, encounter: Encounter, scope: Scope, id: str | None) -> dict[str, object]:
    return coded(note, encounter, scope, id, _site)


def _nothing() -> None:
    """Done when a process has begun."""

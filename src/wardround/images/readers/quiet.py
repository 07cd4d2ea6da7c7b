"""Keeping libraries quiet: what pydicom and others warn of and log quotes headers, and so perhaps the patient."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]

_LOGGERS = ("pydicom", "tifffile", "nibabel.global", "PIL", "highdicom")
_lock = threading.Lock()
_inside = 0
_silence: warnings.catch_warnings[None] | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """While anyone is inside, in whatever thread, the readers' libraries neither warn nor log.

    The filters of warnings belong to the process: the first one in changes them and the last one out puts them back.
    """
    global _inside, _silence
    with _lock:
        _inside += 1
        if _inside == 1:
            _silence = warnings.catch_warnings()
            _silence.__enter__()
            warnings.simplefilter("ignore")
            for name in _LOGGERS:
                logging.getLogger(name).disabled = True
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside and _silence is not None:
                for name in _LOGGERS:
                    logging.getLogger(name).disabled = False
                _silence.__exit__(None, None, None)
                _silence = None

"""Fetches a release from its publisher, when the user asks for it; nothing is ever fetched otherwise.

CMS publishes the zip "Code Tables, Tabular and Index" of each fiscal year, and another for an update within the year.
Source: https://www.cms.gov/medicare/coding-billing/icd-10-codes
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, NoReturn

from wardround.errors import CodeSetError, InputError
from wardround.icd10.importing import release_day
from wardround.icd10.release import MONTHS, fiscal_year_end, fiscal_year_start
from wardround.icd10.unpack import ARCHIVE_LIMIT

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable
    from http.client import HTTPMessage
    from pathlib import Path
    from typing import IO

__all__ = ["address", "download", "published_day"]

_SITE = "https://www.cms.gov/files/zip"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PATIENCE = 30.0  # seconds without a byte
_LONGEST = 1800.0  # seconds in all; 20 MB over a slow line
_CHUNK = 1 << 16
_BY_HAND = "fetch the zip by hand from cms.gov, ICD-10-CM files, and install that file; or give --url"


def published_day(text: str) -> datetime.date:
    """The first day in force of the release called ``text``: a fiscal year, or the day itself.

    >>> published_day("2027"), published_day("2026-04-01")
    (datetime.date(2026, 10, 1), datetime.date(2026, 4, 1))

    Raises:
        InputError: it is neither.
    """
    if re.fullmatch(r"2\d{3}", text, re.ASCII):
        return fiscal_year_start(int(text))
    try:
        return release_day(text)
    except InputError:
        hint = "a fiscal year such as 2027, or the first day of an update such as 2026-04-01"
        raise InputError("this is neither a fiscal year nor a day", where=text, hint=hint) from None


def address(day: datetime.date) -> str:
    """Where CMS publishes the release that is in force from ``day``.

    >>> address(published_day("2027"))
    'https://www.cms.gov/files/zip/2027-code-tables-tabular-and-index.zip'
    >>> address(published_day("2026-04-01"))
    'https://www.cms.gov/files/zip/april-1-2026-code-tables-tabular-and-index.zip'
    """
    first = (day.month, day.day) == (10, 1)
    named = str(fiscal_year_end(day).year) if first else f"{MONTHS[day.month - 1]}-{day.day}-{day.year}"
    return f"{_SITE}/{named}-code-tables-tabular-and-index.zip"


def download(url: str, folder: Path, tell: Callable[[str], None]) -> Path:
    """Fetch ``url`` into ``folder``; gives the file.

    Args:
        url: HTTPS; plain HTTP only from this machine itself.
        folder: where to put it, under the name that the address ends in.
        tell: is called with a few words now and then.

    Raises:
        InputError: the address is not one of these.
        CodeSetError: it cannot be fetched; ``retryable`` says whether another attempt may succeed.
        OSError: ``folder`` cannot be written.
    """
    _check(url)
    request = urllib.request.Request(url, headers={"User-Agent": "wardround", "Accept-Encoding": "identity"})
    path = folder / (re.sub(r"[^\w.-]", "_", urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1], flags=re.ASCII) or "_")
    opener = urllib.request.build_opener(_Redirects())
    try:
        response = opener.open(request, timeout=_PATIENCE)
    except urllib.error.HTTPError as error:
        with error:
            _failed(url, f"the server answers {error.code} {error.reason}", _BY_HAND, retryable=error.code >= 500)
    except (OSError, HTTPException) as error:
        _unreachable(url, error)
    with response, path.open("wb") as file:
        announced = response.headers.get("Content-Length", "")
        total = int(announced) if announced.isascii() and announced.isdigit() else 0
        of = f" of {total / 1e6:.1f}" if total else ""
        if total > ARCHIVE_LIMIT:
            _too_large(url)
        begin = time.monotonic()
        done = 0
        while chunk := _received(response, url):
            done += len(chunk)
            if done > ARCHIVE_LIMIT:
                _too_large(url)
            if time.monotonic() - begin > _LONGEST:
                _failed(url, f"it is not complete after {_LONGEST:.0f} seconds", _BY_HAND, retryable=True)
            file.write(chunk)
            tell(f"downloading, {done / 1e6:.1f}{of} MB")
        if done < total:
            _failed(url, f"the connection ended after {done:,} of {total:,} bytes", "try again", retryable=True)
    return path


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a server to another address only if that may be asked too."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urllib.parse.SplitResult("", "", "", "", ""), None
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return
    raise InputError("only an https address is asked", where=url, hint="http is for this machine itself alone")


def _received(response: IO[bytes], url: str) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, HTTPException) as error:
        _unreachable(url, error)


def _unreachable(url: str, error: Exception) -> NoReturn:
    cause = getattr(error, "reason", error)
    told = "it took too long" if isinstance(cause, TimeoutError) else getattr(cause, "strerror", None) or str(cause)
    _failed(url, f"the address cannot be reached: {told}", f"look at the network; or {_BY_HAND}", retryable=True)


def _too_large(url: str) -> NoReturn:
    _failed(url, f"it has more than {ARCHIVE_LIMIT:,} bytes; no release has as many", _BY_HAND, retryable=False)


def _failed(url: str, what: str, hint: str, *, retryable: bool) -> NoReturn:
    error = CodeSetError(what, where=url, hint=hint)
    error.retryable = retryable
    raise error

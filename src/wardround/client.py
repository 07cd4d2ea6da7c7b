"""A client of a wardround server: drafts, reviews and exports from a program of your own.

It needs the package httpx alone beside the core: ``pip install 'wardround[client]'``. What it gives are the records of
`wardround.store`, and results as `wardround.coding` and `wardround.reporting` publish them. What the server refuses is
raised as the error that the same call would raise in the process: `InputError`, `StoreConflict`, `UnknownRecord` …
"""

from __future__ import annotations

import dataclasses
import datetime
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from wardround import errors
from wardround.errors import InputError, ServerError, WardroundError
from wardround.store.records import Case, Decision, Document, Job, Review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    import httpx

    from wardround.coding.result import CodingResult, Encounter, Finding, Scope
    from wardround.reporting.report import DraftReport
    from wardround.store.records import JobState, Kind, Reading, Status, Verb

__all__ = ["Client", "Draft"]

T = TypeVar("T")

_TRIES = 5
_LONGEST_WAIT = 30.0  # seconds before another try
_ERRORS = {
    "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-"): getattr(errors, name)
    for name in errors.__all__
}
_BY_STATUS: dict[int, type[WardroundError]] = {
    401: errors.NotSignedIn,
    403: errors.NotPermitted,
    404: errors.UnknownRecord,
    409: errors.StoreConflict,
    413: errors.InputError,
    415: errors.InputError,
    422: errors.InputError,
}
_TIMES = ("created", "updated", "keep_until", "started", "finished", "opened", "revealed", "signed", "at")
_LISTS: dict[str, type[Any]] = {"documents": Document, "decisions": Decision}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the server made of a note or a study.

    Attributes:
        case: None for a note that was not kept.
        content: the draft; None while a job makes it.
        job: that makes it; None where it was made at once.
    """

    case: Case | None
    content: CodingResult | DraftReport | None
    job: Job | None


class Client:
    """Asks a server. Safe to share between threads; close it, or use it as a context.

    Calls that can be repeated without harm are, up to five times, when the server says that it is busy and when to come
    again; drafts are, because they go with an idempotency key.

    Args:
        url: of the server, such as ``http://127.0.0.1:8765``.
        token: of a user, where the server asks who it is; see ``POST /v1/tokens``.
        timeout: seconds that a connection may stay silent.

    Raises:
        ServerError: the package httpx is not installed, or the address is none.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout: float = 60.0) -> None:
        try:
            import httpx
        except ModuleNotFoundError:
            hint = "pip install 'wardround[client]'"
            raise ServerError("the client needs the package httpx", hint=hint) from None
        headers = {"Accept": "application/json", "User-Agent": "wardround"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if not url.startswith(("http://", "https://")):
            raise ServerError("the address begins with http:// or https://", where="url")
        try:
            self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout)
        except (httpx.InvalidURL, ValueError):
            raise ServerError("this is no address of a server", where="url") from None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # Drafts

    def code(
        self,
        note: str | Path | bytes,
        encounter: Encounter | None = None,
        *,
        scope: Scope = "encounter",
        engine: bool = False,
        keep: bool = True,
        external_id: str = "",
        idempotency_key: str = "",
    ) -> Draft:
        """The codes of a note.

        Args:
            note: a ``str`` is the note itself; a ``Path`` is its file, ``bytes`` are its content.
            encounter: what is known of the visit.
            scope: ``encounter``, or ``mentions`` for everything that is mentioned.
            engine: whether the server's model helps; then a job makes the draft.
            keep: whether a case is made of it.
            external_id: what another system calls the case.
            idempotency_key: by which the same call is known, also of another process; by default no other call's.

        Raises:
            InputError: the note or a value cannot be used.
            StoreConflict: the key was used before, with another note.
        """
        known = {} if encounter is None else encounter.model_dump(mode="json", exclude_none=True)
        options = {"scope": scope, "engine": engine, "keep": keep, "external_id": external_id}
        headers = _key(idempotency_key)
        if isinstance(note, str):
            body = {"text": note, "encounter": known, **options}
            return _draft(self._sent("POST", "/v1/notes:code", headers=headers, json=body).json())
        with ExitStack() as opened:
            files = [("file", ("note", _file(opened, note)))]
            fields = _fields(known | options)
            return _draft(self._sent("POST", "/v1/notes:code", headers=headers, files=files, data=fields).json())

    def read(
        self,
        images: Sequence[Path | bytes],
        encounter: Encounter | None = None,
        *,
        prior: Sequence[Path | bytes] = (),
        history: str = "",
        protocol: str | None = None,
        kind: str | None = None,
        locate: bool = False,
        external_id: str = "",
        idempotency_key: str = "",
    ) -> Draft:
        """The report of a study, which a job drafts; see `wait`.

        Args:
            images: the files of the study: DICOM, NIfTI, pictures, or a zip of them.
            encounter: what is known of the visit.
            prior: the files of an earlier study.
            history: clinical information.
            protocol: by name; by default chosen by the study and the history.
            kind: of plain pictures, which do not tell it: ``radiograph``, ``ct`` …
            locate: also ask where each finding is.
            external_id: what another system calls the case.
            idempotency_key: by which the same call is known, also of another process.

        Raises:
            EngineError: the server has no model that sees images.
            InputError: a file or a value cannot be used.
        """
        known = {} if encounter is None else encounter.model_dump(mode="json", exclude_none=True)
        options = {"history": history, "protocol": protocol, "kind": kind, "locate": locate, "external_id": external_id}
        with ExitStack() as opened:
            files = [("files", (f"{n}", _file(opened, each))) for n, each in enumerate(images)]
            files += [("prior", (f"{n}", _file(opened, each))) for n, each in enumerate(prior)]
            headers = _key(idempotency_key)
            fields = _fields(known | options)
            return _draft(self._sent("POST", "/v1/studies:read", headers=headers, files=files, data=fields).json())

    def draft(
        self,
        case: str,
        *,
        scope: Scope = "encounter",
        engine: bool = False,
        protocol: str | None = None,
        locate: bool = False,
    ) -> Draft:
        """Another draft of a case, or the job that makes it."""
        body = {"scope": scope, "engine": engine, "protocol": protocol, "locate": locate}
        return _draft(self._sent("POST", f"/v1/cases/{_id(case)}:draft", json=body).json())

    # Jobs

    def jobs(self, case: str = "", state: JobState | None = None, limit: int = 100) -> tuple[Job, ...]:
        """Jobs, the newest first: of a case or of all, in a state or in any."""
        query = _given(case=case, state=state, limit=limit)
        return tuple(_record(Job, each) for each in self._sent("GET", "/v1/jobs", params=query).json()["jobs"])

    def job(self, job: str) -> Job:
        """A job, and how far it is."""
        return _record(Job, self._sent("GET", f"/v1/jobs/{_id(job)}").json())

    def cancel(self, job: str) -> Job:
        """Stop a job."""
        return _record(Job, self._sent("POST", f"/v1/jobs/{_id(job)}:cancel").json())

    def wait(
        self,
        job: Job | str,
        on_progress: Callable[[Job], None] | None = None,
        *,
        every: float = 1.0,
        timeout: float | None = None,
    ) -> Job:
        """The job once it is done.

        Args:
            job: or its id.
            on_progress: told the job each time that it is asked for.
            every: seconds between that.
            timeout: seconds to wait at most; None for as long as it takes.

        Raises:
            ServerError: it failed or was cancelled, or is not done in time.
        """
        id = job if isinstance(job, str) else job.id
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            found = self.job(id)
            if on_progress is not None:
                on_progress(found)
            if found.state == "done":
                return found
            if found.state in ("failed", "cancelled"):
                raise ServerError(f"the job {'failed' if found.error else 'was cancelled'}", where=id, hint=found.error)
            if end is not None and time.monotonic() + every > end:
                raise ServerError("the job is not done in time", where=id)
            time.sleep(every)

    # Cases

    def cases(
        self,
        *,
        status: Status | None = None,
        kind: Kind | None = None,
        assignee: str | None = None,
        search: str = "",
    ) -> Iterator[Case]:
        """All cases that are chosen, the newest first, asked for page by page.

        Args:
            status: without it all but the deleted ones.
            kind: only notes, or only studies.
            assignee: id of a user; empty for cases that nobody has; None for any.
            search: how the case's id or its external id begins.
        """
        after = ""
        while True:
            query = _given(status=status, kind=kind, search=search, after=after, limit=100)
            if assignee is not None:
                query["assignee"] = assignee or "none"
            page = self._sent("GET", "/v1/cases", params=query).json()
            yield from (_record(Case, each) for each in page["cases"])
            after = page["after"]
            if not after:
                return

    def case(self, case: str) -> Case:
        """A case."""
        return _record(Case, self._sent("GET", f"/v1/cases/{_id(case)}").json())

    def delete(self, case: str, reason: str = "") -> Case:
        """Put a case away; it can be restored for 30 days."""
        return _record(Case, self._sent("DELETE", f"/v1/cases/{_id(case)}", params=_given(reason=reason)).json())

    def restore(self, case: str, reason: str = "") -> Case:
        """Take a deleted case back."""
        return _record(Case, self._sent("POST", f"/v1/cases/{_id(case)}:restore", json={"reason": reason}).json())

    def assign(self, case: str, user: str) -> Case:
        """Give a case to a user, by id; to nobody if it is empty."""
        return _record(Case, self._sent("POST", f"/v1/cases/{_id(case)}:assign", json={"user": user}).json())

    def document(self, case: str, document: str) -> bytes:
        """The content of a document of a case."""
        return self._sent("GET", f"/v1/cases/{_id(case)}/documents/{_id(document)}").content

    def result(self, case: str, number: int | None = None) -> CodingResult | DraftReport:
        """A draft of a case, the newest without a number.

        Raises:
            UnknownRecord: there is none.
        """
        wanted = self.case(case).results if number is None else number
        if wanted < 1:
            raise errors.UnknownRecord("the case has no such result", where=case)
        return _content(self._sent("GET", f"/v1/cases/{_id(case)}/results/{int(wanted)}").json()["content"])

    def export(self, case: str, format: str = "json", of: Literal["signed", "draft"] | None = None) -> bytes:
        """A case as a document; by default what was signed of it, if anything was.

        Args:
            case: its id.
            format: of a note json, csv, markdown, queries, fhir or pdf; of a study markdown, json, html, pdf, fhir,
                dicom-sr or secondary-capture.
            of: what was signed, or the newest draft.

        Raises:
            InputError: the case has no such format.
            StoreConflict: nothing is signed.
        """
        query = _given(format=format, of=of)
        headers = {"Accept": "*/*"}
        return self._sent("GET", f"/v1/cases/{_id(case)}/export", params=query, headers=headers).content

    # Reviews

    def reviews(self, case: str) -> tuple[Review, ...]:
        """All rounds of a case's review."""
        found = self._sent("GET", f"/v1/cases/{_id(case)}/reviews").json()["reviews"]
        return tuple(_record(Review, each) for each in found)

    def begin(self, case: str, result: int | None = None, *, reading: Reading = "first", blind: bool = False) -> Review:
        """Open the review of a draft, of the newest without a number, or give the one that is open.

        Raises:
            StoreConflict: another result is under review, or the review is signed.
        """
        body = {"result": result, "reading": reading, "blind": blind}
        return _record(Review, self._sent("POST", f"/v1/cases/{_id(case)}/reviews", json=body).json())

    def review(self, case: str, round: int) -> Review:
        """A round of a case's review."""
        return _record(Review, self._sent("GET", f"/v1/cases/{_id(case)}/reviews/{int(round)}").json())

    def undecided(self, review: Review) -> dict[str, str]:
        """What must still be decided before a review can be signed: item → why. Empty once it is signed."""
        found = self._sent("GET", _address(review)).json()["undecided"] or ()
        return {each["id"]: each["why"] for each in found}

    def decide(
        self, review: Review, item: str, verb: Verb, value: Mapping[str, object] | None = None, reason: str = ""
    ) -> Review:
        """Decide one item of a review; the review with the decision, to be given with the next one.

        Raises:
            InputError: this cannot be decided.
            StoreConflict: somebody else decided in the meantime, or the review is signed.
        """
        body = {"version": review.version, "item": item, "verb": verb, "value": value, "reason": reason}
        return _record(Review, self._sent("POST", f"{_address(review)}/decisions", json=body).json())

    def reveal(self, review: Review) -> Review:
        """Show the suggestions of a review that was begun without them."""
        return _record(Review, self._sent("POST", f"{_address(review)}:reveal").json())

    def withdraw(self, review: Review, reader: str = "") -> tuple[Review, ...]:
        """Take back a second reading that is not signed, with what was decided in it; all reviews of the case then.

        Args:
            review: the second reading.
            reader: id of the user who is asked instead, and begins anew.

        Raises:
            StoreConflict: it is no open second reading, or its new reader takes part already.
        """
        found = self._sent("POST", f"{_address(review)}:withdraw", json={"reader": reader}).json()["reviews"]
        return tuple(_record(Review, each) for each in found)

    def sign(self, review: Review) -> Review:
        """Sign a review in which everything is decided.

        Raises:
            StoreConflict: something is undecided, which ``where`` names; or somebody decided in the meantime.
        """
        return _record(Review, self._sent("POST", f"{_address(review)}:sign", json={"version": review.version}).json())

    def amend(self, case: str, reason: str, result: int | None = None) -> Review:
        """Open the next round after a signed one, of the same result or another one."""
        body = {"reason": reason, "result": result}
        return _record(Review, self._sent("POST", f"/v1/cases/{_id(case)}/reviews:amend", json=body).json())

    # The classification

    def search(self, words: str, release: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
        """Codes by the words of their descriptions, the best first: ``code``, ``title``, ``billable``."""
        query = _given(search=words, release=release, limit=limit)
        found: list[dict[str, Any]] = self._sent("GET", "/v1/codes", params=query).json()["codes"]
        return found

    def lookup(self, code: str, release: str | None = None) -> dict[str, Any]:
        """Everything known of a code.

        Raises:
            UnknownCode: there is no such code; the hint names the nearest.
        """
        if not code.replace(".", "").isalnum() or not code.isascii():
            raise errors.UnknownCode("this has not the form of an ICD-10-CM code", code=code)
        found: dict[str, Any] = self._sent("GET", f"/v1/codes/{code}", params=_given(release=release)).json()
        return found

    def check(
        self, codes: Sequence[str], encounter: Encounter | None = None, release: str | None = None
    ) -> tuple[Finding, ...]:
        """What the coding rules find wrong with a list of codes."""
        from wardround.coding.result import Finding

        known = {} if encounter is None else encounter.model_dump(mode="json", exclude_none=True)
        body = {"codes": list(codes), "encounter": known, "release": release}
        told = self._sent("POST", "/v1/codes:check", json=body).json()
        return tuple(Finding.model_validate(each) for each in told["findings"])

    def health(self) -> dict[str, Any]:
        """That the server is alive, and its version."""
        told: dict[str, Any] = self._sent("GET", "/health").json()
        return told

    def _sent(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer to a request, unless it is a problem.

        Raises:
            WardroundError: it is one, or the server cannot be reached.
        """
        import httpx

        repeatable = method in ("GET", "DELETE") or "Idempotency-Key" in (request.get("headers") or {})
        for tried in range(1, _TRIES + 1):
            for _, (_, file) in request.get("files") or ():
                file.seek(0)
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TimeoutException:
                raise ServerError("the server does not answer in time", where=self._http.base_url.host) from None
            except httpx.HTTPError as error:
                what = f"the server cannot be reached: {type(error).__name__}"
                raise ServerError(what, where=self._http.base_url.host, hint="is it running?") from None
            wait = answer.headers.get("Retry-After", "")
            if answer.status_code != 503 or not repeatable or not wait.isdecimal() or tried == _TRIES:
                break
            time.sleep(min(float(wait), _LONGEST_WAIT))
        if answer.is_success:
            return answer
        raise _error(answer)


def _error(answer: httpx.Response) -> WardroundError:
    """The error that a problem stands for."""
    told: Any = {}
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        told = answer.json()
    kind = _ERRORS.get(str(told.get("type", "")).removeprefix("/problems/"))
    kind = kind or _BY_STATUS.get(answer.status_code, ServerError)
    what = str(told.get("title") or f"the server answered with status {answer.status_code}")
    where, hint = str(told.get("where", "")), str(told.get("hint", ""))
    if wrong := told.get("errors"):
        where, hint = str(wrong[0].get("where", "")), str(wrong[0].get("what", ""))
    more: dict[str, Any] = {}
    if issubclass(kind, errors.UnknownCode):
        more["code"] = ""
    elif issubclass(kind, errors.StoreError | errors.EngineFailed):
        more["retryable"] = bool(told.get("retryable"))
    return kind(what, where=where, hint=hint, **more)


def _draft(told: Mapping[str, Any]) -> Draft:
    result = told["result"]
    return Draft(
        case=None if told["case"] is None else _record(Case, told["case"]),
        content=None if result is None else _content(result["content"]),
        job=None if told["job"] is None else _record(Job, told["job"]),
    )


def _content(told: Mapping[str, Any]) -> CodingResult | DraftReport:
    if told.get("schema") == "wardround.coding/1":
        from wardround.coding.result import CodingResult

        return CodingResult.model_validate(told)
    from wardround.reporting.report import DraftReport

    return DraftReport.model_validate(told)


def _record(kind: type[T], told: Mapping[str, Any]) -> T:
    """A record of the store from its JSON; what a newer server tells besides is left out."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # all of them are dataclasses
        if field.name not in told:
            continue
        value = told[field.name]
        if field.name in _TIMES and value is not None:
            value = datetime.datetime.fromisoformat(value)
        elif field.name in _LISTS:
            value = tuple(_record(_LISTS[field.name], each) for each in value)
        elif field.name == "encounter":
            from wardround.coding.result import Encounter

            value = Encounter.model_validate(value)
        values[field.name] = value
    return kind(**values)


def _id(text: str) -> str:
    """``text`` as a part of an address; nothing that is no id gets there."""
    if not text.isalnum() or not text.isascii():
        raise InputError("this is no id", where="id")
    return text


def _address(review: Review) -> str:
    return f"/v1/cases/{_id(review.case)}/reviews/{int(review.round)}"


def _key(given: str) -> dict[str, str]:
    return {"Idempotency-Key": given or uuid.uuid4().hex}


def _given(**values: object) -> dict[str, Any]:
    """What is neither None nor empty."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def _fields(values: Mapping[str, object]) -> dict[str, str]:
    """Values as fields of a form."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in _given(**values).items()
    }


def _file(opened: ExitStack, source: Path | bytes) -> Any:
    import io

    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return opened.enter_context(source.open("rb"))
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise InputError(f"the file cannot be read: {reason}", where=source.name) from None

"""New cases with their first draft: made at once where the embedded coder can, by a job where it takes long."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from wardround.coding.result import Encounter
from wardround.documents.readers import READERS, reader_of
from wardround.documents.readers.pdf import PdfReader
from wardround.documents.readers.picture import PictureReader
from wardround.errors import InputError, NoteError
from wardround.settings import FILE_LIMIT
from wardround.store import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding.result import CodingResult, Scope
    from wardround.server.services import Services
    from wardround.store import Actor, Case, Job, Result

__all__ = ["Made", "draft_again", "draft_note", "draft_only", "draft_study", "has_pages", "media_type_of"]

_PAGES = (PdfReader, PictureReader)
_LARGEST = max(reader.limit for reader in READERS)
_HEAD = 1_024  # bytes that tell a type
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A case with its draft, or with the job that makes it."""

    case: Case
    result: Result | None = None
    job: Job | None = None

    @property
    def location(self) -> str:
        """Where to look next: at the job, if there is one."""
        return f"/v1/jobs/{self.job.id}" if self.job else f"/v1/cases/{self.case.id}"


def has_pages(data: bytes) -> bool:
    """Whether a note's file has pages or pictures, whose characters may have to be recognised."""
    return isinstance(reader_of(data), _PAGES)


def media_type_of(head: bytes) -> str:
    """What a file is, by its first bytes and whatever it is said to be.

    >>> media_type_of(b"%PDF-1.7"), media_type_of(b"ASSESSMENT"), media_type_of(bytes(200))
    ('application/pdf', 'text/plain', 'application/octet-stream')
    """
    if head[128:132] == b"DICM":
        return "application/dicom"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    utf_16_or_32 = head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"))
    return "application/octet-stream" if b"\0" in head and not utf_16_or_32 else "text/plain"


def draft_only(serving: Services, note: str | bytes, encounter: Encounter, *, scope: Scope, id: str) -> CodingResult:
    """The draft of a note that is not kept.

    Raises:
        InputError: it has pages, which take a job, and a job a case.
        NoteError: it cannot be read.
        UnknownRelease: no installed release covers the encounter's date.
    """
    if isinstance(note, bytes) and has_pages(note):
        raise InputError("a note with pages is read by a job, and has to be kept", where="keep", hint="keep=true")
    return serving.drafting.code(note, encounter, scope=scope, id=id or None)


def draft_note(
    serving: Services,
    acting: Actor,
    note: str | BinaryIO,
    encounter: Encounter,
    *,
    scope: Scope = "encounter",
    engine: bool = False,
    external_id: str = "",
    idempotency_key: str = "",
) -> Made:
    """A new case of a note, with its draft, or with a job if it has pages or the model is to help.

    The same actor's same key with the same note gives the case that is there, ``replayed``.

    Args:
        serving: the application's services.
        acting: who adds it.
        note: its text, or its file.
        encounter: what is known of the visit.
        scope: what is coded.
        engine: whether the model helps.
        external_id: what another system calls the case.
        idempotency_key: by which a repeated request is known.

    Raises:
        NoteError: it cannot be read; nothing is kept then.
        InputError: a value cannot be kept.
        StoreConflict: the key was used before, with another content.
        EngineError: there is no model, and it was to help.
    """
    data = note.encode() if isinstance(note, str) else note.read(_LARGEST + 1)
    if not data:
        raise NoteError("the note is empty")
    pages = not isinstance(note, str) and has_pages(data)
    media_type = "text/plain" if isinstance(note, str) else media_type_of(data[:_HEAD])
    keep: dict[str, Any] = {}
    if engine or pages:
        limit = reader_of(data).limit if pages else FILE_LIMIT
        if len(data) > limit:
            raise NoteError(f"the file has more than {limit:,} bytes", hint="give one note per file")
        keep["job"] = ("code", {"scope": scope, "engine": engine})
    else:
        source = note if isinstance(note, str) else data
        keep["draft"] = serving.drafting.code(source, encounter, scope=scope, id=external_id or None).to_json()
    case = serving.store.add_case(
        acting,
        "note",
        [Upload(content=data, media_type=media_type)],
        encounter,
        external_id=external_id,
        idempotency_key=idempotency_key,
        **keep,
    )
    return _made(serving, acting, case)


def draft_study(
    serving: Services,
    acting: Actor,
    images: Sequence[BinaryIO],
    encounter: Encounter,
    *,
    prior: Sequence[BinaryIO] = (),
    history: str = "",
    protocol: str | None = None,
    kind: str | None = None,
    locate: bool = False,
    external_id: str = "",
    idempotency_key: str = "",
) -> Made:
    """A new case of a study, with the job that reads it.

    The same actor's same key with the same files gives the case that is there, ``replayed``.

    Args:
        serving: the application's services.
        acting: who adds it.
        images: the files of the study, each read once.
        encounter: what is known of the visit.
        prior: the files of an earlier study.
        history: clinical information; empty for none.
        protocol: by name; by default chosen by the study and the history.
        kind: of plain pictures, which do not tell it.
        locate: also ask where each finding is.
        external_id: what another system calls the case.
        idempotency_key: by which a repeated request is known.

    Raises:
        EngineError: there is no model that sees images.
        InputError: there is no image, or a value cannot be kept.
        StoreConflict: the key was used before, with another content.
    """
    serving.drafting.reads()
    uploads = [_image(each, "image") for each in images]
    uploads += [_image(each, "prior") for each in prior]
    if history:
        uploads.append(Upload(content=history.encode(), media_type="text/plain", role="history"))
    options = {"protocol": protocol, "kind": kind, "locate": locate}
    case = serving.store.add_case(
        acting,
        "study",
        uploads,
        encounter,
        external_id=external_id,
        idempotency_key=idempotency_key,
        job=("read", {name: value for name, value in options.items() if value}),
    )
    return _made(serving, acting, case)


def draft_again(
    serving: Services,
    acting: Actor,
    case: Case,
    *,
    scope: Scope = "encounter",
    engine: bool = False,
    protocol: str | None = None,
    locate: bool = False,
) -> Made:
    """Another draft of a case, or the job that makes it.

    Raises:
        EngineError: it takes a model, and there is none.
        NoteError: the note cannot be read.
        StoreConflict: the case is deleted.
        UnknownRecord: there is no such case.
    """
    options: dict[str, Any]
    if case.kind == "note":
        document = next(each for each in case.documents if each.role == "note")
        data = serving.store.document(acting, case.id, document.id)
        if not engine and not has_pages(data):
            source = _as_given(data, document.media_type)
            content = serving.drafting.code(source, case.encounter, scope=scope, id=case.external_id or None).to_json()
            result = serving.store.add_result(acting, case.id, content)
            return Made(case=serving.store.case(acting, case.id), result=result)
        options = {"scope": scope, "engine": engine}
        job = serving.store.jobs.add(acting, case.id, "code", options)
    else:
        serving.drafting.reads()
        options = {name: value for name, value in (("protocol", protocol), ("locate", locate)) if value}
        job = serving.store.jobs.add(acting, case.id, "read", options)
    serving.jobs.submit(job.id)
    return Made(case=serving.store.case(acting, case.id), job=job)


def _as_given(data: bytes, media_type: str) -> str | bytes:
    """A note that was sent as text is one, also where it looks like HTML or RTF."""
    try:
        return data.decode() if media_type == "text/plain" else data
    except UnicodeDecodeError:
        return data


def _image(file: BinaryIO, role: Literal["image", "prior"]) -> Upload:
    head = file.read(_HEAD)
    if not head:
        raise InputError("one of the files is empty", where="prior" if role == "prior" else "files")
    file.seek(-len(head), io.SEEK_CUR)
    return Upload(content=file, media_type=media_type_of(head), role=role)


def _made(serving: Services, acting: Actor, case: Case) -> Made:
    """What is answered of a new case; of one that was there before, its newest draft or job."""
    job = serving.store.jobs.job(acting, case.job) if case.job else None
    if job is not None and job.state == "queued":
        serving.jobs.submit(job.id)
    if job is not None and not case.results:
        return Made(case=case, job=job)
    return Made(case=case, result=serving.store.result(acting, case.id), job=None)

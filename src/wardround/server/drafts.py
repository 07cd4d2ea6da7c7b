"""New cases with their first draft: made at once where the embedded coder can, by a job where it takes long."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from wardround.coding.result import Encounter
from wardround.documents.readers import READERS, reader_of
from wardround.documents.readers.cda import CdaReader
from wardround.documents.readers.docx import DocxReader
from wardround.documents.readers.fhir import FhirReader
from wardround.documents.readers.html import HtmlReader
from wardround.documents.readers.pdf import PdfReader, has_text
from wardround.documents.readers.picture import PictureReader
from wardround.documents.readers.rtf import RtfReader
from wardround.documents.readers.text import TextReader
from wardround.errors import InputError, NoteError
from wardround.store import Result, Upload
from wardround.store.packing import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding.result import CodingResult, Scope
    from wardround.server.services import Services
    from wardround.store import Actor, Case, Job

__all__ = ["Made", "as_given", "draft_again", "draft_note", "draft_only", "draft_study", "media_type_of", "takes_long"]

_AT_ONCE = 10  # pages of a PDF with text, which take up to two seconds
_TYPES: dict[type, str] = {
    PdfReader: "application/pdf",
    DocxReader: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    RtfReader: "application/rtf",
    CdaReader: "application/xml",
    FhirReader: "application/fhir+json",
    HtmlReader: "text/html",
    TextReader: "text/plain",
}
"""Of notes, by their reader; of pictures by their first bytes."""
_LARGEST = max(reader.limit for reader in READERS)
_HEAD = 1_024  # bytes that tell a type
_MAGIC = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A case with its draft, or with the job that makes it. A draft that was made just now is its `Json` text."""

    case: Case
    result: Result | None = None
    job: Job | None = None

    @property
    def location(self) -> str:
        """Where to look next: at the job, if there is one."""
        return f"/v1/jobs/{self.job.id}" if self.job else f"/v1/cases/{self.case.id}"


def takes_long(data: bytes) -> bool:
    """Whether a note's file is coded by a job: it has pages whose characters must be recognised, or many pages.

    Raises:
        NoteError: it is a PDF that cannot be opened.
    """
    reader = reader_of(data)
    if isinstance(reader, PdfReader):
        return not has_text(data, _AT_ONCE)
    return isinstance(reader, PictureReader)


def media_type_of(head: bytes) -> str:
    """What a file of images is, by its first bytes and whatever it is said to be.

    >>> media_type_of(b"\\x89PNG\\r\\n"), media_type_of(b"note")
    ('image/png', 'application/octet-stream')
    """
    if head[128:132] == b"DICM":
        return "application/dicom"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return "application/octet-stream"


def draft_only(
    serving: Services, note: str | BinaryIO, encounter: Encounter, *, scope: Scope, engine: bool = False
) -> CodingResult:
    """The draft of a note that is not kept.

    Raises:
        InputError: it takes long, or a model is to help: that takes a job, and a job a case.
        NoteError: it cannot be read.
        UnknownRelease: no installed release covers the encounter's date.
    """
    source = note if isinstance(note, str) else note.read(_LARGEST + 1)
    if engine or (isinstance(source, bytes) and takes_long(source)):
        what = "a note of scanned or many pages, or for the model, is coded by a job and has to be kept"
        raise InputError(what, where="keep", hint="keep=true")
    return serving.drafting.code(source, encounter, scope=scope)


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
    """A new case of a note, with its draft, or with a job if it takes long or the model is to help.

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
    if engine:
        serving.drafting.helps()
    data = note.encode() if isinstance(note, str) else note.read(_LARGEST + 1)
    if not data:
        raise NoteError("the note is empty")
    if not isinstance(note, str) and len(data) > (limit := reader_of(data).limit):
        raise NoteError(f"the file has more than {limit:,} bytes", hint="give one note per file")
    media_type = "text/plain" if isinstance(note, str) else _note_type(data)
    asked: dict[str, Any] = {"scope": scope, "engine": engine}
    keep: dict[str, Any] = {}
    if engine or (not isinstance(note, str) and takes_long(data)):
        keep["job"] = ("code", asked)
    else:
        source = note if isinstance(note, str) else data
        keep["draft"] = Json(serving.drafting.coded(source, encounter, scope=scope, id=external_id or None))
    case = serving.store.add_case(
        acting,
        "note",
        [Upload(content=data, media_type=media_type)],
        encounter,
        external_id=external_id,
        idempotency_key=idempotency_key,
        asked=asked,
        **keep,
    )
    if case.replayed or "draft" not in keep:
        return _made(serving, acting, case)
    # as the store has it; reading it again would take another transaction
    made = Result(case=case.id, number=1, created=case.updated, created_by=acting.id, content=keep["draft"])
    return Made(case=case, result=made)


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
        if not engine and not takes_long(data):
            source = as_given(data, document.media_type)
            content = serving.drafting.coded(source, case.encounter, scope=scope, id=case.external_id or None)
            result = serving.store.add_result(acting, case.id, Json(content))
            return Made(case=serving.store.case(acting, case.id), result=result)
        if engine:
            serving.drafting.helps()
        options = {"scope": scope, "engine": engine}
        job = serving.store.jobs.add(acting, case.id, "code", options)
    else:
        serving.drafting.reads()
        options = {name: value for name, value in (("protocol", protocol), ("locate", locate)) if value}
        job = serving.store.jobs.add(acting, case.id, "read", options)
    serving.jobs.submit(job.id)
    return Made(case=serving.store.case(acting, case.id), job=job)


def _note_type(data: bytes) -> str:
    return _TYPES.get(type(reader_of(data))) or media_type_of(data[:_HEAD])


def as_given(data: bytes, media_type: str) -> str | bytes:
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

"""What leaves the server of a case: its draft, or what was signed of it, in one format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wardround.coding.result import CodingResult
from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.export import exporter
from wardround.export.fhir import Fhir
from wardround.export.pdf import coding_pdf
from wardround.export.reports import report_exporter, report_formats
from wardround.export.signature import Signature
from wardround.server import blinding, reviewing
from wardround.server.copies import Copies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.reporting.report import DraftReport
    from wardround.server.services import Services
    from wardround.store import Actor, Case
    from wardround.store.records import DocumentRole

__all__ = ["MEDIA_TYPES", "Exported", "exported"]

_OF_NOTES = {
    "json": ("application/json", ".json"),
    "csv": ("text/csv", ".csv"),
    "markdown": ("text/markdown", ".md"),
    "queries": ("text/markdown", ".md"),
    "fhir": ("application/fhir+json", ".json"),
    "pdf": ("application/pdf", ".pdf"),
}
_OF_STUDIES = {name: report_exporter(name) for name in report_formats()}

MEDIA_TYPES = {name: kind for name, (kind, _) in _OF_NOTES.items()} | {
    f"study {name}": each.media_type for name, each in _OF_STUDIES.items()
}
"""Of the documents there can be."""

_DRAFT = "Draft: nobody has reviewed and signed this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A document.

    Attributes:
        name: of a file, from the case's id and status.
        status: whether a person signed it.
    """

    content: bytes
    media_type: str
    name: str
    status: Literal["draft", "signed"]


def exported(
    serving: Services, acting: Actor, case: str, format: str, of: Literal["signed", "draft"] | None
) -> Exported:
    """A case in a format. Audited: export.

    Args:
        serving: the application's services.
        acting: who takes it out.
        case: its id.
        format: one of the case's kind.
        of: what was signed, or the newest draft; None for what was signed if anything was.

    Raises:
        UnknownRecord: there is no such case, or nothing was drafted of it.
        StoreConflict: nothing was signed, the case is deleted, or they may not see it yet.
        InputError: the format is not for this kind of case, or it takes what the case has not.
    """
    kept = serving.store.case(acting, case)
    possible = tuple(_OF_NOTES if kept.kind == "note" else _OF_STUDIES)
    if format not in possible:
        what = f"a {kept.kind} has no such format"
        raise InputError(what, where="format", hint=f"formats: {', '.join(possible)}")
    if of != "draft":
        blinding.refuse_alone(serving.store, acting, case)
    review = reviewing.in_force(blinding.reviews(serving.store, acting, case)) if of != "draft" else None
    if review is None and of == "signed":
        raise StoreConflict("nothing is signed of this case", where=case, hint="of=draft")
    if kept.results == 0:
        raise UnknownRecord("nothing was drafted of this case yet", where=case)
    read = blinding.kept_draft if review else blinding.result
    content = read(serving.store, acting, case, review.result if review else None).content
    record: CodingResult | DraftReport
    signature = None
    if review is not None and review.signed is not None:
        record = reviewing.final(content, review, reviewing.code_set(content))
        signature = Signature(by=_name(serving, review.signed_by), at=review.signed)
    else:
        record = _record(content)
    status: Literal["draft", "signed"] = "signed" if signature else "draft"
    record = record.model_copy(update={"warnings": (signature.said if signature else _DRAFT, *record.warnings)})
    if isinstance(record, CodingResult):
        document = _of_note(record, format, signature)
        media_type, suffix = _OF_NOTES[format]
    else:
        document = _of_study(serving, acting, kept, record, format)
        media_type, suffix = _OF_STUDIES[format].media_type, _OF_STUDIES[format].suffix
    serving.store.log(acting, "export", "case", case, format=format, of=status)
    return Exported(content=document, media_type=media_type, name=f"{case[:8]}-{status}{suffix}", status=status)


def _record(content: Mapping[str, Any]) -> CodingResult | DraftReport:
    from wardround.reporting.report import DraftReport

    shape: type[CodingResult] | type[DraftReport] = CodingResult if reviewing.is_coding(content) else DraftReport
    return shape.model_validate(content)


def _name(serving: Services, user: str) -> str:
    """Who signed, by name; by id where it is no user of the store."""
    try:
        return serving.store.accounts.user(user).name
    except UnknownRecord:
        return user.removeprefix("os:")


def _of_note(result: CodingResult, format: str, signature: Signature | None) -> bytes:
    if format == "pdf":
        return coding_pdf(result, signature)
    form = Fhir(signature=signature) if format == "fhir" else exporter(format)
    return (form.header() + form.result(result)).encode(errors="surrogatepass")


def _of_study(serving: Services, acting: Actor, case: Case, report: DraftReport, format: str) -> bytes:
    """A report with its pictures, for the formats that show them or refer to them."""
    if format in ("json", "markdown", "fhir"):
        return report_exporter(format).export(report)
    from wardround.export.reports.images import originals, pictures
    from wardround.images import read

    shown, headers = [], []
    roles: tuple[tuple[Literal["current", "prior"], DocumentRole], ...] = (("current", "image"), ("prior", "prior"))
    for which, role in roles:
        if not any(each.role == role for each in case.documents):
            continue
        with Copies(serving.store).of(acting, case.id, role) as files:
            study = read(files)
            shown += pictures(report, study, which)
            headers += originals(study, files)
    return report_exporter(format).export(report, pictures=shown, originals=headers)

"""What the image page draws: which frames a case has, and their pixels."""

from __future__ import annotations

import gzip
import ipaddress
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from wardround.errors import StoreConflict
from wardround.server import blinding
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.serving import Serving
from wardround.server.workbench.imaging.manifest import Manifest, manifest
from wardround.server.workbench.imaging.studies import Which

if TYPE_CHECKING:
    from wardround.store import Actor
    from wardround.store.records import Case
    from wardround.store.store import Store

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_FAST = 1  # of gzip: half the bytes for a tenth of the time that its best takes


@router.get("/cases/{case}/images", openapi_extra=permits("cases:read"))
def images(case: str, serving: Serving, acting: Acting, response: Response) -> Manifest:
    """The series and frames of a case; see `wardround.server.workbench.imaging.manifest`."""
    found = serving.store.case(acting, case)
    if found.status == "deleted":
        raise StoreConflict("the case is deleted", where=case, hint="restore it first")
    response.headers["Cache-Control"] = "no-store"
    return manifest(serving.studies.open(acting, found, _kind(serving.store, acting, found)))


@router.get("/cases/{case}/series/{series}/frames/{number}.raw", openapi_extra=permits("cases:read"))
def frame(
    case: str, series: int, number: int, request: Request, serving: Serving, acting: Acting, study: Which = "current"
) -> Response:
    """The pixels of a frame, after the modality LUT, as `wardround.server.workbench.imaging.pixels` has them.

    Its type, rows and columns are in the header ``Pixels``. Browsers keep nothing of it on disk.
    """
    found = serving.studies.frame(acting, case, study, series, number)
    headers = {
        "Cache-Control": "no-store",
        "Pixels": f"{found.type} {found.rows} {found.columns}",
        "X-Content-Type-Options": "nosniff",
    }
    data = found.data
    if not _near(request) and "gzip" in request.headers.get("accept-encoding", ""):
        data = gzip.compress(data, _FAST)
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type="application/octet-stream", headers=headers)


def _near(request: Request) -> bool:
    """Whether the browser is on this machine, where packing takes longer than sending."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _kind(store: Store, actor: Actor, case: Case) -> str:
    """What the drafted study was read as; a plain picture does not say it itself."""
    if not case.results:
        return ""
    shown = blinding.kept_draft(store, actor, case.id).content.get("images")
    first = shown[0] if isinstance(shown, list) and shown else {}
    return str(first.get("kind", "")) if isinstance(first, dict) else ""

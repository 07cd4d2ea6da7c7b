"""scratch"""
from __future__ import annotations
from typing import Annotated, Any
from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict
from wardround.coding.result import Encounter
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.services import Serving
from wardround.store import Upload

router = APIRouter(tags=["notes"])

class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    encounter: Encounter = Encounter()
    external_id: str = ""
    engine: bool = False
    keep: bool = True

@router.post("/v1/notes:code", openapi_extra=permits("cases:write"), response_model=None)
def code(body: NoteBody, serving: Serving, acting: Acting, idempotency_key: Annotated[str, Header()] = "") -> Response:
    import json
    if body.engine:
        case = serving.store.add_case(acting, "note", [Upload(content=body.text.encode(), media_type="text/plain")], body.encounter, external_id=body.external_id, idempotency_key=idempotency_key, job=("code", {"engine": True}))
        serving.jobs.submit(case.job)
        return Response(json.dumps({"case": {"id": case.id}, "job": {"id": case.job}}), 202, media_type="application/json")
    result = serving.drafting.code(body.text, body.encounter, id=body.external_id or None)
    case = serving.store.add_case(acting, "note", [Upload(content=body.text.encode(), media_type="text/plain")], body.encounter, external_id=body.external_id, idempotency_key=idempotency_key, draft=result.to_json())
    return Response(b'{"case":{"id":"%s"},"result":%s}' % (case.id.encode(), result.model_dump_json().encode()), 200 if case.replayed else 201, media_type="application/json")

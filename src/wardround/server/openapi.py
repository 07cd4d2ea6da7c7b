"""The document that describes the REST interface (OpenAPI 3.1), made true of what stands around the routes.

FastAPI knows what each route takes and gives. What it does not know is added here: problems, which every route answers
with in the same form, and how a client says who it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.exceptions import HTTPException

from wardround.server.problems import MEDIA_TYPE, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from wardround.server.config import Auth

__all__ = ["check_media_type", "install"]

_REF = "#/components/schemas/"
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "a token of a user: POST /v1/tokens"},
    "session": {"type": "apiKey", "in": "cookie", "name": "wardround", "description": "POST /v1/session"},
}
_ALWAYS = {
    "401": "Nobody is signed in, or what they show is not valid any more",
    "403": "Somebody is signed in, and may not do this",
    "422": "Something that was sent cannot be used; errors names the fields",
    "default": "The server is busy, its disk is full, or the request is none that it can read",
}
_WITH_BODY = {
    "400": "The body cannot be read",
    "413": "The body is too large",
    "415": "The body is of another type",
}


def install(app: FastAPI, auth: Auth) -> None:
    """Let ``app`` describe itself as it is, with the authentication that it asks for."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            _complete(document, optional=auth == "none")
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's documentation has it


async def check_media_type(request: Request) -> None:
    """Refuse a body that is no JSON, where the route takes JSON; before it is read as something else.

    Raises:
        HTTPException: 415.
    """
    field = getattr(request.scope.get("route"), "body_field", None)
    if field is None or request.headers.get("content-length", "") == "0":
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "the body must be application/json")


def _complete(document: dict[str, Any], *, optional: bool) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template=_REF + "{model}")
    document["components"]["securitySchemes"] = _SECURITY
    for operation in _operations(document):
        responses = operation.setdefault("responses", {})
        public = operation.get("x-permission") == "public"
        told = {status: text for status, text in _ALWAYS.items() if not public or status not in ("401", "403")}
        if "requestBody" in operation:
            told |= _WITH_BODY
            _hoist(operation["requestBody"], schemas)
        if not operation.get("parameters") and "requestBody" not in operation:
            del told["422"]
            responses.pop("422", None)
        for status, text in told.items():
            described = responses.get(status, {}).get("description", "")
            if not described or described == "Validation Error":
                responses[status] = {"description": text}
        for status, response in responses.items():
            if status == "default" or status >= "400":
                response["content"] = {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}}}
        operation["responses"] = dict(sorted(responses.items()))
        operation["security"] = [] if public else [*([{}] if optional else []), *({name: []} for name in _SECURITY)]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (operation for operation in path.values() if isinstance(operation, dict))


def _hoist(body: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put the schemas that a body brings with it where all others are."""
    for content in body.get("content", {}).values():
        schema = content.get("schema", {})
        schemas.update(schema.pop("$defs", {}))
        title = schema.get("title")
        if title and "properties" in schema:
            schemas[title] = schema
            content["schema"] = {"$ref": f"{_REF}{title}"}

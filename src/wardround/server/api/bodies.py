"""Bodies that FastAPI does not read by itself: JSON or a form with files on the same route, read whole or refused."""

from __future__ import annotations

import datetime
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from wardround.coding.result import Encounter, Setting
from wardround.server.limits import FORM_LIMITS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import Message

__all__ = ["Day", "EncounterFields", "EncounterGiven", "Key", "body", "media_type", "opened_form", "parsed"]

T = TypeVar("T", bound=BaseModel)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TAIL = 4_096  # bytes of a form that its last boundary is looked for in
_FLAGS = {"true": True, "false": False}


def _day(value: object) -> datetime.date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return datetime.date.fromisoformat(value)
    raise ValueError("a day looks like 2026-05-11")


Day = Annotated[datetime.date, BeforeValidator(_day)]
Age = Annotated[float, Field(ge=0, le=130)]
Key = Annotated[str, Field(max_length=200, pattern=r"^[ -~]*$")]
"""What another system calls something: printable ASCII."""


class EncounterGiven(BaseModel):
    """What is known of the visit; what is null constrains nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    setting: Setting = "outpatient"
    date: Day | None = Field(default=None, description="of the encounter or discharge; chooses the release")
    age: Age | None = Field(default=None, description="in years")
    sex: Literal["female", "male"] | None = None

    def known(self) -> Encounter:
        """As the coder takes it."""
        return Encounter(setting=self.setting, date=self.date, age=self.age, sex=self.sex)


class EncounterFields(BaseModel):
    """What is known of the visit, as fields of a form; what is left out constrains nothing."""

    model_config = ConfigDict(extra="forbid")

    setting: Setting = "outpatient"
    date: Day | SkipJsonSchema[None] = Field(default=None, description="of the encounter; chooses the release")
    age: Age | SkipJsonSchema[None] = Field(default=None, description="in years")
    sex: Literal["female", "male"] | SkipJsonSchema[None] = None
    external_id: Key = Field(default="", description="what another system calls the case")

    def known(self) -> Encounter:
        """As the coder takes it."""
        return Encounter(setting=self.setting, date=self.date, age=self.age, sex=self.sex)


def media_type(request: Request) -> str:
    """The type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def parsed(shape: type[T], value: bytes | Mapping[str, object]) -> T:
    """A body, or the fields of a form, in a shape.

    Raises:
        RequestValidationError: it has not this shape.
    """
    try:
        return shape.model_validate_json(value) if isinstance(value, bytes) else shape.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in wrong]) from None


@asynccontextmanager
async def opened_form(request: Request, files: Mapping[str, int]) -> AsyncIterator[dict[str, Any]]:
    """The fields of a form: text, and of the ``files`` lists of what was sent; all closed at the end of the block.

    Args:
        request: with the form.
        files: name of a field of files → how many of them there can be.

    Raises:
        HTTPException: 415, it is no form; 400, it is none that can be read, or not all of one.
        RequestValidationError: a field is there twice, or is a file and should be none.
    """
    if media_type(request) != "multipart/form-data":
        raise HTTPException(415, "the body must be multipart/form-data")
    tail = bytearray()

    async def receive() -> Message:
        message = await request.receive()
        tail.extend(message.get("body", b""))
        del tail[:-_TAIL]
        last = message["type"] == "http.request" and not message.get("more_body", False)
        if last and not bytes(tail).rstrip(b"\r\n \t").endswith(b"--"):
            # said here, while the form is read: then the files are closed that it holds so far, also the last one
            raise HTTPException(400, "the form does not end as it should; perhaps a part of it is missing")
        return message

    async with Request(request.scope, receive).form(**FORM_LIMITS) as form:
        found: dict[str, Any] = {}
        for name in form:
            values = form.getlist(name)
            if name in files:
                if not all(isinstance(value, UploadFile) for value in values):
                    raise _wrong(name, "this must be a file, with a file name")
                if len(values) > files[name]:
                    raise _wrong(name, f"at most {files[name]:,} of these can be sent")
                found[name] = [value.file for value in values if isinstance(value, UploadFile)]
            elif len(values) > 1 or isinstance(values[0], UploadFile):
                raise _wrong(name, "this must be one text")
            else:
                found[name] = _FLAGS.get(str(values[0]), values[0])
        yield found


def _wrong(name: str, what: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form", "loc": ("body", name), "msg": what}])


def body(**shapes: type[BaseModel]) -> dict[str, Any]:
    """What a route adds to ``openapi_extra`` for a body it reads by itself.

    Args:
        shapes: ``json``, ``form``, or both: the shape of the body in that type.
    """
    types = {"json": "application/json", "form": "multipart/form-data"}
    template = "#/components/schemas/{model}"
    content = {
        types[name]: {"schema": shape.model_json_schema(ref_template=template)} for name, shape in shapes.items()
    }
    return {"requestBody": {"required": True, "content": content}}

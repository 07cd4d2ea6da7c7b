"""Pages from templates: what every template can count on, and the addresses of the files beside them."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from wardround import __version__
from wardround.errors import UnknownRecord
from wardround.server.access.identify import may

if TYPE_CHECKING:
    from fastapi import Request

    from wardround.server.access.identify import Identity
    from wardround.server.services import Services

__all__ = [
    "NAVIGATION",
    "STATIC",
    "Viewer",
    "address_of",
    "age",
    "modules_of",
    "name_of",
    "render",
    "static_version",
    "viewer",
]

STATIC = Path(__file__).parent / "static"
"""The folder of the files that pages load."""

NAVIGATION = (
    ("/", "Cases", "cases:read"),
    ("/figures", "Figures", "figures:read"),
    ("/admin", "Administration", "users:manage"),
    ("/admin/audit", "Audit trail", "audit:read"),
)
"""Address, name and permission of the pages that the head of every page leads to."""

_IMPORT = re.compile(r'^import [^;]*"(\.[^"]+)";', re.MULTILINE)
_AGES = (("d", 86_400), ("h", 3_600), ("min", 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at a page; what the head of the page says of them.

    Attributes:
        id: as the store knows them; ``os:maria`` where nobody signs in.
        name: to be shown.
    """

    id: str
    name: str
    role: str


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page from a template, which knows besides ``context``:

    ``viewer`` (None where nobody is signed in), ``may(permission)``, ``auth``, ``version``, ``path``,
    ``static(path)`` for the address of a file, ``modules(path)`` for those of what a script imports, and the filters
    ``age`` and ``minute`` for times.
    """
    services: Services = request.app.state.services
    page = _environment().get_template(template)
    text = page.render(
        viewer=viewer(request),
        may=lambda permission: may(request, permission),
        auth=services.config.auth,
        path=request.url.path,
        **context,
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def viewer(request: Request) -> Viewer | None:
    """Who sends a request, with their name; None where nobody is signed in."""
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None:
        return None
    return Viewer(id=identity.actor.id, name=identity.name, role=identity.actor.role)


def name_of(request: Request, id: str) -> str:
    """What a user, or a program that acted, is called on pages."""
    if not id or ":" in id or id == "system":
        return id.removeprefix("os:")
    services: Services = request.app.state.services
    try:
        return services.store.accounts.user(id).name
    except UnknownRecord:
        return id[:8]


def age(since: datetime.datetime) -> str:
    """How long ago a time is, in its largest unit: ``3 d``, ``5 h``, ``12 min``, ``now``.

    >>> age(datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=5, minutes=50))
    '5 h'
    """
    seconds = (datetime.datetime.now(datetime.UTC) - since).total_seconds()
    return next((f"{int(seconds // size)} {unit}" for unit, size in _AGES if seconds >= size), "now")


def address_of(path: str) -> str:
    """Where a file of the folder `STATIC` is served.

    All of them are below one version, so that a module finds the modules beside it, and browsers may keep them.
    """
    if not (STATIC / path).is_file():
        raise FileNotFoundError(path)
    return f"/static/{static_version()}/{path}"


@cache
def modules_of(path: str) -> tuple[str, ...]:
    """The addresses of all modules that a script imports, and those that they import: a page fetches them at once."""
    found: dict[Path, None] = {}
    waiting = [STATIC / path]
    while waiting:
        script = waiting.pop()
        imported = (script.parent / each for each in _IMPORT.findall(script.read_text(encoding="utf-8")))
        waiting += (each for each in map(Path.resolve, imported) if each not in found)
        found |= dict.fromkeys(waiting)
    return tuple(address_of(each.relative_to(STATIC.resolve()).as_posix()) for each in found)


@cache
def static_version() -> str:
    """Changes with any of the files that pages load."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _minute(at: datetime.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("wardround.server.workbench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "navigation": NAVIGATION,
        "static": address_of,
        "modules": modules_of,
        "version": __version__,
    }
    environment.filters |= {"age": age, "minute": _minute}
    return environment

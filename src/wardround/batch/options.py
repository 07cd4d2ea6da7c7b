"""How the notes of a run are coded."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wardround.coding import Coder
    from wardround.coding.assisted import Method
    from wardround.coding.result import Scope

__all__ = ["Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What decides the result of a note besides the note; as `wardround.coding.Coder` takes it.

    Attributes:
        engine: as `wardround.engines.open_engine` takes it; each process opens its own.
        site: path of a site model.
        ocr: what reads pictures of pages.
    """

    scope: Scope = "encounter"
    release: str | None = None
    engine: str | None = None
    method: Method = "assisted"
    budget: float | None = None
    allow_remote: bool = False
    site: str | None = None
    target_precision: float | None = None
    ocr: str = "auto"

    def open(self, closing: ExitStack) -> Coder:
        """A coder like this; what it holds open is freed with ``closing``.

        Raises:
            UnknownRelease: no such release is installed.
            EngineError: the engine cannot be opened.
            InputError: the site model cannot be used.
        """
        from wardround.coding import Coder
        from wardround.engines import open_engine

        more: dict[str, Any] = {}
        if self.site is not None:
            from wardround.coding.site import SiteModel

            more["site"] = SiteModel.load(self.site)
        if self.target_precision is not None:
            more["target_precision"] = self.target_precision
        engine = None
        if self.engine is not None:
            engine = closing.enter_context(open_engine(self.engine, allow_remote=self.allow_remote))
        return Coder(self.release, scope=self.scope, engine=engine, method=self.method, budget=self.budget, **more)

    def to_json(self) -> dict[str, object]:
        """What is not as it is by default."""
        return {name: value for name, value in asdict(self).items() if value != getattr(_DEFAULT, name)}


_DEFAULT = Options()

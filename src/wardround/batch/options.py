"""How the notes of a run are coded."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.coding import Coder
    from wardround.coding.assisted import Method
    from wardround.coding.assisted.examples import Examples
    from wardround.coding.result import Scope
    from wardround.coding.site import SiteModel
    from wardround.engines import Engine

__all__ = ["Options"]

_CPU_BUDGET = 60.0  # seconds of a model for a note, where it has no GPU and nothing else is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What decides the result of a note besides the note; as `wardround.coding.Coder` takes it.

    Attributes:
        engine: as `wardround.engines.open_engine` takes it; each process opens its own.
        examples: path of a site's examples, for a model that assists.
        site: path of a site model.
        ocr: what reads pictures of pages.
    """

    scope: Scope = "encounter"
    release: str | None = None
    engine: str | None = None
    method: Method = "assisted"
    budget: float | None = None
    allow_remote: bool = False
    examples: str | None = None
    site: str | None = None
    target_precision: float | None = None
    ocr: str = "auto"

    @property
    def records_per_part(self) -> int:
        """A part is what is lost when a run is killed, so it is small where a note takes a model's time."""
        return 1_000 if self.engine is None else 20

    def open(self, closing: ExitStack) -> Coder:
        """A coder like this; what it holds open is freed with ``closing``.

        Raises:
            UnknownRelease: no such release is installed.
            EngineError: the engine cannot be opened.
            InputError: the site model or the examples cannot be used.
        """
        if self.engine is None:
            return self.coder()
        from wardround.batch.attending import Attended
        from wardround.engines import open_engine
        from wardround.engines.openai import OpenAIServer

        engine = closing.enter_context(open_engine(self.engine, allow_remote=self.allow_remote))
        if isinstance(engine, OpenAIServer):  # or all notes would be coded, each without the model
            engine.connect(images=self.ocr == "engine")
            engine = Attended(engine)
        return self.coder(engine)

    def coder(self, engine: Engine | None = None) -> Coder:
        """A coder like this with an engine that is open, or without one.

        Raises:
            UnknownRelease: no such release is installed.
            InputError: the site model or the examples cannot be used.
        """
        from wardround.coding import Coder

        return Coder(
            self.release,
            scope=self.scope,
            engine=engine,
            method=self.method,
            budget=_CPU_BUDGET
            if self.budget is None and engine is not None and engine.capabilities.cpu
            else self.budget,
            examples=self.examples_shown(),
            site=self.site_model(),
            target_precision=self.target_precision,
        )

    def identity(self) -> dict[str, object]:
        """What has to be the same for a run to go on: these options, and the digests of all that coding takes.

        Raises:
            UnknownRelease: no such release is installed.
            InputError: the site model or the examples cannot be used.
        """
        from wardround import __version__, icd10
        from wardround.coding import lexicon

        codes, site, examples = icd10.load(release=self.release), self.site_model(), self.examples_shown()
        elsewhere = ("allow_remote", "examples", "site", "release")
        told = {name: value for name, value in asdict(self).items() if name not in elsewhere}
        return {
            "wardround": __version__,
            **told,
            "release": self.release,
            "newest": codes.release.id,
            "release_digest": codes.release.digest,
            "index_digest": None if codes.index is None else codes.index.digest,
            "lexicon_digest": lexicon.digest(),
            "site": None if site is None else site.digest,
            "examples": None if examples is None else examples.digest,
        }

    def site_model(self) -> SiteModel | None:
        """The site model, read; None if none is named.

        Raises:
            InputError: it cannot be read.
        """
        from wardround.coding.site import SiteModel

        return None if self.site is None else SiteModel.load(self.site)

    def examples_shown(self) -> Examples | None:
        """The site's examples, read; None if none are named.

        Raises:
            InputError: they cannot be read.
        """
        from wardround.coding.assisted.examples import Examples

        return None if self.examples is None else Examples.load(Path(self.examples))

"""``wardround learn``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wardround.cli.kept import Database, Folder, KeyFile, at_the_terminal
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.cli.learned import Compared, Learned, Shown
    from wardround.learning.reading import Gathered

__all__ = ["learn"]


def learn(
    reviewed: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REVIEWED",
            help='Lines of {"id", "text", "codes": […]}, or the notes and their codes in lines of the same id; '
            "- is standard input.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the site model here.")
    ] = None,
    store: Annotated[bool, typer.Option("--store", help="Learn from the signed notes of the store too.")] = False,
    scope: Annotated[
        Literal["encounter", "mentions"],
        typer.Option(help="What the codes are. encounter: those of the visit. mentions: of everything mentioned."),
    ] = "encounter",
    setting: Annotated[
        Literal["outpatient", "inpatient"],
        typer.Option(help="outpatient or inpatient, for notes whose line does not say."),
    ] = "outpatient",
    release: Annotated[str | None, typer.Option(metavar="ID", help="Learn with this release.")] = None,
    examples: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write examples for a model too; see wardround code --examples."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="OLD NEW",
            help="Learn nothing; say what differs between two site models, and, with REVIEWED or --store, what would.",
        ),
    ] = None,
    last: Annotated[
        int, typer.Option(metavar="N", min=1, help="With --compare: of the charts take the last so many.")
    ] = 200,
    show: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Learn nothing; say what a site model holds, in words.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Learn from reviewed charts what people here code; the file goes to --site of the other commands.

    \b
    Examples:
      wardround learn reviewed.jsonl -o site.model
      wardround learn --store --folder cases -o site.model
      wardround learn reviewed.jsonl --scope mentions -o mentions.model
      wardround learn --show site.model
      wardround learn --compare site.model new.model reviewed.jsonl
      wardround code --site site.model note.txt

    The file has counts and weights, and no more of a note than phrases of up to four words that three charts or more
    have. Charts without codes, notes that cannot be read or are not English, and copies of a note are left out and
    counted. Codes must be people's own: what is learned from the program's own codes teaches it nothing.

    With more charts, learn again from all of them, compare, and put the new file in the place of the old one.
    """
    chosen = [output is not None or examples is not None, compare is not None, show is not None]
    if sum(chosen) != 1:
        raise typer.BadParameter("give one of -o, --compare and --show", param_hint="-o")
    if show is not None:
        _show(show, json_=json_)
        return
    if compare is None and not (reviewed or store):
        raise typer.BadParameter("name files of reviewed charts, or --store", param_hint="REVIEWED")
    gathered = _gather(reviewed or [], setting, store=store, database=database, folder=folder, key_file=key_file)
    if compare is not None:
        _compare(*compare, gathered, last if reviewed or store else 0, release, json_=json_)
        return
    _learn(gathered, output, examples, scope, release, json_=json_)


def _gather(
    names: Sequence[str], setting: str, *, store: bool, database: str, folder: Path | None, key_file: Path | None
) -> Gathered:
    """The charts of files and of the store; what cannot be read is named on standard error."""
    from wardround.cli.progress import Progress
    from wardround.cli.terminal import say_error
    from wardround.coding import Encounter
    from wardround.learning.reading import Gathered

    gathered = Gathered()
    encounter = Encounter.model_validate({"setting": setting})
    with Progress("reading", None) as progress:
        gathered.from_files(names, encounter, lambda done, total: progress.at(done, len(gathered.charts)))
    if store:
        from wardround.store import open_store

        with (
            open_store(database, folder, key_file, make=False) as kept,
            Progress("reading the store", None) as progress,
        ):
            gathered.from_store(kept, at_the_terminal(), progress.at)
    for failure in gathered.failures:
        say_error(str(failure.error))
    return gathered


def _learn(
    gathered: Gathered,
    output: Path | None,
    examples: Path | None,
    scope: Literal["encounter", "mentions"],
    release: str | None,
    *,
    json_: bool,
) -> None:
    from wardround.cli.learned import Learned
    from wardround.cli.output import destination
    from wardround.cli.progress import Steps, preparing
    from wardround.coding import Coder
    from wardround.learning import learn
    from wardround.learning.examples import learned_examples

    with preparing():
        Coder(release, scope=scope)
    model = None
    count = None
    with Steps() as steps:
        if output is not None:
            model = learn(
                gathered.charts,
                scope=scope,
                release=release,
                on_progress=lambda step, done: steps.tell(f"{step}, {done:.0%}"),
            )
        if examples is not None:
            found = learned_examples(
                gathered.charts,
                scope=scope,
                release=release,
                on_progress=lambda done, total: steps.tell(f"examples, {done:,} of {total:,} charts"),
            )
            count = len(found)
            with destination(examples) as out:
                out.write(found.text)
    if model is not None:
        with destination(output) as out:
            out.write(model.to_json())
    told = Learned(gathered=gathered, model=model, examples=count)
    _tell(told, json_=json_)


def _compare(old: Path, new: Path, gathered: Gathered, last: int, release: str | None, *, json_: bool) -> None:
    from wardround.cli.learned import Compared
    from wardround.cli.progress import Progress
    from wardround.coding.site import SiteModel
    from wardround.learning.comparing import difference, effect

    models = SiteModel.load(old), SiteModel.load(new)
    different = difference(*models)
    charts = gathered.charts[-last:] if last else []
    if last and not charts:
        raise InputError("there is no reviewed chart to compare the models on")
    changed = None
    if charts:
        with Progress("comparing", len(charts)) as progress:
            changed = effect(*models, charts, release=release, on_progress=lambda done, _: progress.at(done, done))
    _tell(Compared(old=models[0], new=models[1], difference=different, effect=changed), json_=json_)


def _show(path: Path, *, json_: bool) -> None:
    from wardround.cli.learned import Shown
    from wardround.coding.site import SiteModel

    _tell(Shown(model=SiteModel.load(path)), json_=json_)


def _tell(told: Compared | Learned | Shown, *, json_: bool) -> None:
    from wardround.cli.terminal import print_json, say

    if json_:
        print_json(told.to_json())
    else:
        say(told.tables())

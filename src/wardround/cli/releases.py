"""``wardround codeset list``, ``install`` and ``remove``"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from wardround.icd10 import Release
    from wardround.icd10.importing import Installation
    from wardround.icd10.installed import Source
    from wardround.icd10.parts import Part

__all__ = ["install", "list_", "release_fields", "remove"]

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_NAMES = {  # part of a release → what it is called
    "tabular": "Tabular",
    "index": "Index",
    "external": "External causes",
    "neoplasm": "Neoplasms",
    "drug": "Drugs",
}
_SHOWN = 5  # problems told one by one; the others are only counted


def list_(json_: _Json = False) -> None:
    """List the releases of ICD-10-CM that are there, with their parts.

    \b
    Examples:
      wardround codeset list
      wardround codeset list --json

    A part of another fiscal year than its Tabular List is followed by its own. Of two releases that cover a day the
    later one is in force.
    """
    from wardround.cli.terminal import print_json
    from wardround.icd10.installed import sources

    found = sources()
    today = datetime.date.today()
    current = [source.release for source in found if source.release.valid_from <= today <= source.release.valid_to][-1:]
    if json_:
        print_json([{**_source_fields(source), "in_force": source.release in current} for source in found])
    else:
        _print_releases(found, current, today)


def install(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="The official zip, a folder with its XML files, or one of them."),
    ] = None,
    download: Annotated[
        str | None,
        typer.Option(
            metavar="YEAR", help="Fetch the release of a fiscal year, 2027, or an update, 2026-04-01, from CMS instead."
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="With --download: fetch it from this address, such as a mirror.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The release it belongs to, by its first day, where the names do not say."),
    ] = None,
    mixed_years: Annotated[
        bool, typer.Option("--mixed-years", help="Accept an Index or table of another year than the Tabular List.")
    ] = False,
    json_: _Json = False,
) -> None:
    """Install a release of ICD-10-CM as CDC and CMS publish it.

    \b
    Examples:
      wardround codeset install 2027-code-tables-tabular-and-index.zip
      wardround codeset install icd10cm-index-April-1-2026.xml
      wardround codeset install --release 2026-04-01 --mixed-years icd10cm_index_2025.xml
      wardround codeset install --download 2027

    What has the Tabular List is a whole release and replaces an installed one of the same day. What has none, such as
    the Index alone, is added to the release that is there. Everything is checked first; what cannot be used changes
    nothing. Only --download uses the network.

    cms.gov has the zip under "ICD-10-CM files" as "Code Tables, Tabular and Index".
    """
    from wardround.cli.progress import Steps
    from wardround.cli.terminal import print_json

    if (path is None) == (download is None):
        raise typer.BadParameter("name what to install, or the year to fetch with --download", param_hint="PATH")
    if download is None and url is not None:
        raise typer.BadParameter("belongs to --download", param_hint="--url")
    if download is not None and release is not None:
        raise typer.BadParameter("--download says which release it is", param_hint="--release")
    with Steps() as steps:
        if download is not None:
            done = _downloaded(download, url, mixed_years, steps.tell)
        else:
            done = _installed(path or Path(), release, mixed_years, steps.tell)
    if json_:
        print_json(_installation(done))
    else:
        _print_installation(done)


def remove(release: Annotated[str, typer.Argument(metavar="ID", help="As wardround codeset list names it.")]) -> None:
    """Remove an installed release.

    \b
    Examples:
      wardround codeset remove 2026-10-01

    A release that came with a package stays, and is used again where an installed one had taken its place.
    """
    from wardround.cli.terminal import say
    from wardround.icd10 import importing

    importing.remove(release)
    say([f"{release} is removed."])


def _installed(path: Path, release: str | None, mixed_years: bool, tell: Callable[[str], None]) -> Installation:
    from wardround.icd10.importing import install

    return install(path, release=release, mixed_years=mixed_years, tell=tell)


def _downloaded(year: str, url: str | None, mixed_years: bool, tell: Callable[[str], None]) -> Installation:
    import tempfile

    from wardround.icd10.download import address, download, published_day
    from wardround.icd10.importing import install

    day = published_day(year)
    place = url or address(day)
    with tempfile.TemporaryDirectory(prefix="wardround-") as folder:
        fetched = download(place, Path(folder), tell)
        return install(fetched, release=day.isoformat(), mixed_years=mixed_years, url=place, tell=tell)


def release_fields(release: Release) -> dict[str, Any]:
    """A release as JSON tells it."""
    return {
        "id": release.id,
        "title": release.title,
        "fiscal_year": release.fiscal_year,
        "valid_from": release.valid_from.isoformat(),
        "valid_to": release.valid_to.isoformat(),
        "source": release.source,
        "digest": release.digest,
    }


def _source_fields(source: Source) -> dict[str, Any]:
    manifest = source.manifest
    if manifest is None:
        release = source.release
        tabular = {"file": source.path.name, "fiscal_year": release.fiscal_year, "digest": release.digest}
        parts: dict[str, Any] = {"tabular": {**tabular, "source": release.source, "url": None}}
    else:
        parts = {part.name: _part_fields(part) for part in manifest.parts}
    return {
        **release_fields(source.release),
        "installed_at": manifest.installed_at.isoformat() if manifest else None,
        "parts": {name: parts.get(name) for name in _NAMES},
    }


def _part_fields(part: Part) -> dict[str, Any]:
    return {
        "file": part.path.name,
        "fiscal_year": part.fiscal_year,
        "digest": part.digest,
        "source": part.origin.name,
        "url": part.origin.url or None,
    }


def _print_releases(found: Sequence[Source], current: Sequence[Release], today: datetime.date) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import say

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Release", "Year", "In force"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("Parts")
    grid.add_column("Source", overflow="fold")
    for source in found:
        release = source.release
        in_force = release in current
        until = Text(f"{'now, ' if in_force else ''}until {release.valid_to}", "green" if in_force else "")
        grid.add_row(release.id, f"FY{release.fiscal_year}", until, ", ".join(_parts(source)), release.source)
    say([grid] if current else [grid, Text(f"None of them is in force today, {today}.", "yellow")])


def _parts(source: Source) -> list[str]:
    """The names of the parts a release has, each with its year where that is not the release's."""
    year = source.release.fiscal_year
    parts = source.manifest.parts if source.manifest else ()
    years: dict[str, int] = {"tabular": year} | {part.name: part.fiscal_year for part in parts}
    return [
        name if years[part] == year else f"{name} FY{years[part]}" for part, name in _NAMES.items() if part in years
    ]


def _installation(done: Installation) -> dict[str, Any]:
    index = done.index
    return {
        **_source_fields(done.source),
        "replaced": done.replaced,
        "codes": done.codes,
        "entries": dict(index.entries) if index else {},
        "index_codes": dict(index.codes) if index else {},
        "references": index.references if index else 0,
        "unresolved": [
            {"place": list(each.place), "text": each.text, "partly": each.partly} for each in index.unresolved
        ]
        if index
        else [],
        "withdrawn": [{"place": list(each.place), "code": each.code} for each in index.withdrawn] if index else [],
        "ignored": list(done.ignored),
    }


def _print_installation(done: Installation) -> None:
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import say

    source, index = done.source, done.index
    release = source.release
    files = {part.name: part for part in source.manifest.parts} if source.manifest else {}
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(style="dim")
    for name, label in _NAMES.items():
        if name not in files:
            grid.add_row(label, Text("none", "yellow"), "")
            continue
        part = files[name]
        year = "" if part.fiscal_year == release.fiscal_year else f" (FY{part.fiscal_year})"
        entries = index.entries.get(name, 0) if index else 0
        count = f"{done.codes:,} codes" if name == "tabular" else f"{entries:,} entries"
        grid.add_row(label, count, f"{part.path.name}{year}")
    origin = done.given[0].origin
    parts: list[RenderableType] = [
        Text(f"{release.title}: {_done(done)} {release.id}.", "bold"),
        grid,
        Text(f"from {origin.url or origin.name}" + (f", SHA-256 {origin.digest}" if origin.digest else ""), "dim"),
    ]
    if source.manifest and source.manifest.mixed_years:
        parts.append(
            Text("Not all parts are of one year; codes that the Tabular does not have are not used.", "yellow")
        )
    if index is not None:
        nowhere = [f"{', '.join(each.place)}: see {each.text}" for each in index.unresolved if not each.partly]
        partly = len(index.unresolved) - len(nowhere)
        of = f" of {index.references:,}"
        parts += _counted("Cross-references that lead nowhere", len(nowhere), of, nowhere)
        parts += _counted("Cross-references that lead only part of the way", partly, of)
        gone = [f"{', '.join(each.place)}: {each.code}" for each in index.withdrawn]
        parts += _counted("Codes of the Index and tables that the Tabular lacks, not used", len(gone), "", gone)
    parts += _counted("XML files that are no part of a release, left out", len(done.ignored), "", done.ignored)
    say(parts)


def _done(done: Installation) -> str:
    if all(part.name != "tabular" for part in done.given):
        return f"{', '.join(_NAMES[part.name] for part in done.given)} added to"
    return "replaced" if done.replaced else "installed as"


def _counted(what: str, count: int, of: str = "", problems: Sequence[str] = ()) -> list[RenderableType]:
    """How many there are, and the first few of them; nothing if there are none."""
    from rich.padding import Padding
    from rich.text import Text

    if not count:
        return []
    shown = [*problems[:_SHOWN], *(["…"] if len(problems) > _SHOWN else [])]
    return [Text(f"{what}: {count:,}{of}", "yellow"), *(Padding(Text(line, "dim"), (0, 0, 0, 2)) for line in shown)]

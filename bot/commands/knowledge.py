"""The commands that read published files, publish what they make, and look back at it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from bot.commands.options import Area, Json, print_json, read_settings

if TYPE_CHECKING:
    from bot.gateway.publishing import Published

app = typer.Typer()


class Packs(StrEnum):
    ON = "on"
    PLANS_OFF = "plans-off"
    OFF = "off"


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders, each read by its content.")
    ] = None,
    area: Area = "",
    ocr: Annotated[bool, typer.Option(help="Read pages without a good text layer from their image.")] = True,
    publish: Annotated[bool, typer.Option("--publish", help="Let the staged version serve at once.")] = False,
    packs: Annotated[
        Packs | None, typer.Option(help="Whether what we wrote is laid over what is read (KNOWLEDGE_PACKS).")
    ] = None,
    no_packs: Annotated[bool, typer.Option("--no-packs", help="The same as --packs off.")] = False,
    forget: Annotated[
        list[Path] | None, typer.Option(help="A file read earlier that no longer counts; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read published files and stage what they make; it serves when it is published.

    Without paths, the content we wrote and people's corrections are laid anew over what was read earlier.
    """
    from bot.gateway import publishing
    from bot.gateway.progress import bar
    from knowledge.sources import Options

    settings = read_settings(knowledge_packs="off" if no_packs else packs and packs.value)
    with bar(quiet=as_json) as progress, publishing.open_store(settings) as store:
        report = publishing.stage(
            settings,
            store,
            paths or [],
            options=Options(area=area, ocr=ocr),
            actor="motcua ingest",
            forget=forget or [],
            progress=progress.records,
        )
        done = None
        if publish:
            done = publishing.publish_from(
                settings, store, report.version, actor="motcua ingest", progress=progress.stage
            )
    if as_json:
        print_json(report.to_json() | ({"published": vars(done)} if done else {}))
        return
    lines = report.lines()  # the first says the most: the supervisor shows the last one
    typer.echo("\n".join([*lines[1:], lines[0]]))
    if done:
        typer.echo(_published(done))


@app.command()
def publish(
    version: Annotated[
        str, typer.Argument(help="Version, by name or number; without it the newest staged.")
    ] = "",
    as_json: Json = False,
    if_stale: Annotated[bool, typer.Option(help="Do nothing when the snapshot is up to date.")] = False,
) -> None:
    """Let a staged version serve; running processes take it up by themselves."""
    from bot.gateway import publishing
    from bot.gateway.progress import bar

    settings = read_settings()
    if if_stale and publishing.is_current(settings, version):
        print_json({"changed": False}) if as_json else typer.echo("The index is up to date.")
        return
    with bar(quiet=as_json) as progress:
        done = publishing.publish(settings, version, progress=progress.stage)
    print_json(vars(done)) if as_json else typer.echo(_published(done))


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(help="Version to return to; without it the one before.")] = "",
    as_json: Json = False,
) -> None:
    """Let an earlier version serve again; what is ingested next adds to it."""
    from bot.gateway import publishing
    from bot.gateway.progress import bar

    with bar(quiet=as_json) as progress:
        done = publishing.rollback(read_settings(), version, progress=progress.stage)
    print_json(vars(done)) if as_json else typer.echo(_published(done))


def _published(done: Published) -> str:
    state = "serves now" if done.changed else "serves already"
    return f"version {done.version} {state}, snapshot {done.snapshot}: {done.counts}"


@app.command()
def versions(
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
) -> None:
    """The versions of the knowledge: what each holds, when it was staged and published, which one serves."""
    from bot.gateway import publishing

    found = publishing.versions(read_settings(), limit=limit)
    print_json([vars(row) for row in found]) if as_json else publishing.show_versions(found)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="Version; without it the one that serves.")] = "",
    after: Annotated[str, typer.Argument(help="Version; without it the one staged last.")] = "",
    questions: Annotated[
        list[Path] | None, typer.Option(help="Questions to look through, instead of our own; repeatable.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every line of every list.")] = False,
    as_json: Json = False,
) -> None:
    """What publishing would change for people: fees, time limits and papers first."""
    from bot.gateway import comparing

    found = comparing.diff(read_settings(), before, after, questions=questions or (comparing.QUESTION_FILES,))
    print_json(found.to_json()) if as_json else comparing.show(found, everything=everything)


@app.command()
def replay(
    message: Annotated[UUID, typer.Argument(help="Id of a reply, as the API gave it.")],
    as_json: Json = False,
) -> None:
    """Ask the question of a reply again, of the version of the knowledge that it was answered from."""
    from bot.gateway import replaying

    found = replaying.replay(read_settings(), message)
    print_json(vars(found)) if as_json else replaying.show(found)


@app.command()
def fetch(
    out: Annotated[
        Path, typer.Argument(help="File to write, such as portal.jsonl; a second run goes on with it.")
    ],
    query: Annotated[str, typer.Option(help="Only procedures whose name has these words.")] = "",
    most: Annotated[int | None, typer.Option(min=1, help="At most so many in this run.")] = None,
    pause: Annotated[float, typer.Option(min=0.2, help="Seconds between two requests.")] = 1.0,
    url: Annotated[str, typer.Option(help="Address of the API, instead of the national portal's.")] = "",
    as_json: Json = False,
) -> None:
    """Fetch records from the national portal, slowly, by agreement with it; `motcua ingest` reads the file."""
    from bot.gateway import fetching
    from bot.gateway.progress import bar

    with bar(quiet=as_json) as progress:
        done = fetching.fetch(
            out, base_url=url, query=query, pause_s=pause, most=most, progress=progress.records
        )
    print_json(vars(done)) if as_json else typer.echo("\n".join(fetching.lines(done, out)))

"""`motcua`: the command line. Heavy imports live inside the commands, so that help is instant.

With `--json` a command prints one JSON document on standard output and nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import channel, desk, knowledge, messenger, report, sim, zalo
from bot.commands.options import Area, Json, print_json, read_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class Model(StrEnum):
    RASA = "rasa"
    EMBEDDING = "embedding"
    CONFIDENCE = "confidence"
    RANKING = "ranking"
    MARKS = "marks"


app.add_typer(knowledge.app)
app.add_typer(desk.app, name="desk")
app.add_typer(channel.app, name="channel")
app.add_typer(messenger.app, name="messenger")
app.add_typer(zalo.app, name="zalo")
app.add_typer(sim.app, name="sim")
app.add_typer(report.app, name="report")


@app.command()
def serve(
    corpus: Annotated[
        list[Path] | None, typer.Option(help="File or folder of published records; repeatable.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 0,
    no_rasa: Annotated[
        bool, typer.Option("--no-rasa", help="Without Rasa: the app's own dialogue answers.")
    ] = False,
) -> None:
    """Start everything in one process tree; Ctrl-C stops all of it."""
    from bot.gateway.serve import main

    raise typer.Exit(
        main(
            read_settings(corpus=tuple(path.resolve() for path in corpus or ()), host=host, port=port),
            with_rasa=not no_rasa,
        )
    )


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What a person would ask.")],
    area: Area = "",
    version: Annotated[str, typer.Option(help="Ask this version of the knowledge; needs the database.")] = "",
    as_json: Json = False,
) -> None:
    """Ask one question in this process, without a server."""
    from bot.answer.context import Question
    from bot.gateway.wiring import build_answerer

    settings = read_settings()
    asked = Question(question, area=area or settings.default_area, channel="cli")
    if version:
        from bot.gateway import replaying

        reply = replaying.ask(settings, asked, version)
    else:
        reply = build_answerer(settings).answer(asked).model_dump(mode="json", exclude={"context"})
    print_json(reply) if as_json else typer.echo(reply["text"])


@app.command(name="eval")
def evaluate(
    kind: Annotated[
        str, typer.Argument(help="procedures, portal_faq, dialogues, plans, traps, all; or acts.")
    ] = "all",
    files: Annotated[list[Path] | None, typer.Argument(help="JSONL files, or folders of KIND.jsonl.")] = None,
    url: Annotated[str, typer.Option(help="Ask this running server instead of this process.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for cases, figures and configuration.")] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Keep the figures and write the score page (docs/quality.md).")
    ] = False,
    home_only: Annotated[
        bool, typer.Option("--home-only", help="Of --report: this installation's own page alone.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Our own sets beside the stored run; fails when a figure dropped.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure the answers on question files, beside what was measured before."""
    from bot.commands import scores
    from bot.gateway import evaluating

    if kind == "acts":
        scores.acts(files or [], as_json=as_json)
        return
    if check:
        raise typer.Exit(scores.check(read_settings(), store=report, as_json=as_json))
    if report and url:
        raise typer.BadParameter("--report measures this process: leave --url out")
    try:
        if report:
            scores.report(read_settings(), kind, files or [], out=out, home_only=home_only, as_json=as_json)
            return
        chosen = evaluating.files_of(kind, files or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    reports = evaluating.run(read_settings(), chosen, url=url, out=out)
    print_json([made.model_dump() for made in reports]) if as_json else scores.show(reports)


@app.command()
def train(
    what: Annotated[Model, typer.Argument(help="Which model.")],
    if_stale: Annotated[bool, typer.Option(help="Do nothing when nothing changed.")] = False,
    ablate: Annotated[bool, typer.Option(help="Of the ranking: what each column is worth.")] = False,
    measure: Annotated[
        bool, typer.Option(help="Of the embedding: only what it makes of procedures and authors held back.")
    ] = False,
) -> None:
    """Train the dialogue model (Rasa), the vector model, what orders procedures, when one is sure enough, or marks."""
    settings = read_settings()
    if what is Model.RASA:
        from bot.gateway import rasa

        trained = rasa.train(settings, force=not if_stale)
        typer.echo("trained" if trained else "up to date")
    elif what is Model.EMBEDDING:
        from index.training import command

        print_json((command.measure if measure else command.train)(settings.home))
    elif what is Model.MARKS:
        from index import marks

        print_json(marks.train())
    else:
        from bot.gateway.fitting import fit_confidence, fit_ranking

        print_json(
            fit_confidence(settings) if what is Model.CONFIDENCE else fit_ranking(settings, ablate=ablate)
        )


@app.command()
def backup(out: Annotated[Path, typer.Argument(help="The archive to write.")], as_json: Json = False) -> None:
    """Copy the database beside the running desk. Keep DATA_KEYS, or MOTCUA_HOME/data.key, somewhere else."""
    from bot.gateway.backing_up import back_up

    size = back_up(read_settings(), out)
    print_json({"archive": str(out), "bytes": size}) if as_json else typer.echo(f"{size}\t{out}")


@app.command()
def restore(
    archive: Annotated[Path, typer.Argument(help="An archive of `motcua backup`.")], as_json: Json = False
) -> None:
    """Put a backup in place of the database; what was there is renamed and kept. Stop everything first."""
    from bot.gateway.backing_up import restore as put_back

    done = put_back(read_settings(), archive)
    print_json(done._asdict()) if as_json else typer.echo(
        f"{done.tickets} tickets; before: {done.kept_as or 'nothing'}"
    )


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is missing on this machine, and the command that gets it."""
    from bot.gateway import doctor as checks

    found = checks.examine(read_settings())
    print_json([vars(check) for check in found]) if as_json else checks.show(found)
    raise typer.Exit(0 if all(check.ok or not check.required for check in found) else 1)


@app.command()
def version(as_json: Json = False) -> None:
    """The version of this program."""
    from importlib.metadata import version as installed

    print_json({"motcua": installed("motcua")}) if as_json else typer.echo(installed("motcua"))


def main() -> None:
    """Run a command; a failure of ours is one line, not a trace."""
    from knowledge.errors import MotcuaError

    try:
        app()
    except MotcuaError as error:
        typer.secho(f"motcua: {error}", err=True, fg="red")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

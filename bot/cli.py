"""`motcua`: the command line. Heavy imports live inside the commands, so that help is instant.

With `--json` a command prints one JSON document on standard output and nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import knowledge
from bot.commands.options import Area, Json, print_json, read_settings

if TYPE_CHECKING:
    from bot.evaluation.report import Report

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class Model(StrEnum):
    RASA = "rasa"
    EMBEDDING = "embedding"
    CONFIDENCE = "confidence"
    RANKING = "ranking"


desk = typer.Typer(no_args_is_help=True, help="The desk: reports that became tickets.")
app.add_typer(desk, name="desk")

app.add_typer(knowledge.app)


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
        str, typer.Argument(help="procedures, portal_faq, dialogues, plans, traps, or all.")
    ] = "all",
    files: Annotated[list[Path] | None, typer.Argument(help="JSONL files, or folders of KIND.jsonl.")] = None,
    url: Annotated[str, typer.Option(help="Ask this running server instead of this process.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for cases, figures and configuration.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the answers on question files, beside what was measured before."""
    from bot.gateway import evaluating

    try:
        chosen = evaluating.files_of(kind, files or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    reports = evaluating.run(read_settings(), chosen, url=url, out=out)
    print_json([report.model_dump() for report in reports]) if as_json else _show_reports(reports)


def _show_reports(reports: list[Report]) -> None:
    from rich.table import Table

    from bot.evaluation.report import rows
    from bot.gateway.terminal import table_console

    for report in reports:
        head, *body = rows(report)
        table = Table()
        for name in head:
            table.add_column(name, overflow="fold")
        for row in body:
            table.add_row(*row)
        table_console().print(table)
        typer.echo(f"milliseconds a question: {report.latency}")


@app.command()
def train(
    what: Annotated[Model, typer.Argument(help="Which model.")],
    if_stale: Annotated[bool, typer.Option(help="Do nothing when nothing changed.")] = False,
    ablate: Annotated[bool, typer.Option(help="Of the ranking: what each column is worth.")] = False,
) -> None:
    """Train the dialogue model (Rasa), the vector model, what orders procedures, or when one is sure enough."""
    settings = read_settings()
    if what is Model.RASA:
        from bot.gateway import rasa

        trained = rasa.train(settings, force=not if_stale)
        typer.echo("trained" if trained else "up to date")
    elif what is Model.EMBEDDING:
        from index.training.command import train

        print_json(train(settings.home))
    else:
        from bot.gateway.fitting import fit_confidence, fit_ranking

        print_json(
            fit_confidence(settings) if what is Model.CONFIDENCE else fit_ranking(settings, ablate=ablate)
        )


@desk.command("list")
def desk_list(
    state: Annotated[str, typer.Option(help="Only tickets in this state.")] = "",
    area: Area = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: Json = False,
) -> None:
    """The newest tickets."""
    from bot.gateway.desk_list import rows, show

    found = rows(read_settings(), state=state, area=area, limit=limit)
    print_json(found) if as_json else show(found)


desk_user = typer.Typer(no_args_is_help=True, help="Accounts of the staff pages.")
desk.add_typer(desk_user, name="user")
Login = Annotated[str, typer.Argument(help="Small letters, digits, dots and dashes.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make the password here and print it once.")]


class StaffRole(StrEnum):
    CONTENT = "content"
    DESK = "desk"
    ADMIN = "admin"


@desk_user.command("add")
def desk_user_add(
    login: Login,
    name: Annotated[str, typer.Option(help="The person's name, as colleagues read it.")],
    role: Annotated[list[StaffRole], typer.Option(help="What they may do; repeatable.")],
    area: Area = "",
    generate: Generate = False,
    as_json: Json = False,
) -> None:
    """Make an account. The password is asked for, or read from standard input."""
    from bot.gateway import desk_users
    from desk.staff import Role

    roles = [Role(one) for one in role]
    made = desk_users.add(read_settings(), login, name=name, roles=roles, area=area, generate=generate)
    print_json(made) if as_json else desk_users.show([made])


@desk_user.command("list")
def desk_user_list(as_json: Json = False) -> None:
    """Every account."""
    from bot.gateway import desk_users

    found = desk_users.rows(read_settings())
    print_json(found) if as_json else desk_users.show(found)


@desk_user.command("disable")
def desk_user_disable(
    login: Login, enable: Annotated[bool, typer.Option("--enable", help="Let the account in again.")] = False
) -> None:
    """Close an account: it cannot sign in, and its sessions end at once."""
    from bot.gateway import desk_users

    desk_users.set_active(read_settings(), login, active=enable)


@desk_user.command("password")
def desk_user_password(login: Login, generate: Generate = False, as_json: Json = False) -> None:
    """Set a password; every session of the account ends."""
    from bot.gateway import desk_users

    done = desk_users.change_password(read_settings(), login, generate=generate)
    print_json(done) if as_json else typer.echo("\t".join(str(value) for value in done.values()))


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

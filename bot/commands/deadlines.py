"""`motcua desk deadline …`: by when units answer, as their documents say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from bot.commands.options import Json, print_json, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk.deadlines import Rule

app = typer.Typer(no_args_is_help=True, help="By when units answer reports.")
ACTOR = "motcua"  # in the audit: the command line, which has no account of its own


@app.command("add")
def add(
    basis: Annotated[str, typer.Option(help="Number and article of the document that sets it.")],
    unit: Annotated[str, typer.Option(help="Id of the unit; without it every unit of the area.")] = "",
    area: Annotated[str, typer.Option(help="Area, such as lam-dong/bac-binh; without it every one.")] = "",
    category: Annotated[str, typer.Option(help="Id of the category; without it every one.")] = "",
    days: Annotated[int, typer.Option(min=0, help="Working days, the first being the day after.")] = 0,
    hours: Annotated[float, typer.Option(min=0, help="Working hours, instead of days.")] = 0,
    warn: Annotated[
        float, typer.Option(min=0, help="Working hours before the end: a word to the official.")
    ] = 0,
    escalate: Annotated[
        float, typer.Option(min=-1, help="Working hours after the end: to the unit's head; -1 never.")
    ] = -1,
    since: Annotated[str, typer.Option(help="First day, such as 2026-12-01; without it today.")] = "",
    until: Annotated[str, typer.Option(help="Last day; without it open.")] = "",
    as_json: Json = False,
) -> None:
    """Set a deadline for reports that come from now on."""
    from bot.gateway.desk_users import with_database
    from desk import deadlines_set

    rule = deadlines_set.checked(
        {
            "unit_id": unit,
            "area": area,
            "category": category,
            "working_days": days or None,
            "working_hours": str(hours) if hours else None,
            "warn_hours": str(warn),
            "escalate_hours": None if escalate < 0 else str(escalate),
            "basis": basis,
            "valid_from": since or _today(),
            "valid_to": until or None,
        }
    )
    _tell(
        [with_database(read_settings(), lambda conn: deadlines_set.add(conn, rule, actor=ACTOR, now=_now()))],
        as_json=as_json,
    )


@app.command("load")
def load(
    path: Annotated[Path, typer.Argument(help="YAML: a list of deadlines; see the runbook.")],
    as_json: Json = False,
) -> None:
    """Set every deadline of a file, or none; what is set already stays as it is."""
    from bot.gateway.desk_users import with_database
    from desk import deadlines_set

    made = with_database(
        read_settings(), lambda conn: deadlines_set.load(conn, path, actor=ACTOR, now=_now())
    )
    _tell(made, as_json=as_json)


@app.command("list")
def show_all(
    on: Annotated[str, typer.Option(help="In force on this day.")] = "", as_json: Json = False
) -> None:
    """Every deadline that was set."""
    from bot.gateway.desk_users import with_database
    from desk import deadlines

    day = _day(on) if on else None
    _tell(with_database(read_settings(), lambda conn: deadlines.rules(conn, on=day)), as_json=as_json)


@app.command("end")
def end(
    rule: Annotated[UUID, typer.Argument(help="Id, as `list` shows it.")],
    last: Annotated[str, typer.Option(help="Last day on which it counts; without it today.")] = "",
    as_json: Json = False,
) -> None:
    """Let a deadline end; reports that run by it run on."""
    from bot.gateway.desk_users import with_database
    from desk import deadlines_set

    day = _day(last or _today())
    _tell(
        [
            with_database(
                read_settings(),
                lambda conn: deadlines_set.end(conn, rule, last=day, actor=ACTOR, now=_now()),
            )
        ],
        as_json=as_json,
    )


@app.command("apology")
def apology(
    code: Annotated[str, typer.Argument(help="Code of the ticket, such as PA-2026-000001.")],
    out: Annotated[Path, typer.Option(help="Folder for the Word file.")] = Path(),
    days: Annotated[int, typer.Option(min=0, help="Working days asked for; 0 is as long again.")] = 0,
    as_json: Json = False,
) -> None:
    """Draft the letter that says sorry for a late answer; the ticket itself is not changed."""
    from bot.gateway.desk_users import with_database
    from desk import apology, service
    from desk.database import Conn

    async def draft(conn: Conn) -> apology.Letter:
        ticket = await service.get(conn, code=code)
        made = await apology.draft(conn, ticket, now=_now(), days=days or None)
        await apology.drafted(conn, ticket, actor=ACTOR, now=_now())
        return made

    letter = with_database(read_settings(), draft)
    path = out / letter.name
    path.write_bytes(letter.content)
    told = {"path": str(path), "until": letter.until.isoformat()}
    print_json(told) if as_json else typer.echo(f"{told['path']}: new date {told['until']}")


def _tell(found: Sequence[Rule], *, as_json: bool) -> None:
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    from rich.table import Table

    from bot.gateway.terminal import table_console

    table = Table("id", "unit", "area", "category", "time", "warn", "escalate", "from", "to", "basis")
    for one in found:
        time = f"{one.working_days} days" if one.working_days else f"{one.working_hours} h"
        escalate = "never" if one.escalate_hours is None else f"{one.escalate_hours} h after"
        table.add_row(
            str(one.id), one.unit_id, one.area, one.category, time, f"{one.warn_hours} h before", escalate,
            str(one.valid_from), str(one.valid_to or ""), one.basis,
        )  # fmt: skip
    table_console().print(table)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said!r} is no day: say it as 2026-12-31") from None


def _now() -> datetime:
    return datetime.now(UTC)


def _today() -> str:
    from desk.calendar import LOCAL_TIME

    return _now().astimezone(LOCAL_TIME).date().isoformat()

"""`motcua report …`: an office's report on a period, as a file or as JSON; and the list of unanswered questions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.options import Area, Json, print_json, read_settings

app = typer.Typer(invoke_without_command=True, help="An office's report on a period.")


@app.callback()
def report(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="2026-11, 2026-Q4, 2026-H1 or 2026.")] = "",
    first_day: Annotated[
        int, typer.Option(min=1, max=28, help="15: it begins on the 15th of the month before.")
    ] = 1,
    area: Area = "",
    unit: Annotated[str, typer.Option(help="Id of a unit.")] = "",
    category: Annotated[str, typer.Option(help="Id of a category.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to write it: FILE.docx or FILE.xlsx.")] = None,
    as_json: Json = False,
) -> None:
    """The numbers of a period, counted from the register."""
    if context.invoked_subcommand:
        return
    if not period or not (out or as_json):
        raise typer.BadParameter("say --period, and --out FILE.docx, --out FILE.xlsx or --json")
    from bot.gateway import reporting
    from bot.gateway.desk_users import with_database
    from desk import report_docx, report_xlsx
    from desk.report_period import Period
    from desk.reports import Scope

    writers = {".docx": report_docx, ".xlsx": report_xlsx}
    if out and out.suffix.lower() not in writers:
        raise typer.BadParameter(f"{out}: a report is written as .docx or .xlsx")
    asked, scope = Period.parse(period, first_day=first_day), Scope(area=area, unit=unit, category=category)
    made = with_database(
        read_settings(), lambda conn: reporting.whole(conn, asked, scope, now=datetime.now(UTC))
    )
    if out:
        out.write_bytes(writers[out.suffix.lower()].written(made))
    print_json(reporting.as_json(made)) if as_json else typer.echo(str(out))


@app.command()
def unanswered(as_json: Json = False) -> None:
    """Put new questions without an answer onto the units' work lists; also done every night."""
    from bot.gateway import reporting
    from bot.gateway.desk_users import with_database

    settings = read_settings()
    found = with_database(
        settings, lambda conn: reporting.collect_here(conn, settings, now=datetime.now(UTC))
    )
    print_json({"questions": found}) if as_json else typer.echo(f"{found} new questions")

"""What `motcua eval` prints: tables of figures, the files of a report, the findings of a check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.commands.options import print_json

if TYPE_CHECKING:
    from bot.evaluation.report import Report
    from bot.gateway.checking import Checked
    from bot.gateway.settings import Settings


def show(reports: Sequence[Report]) -> None:
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


def report(
    settings: Settings,
    kind: str,
    files: Sequence[Path],
    *,
    out: Path | None,
    home_only: bool,
    as_json: bool,
) -> None:
    """Measure sets, keep the figures, write the page.

    Raises:
        ValueError: for an unknown kind, or when there is no file of questions.
    """
    from bot.gateway import scoring

    sets = scoring.sets_of(kind, files)
    reports, written = scoring.report(settings, sets, out=out, docs=None if home_only else scoring.DOCS)
    if as_json:
        print_json(
            {"written": [str(path) for path in written], "reports": [made.model_dump() for made in reports]}
        )
        return
    show(reports)
    for path in written:
        typer.echo(f"written: {path}")


def check(settings: Settings, *, store: bool, as_json: bool) -> int:
    """0 when no figure dropped by more than its interval, else 1. Storing, every size is run that can be built."""
    from bot.gateway import checking

    sizes = checking.sizes_here() if store else [checking.size_here()]
    found = [checking.check_here(settings, size=size, store=store) for size in sizes]
    if as_json:
        print_json([_as_json(one) for one in found])
    else:
        typer.echo("\n".join(line for one in found for line in lines(one)))
    return 0 if all(one.good for one in found) else 1


def _as_json(found: Checked) -> dict[str, object]:
    told = {"drops": [str(drop) for drop in found.drops], "stale": found.stale, "seconds": found.seconds}
    return {"good": found.good, "size": found.size, **told, "figures": found.run.model_dump()}


def lines(found: Checked) -> list[str]:
    """What a check found, in words."""
    spent = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in found.seconds.items())
    head = f"{found.size}: {found.run.records} procedures; {spent}"
    if not found.compared:
        return [head, "no stored run of this size: keep this one with `motcua eval --check --report`"]
    if found.stale:
        return [head, "the questions changed since the stored run: look at the figures, then"
                " keep them with `motcua eval --check --report`"]  # fmt: skip
    if found.drops:
        return [head, "dropped by more than the interval:", *(f"  {drop}" for drop in found.drops)]
    return [head, "no figure dropped by more than its interval"]


def acts(folders: Sequence[Path], *, as_json: bool) -> None:
    """Dialogue acts: cross-validated, on other people's lines, out of the domain. Default: our own sets."""
    from rich.table import Table

    from bot.evaluation.acts import measure
    from bot.gateway import scoring
    from bot.gateway.settings import ROOT
    from bot.gateway.terminal import table_console

    rows = measure(ROOT / "bot" / "nlu", list(folders) or scoring.own_folders())
    if as_json:
        print_json(
            [{"name": row.name.strip(), **row.right.model_dump(), "mistakes": row.mistakes} for row in rows]
        )
        return
    table = Table("", "right", "taken for")
    for row in rows:
        table.add_row(row.name, str(row.right), row.mistakes)
    table_console().print(table)

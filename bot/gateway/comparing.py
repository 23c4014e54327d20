"""`motcua diff`: two versions beside each other, and which saved questions lean on what changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.gateway import publishing
from bot.gateway.settings import ROOT, Settings
from knowledge.diff import Amended, Difference, Doubted, Entry, SavedQuestion, compare
from knowledge.packs_loader import load_questions

QUESTION_FILES = ROOT / "tests" / "evaluation" / "data"
SHOWN = 20  # of each list, unless all are asked for


def diff(
    settings: Settings, before: str = "", after: str = "", *, questions: Sequence[Path] = (QUESTION_FILES,)
) -> Difference:
    """What changes from one version (the one that serves) to another (the one staged last).

    Raises:
        UnknownVersion: there is no such version, or nothing is staged.
    """
    with publishing.open_store(settings) as store:
        now = publishing.state_of(store)
        old = store.find(before).name if before else now.serving
        new = store.find(after or now.staged).name
        return compare(store, old, new, questions=[*_bank(), *_saved(questions)])


def _bank() -> Iterator[SavedQuestion]:
    """What the index is told that people ask."""
    for code, (_, questions) in load_questions().items():
        yield from (SavedQuestion(text, keys=(code,)) for text in questions)


def _saved(paths: Iterable[Path]) -> Iterator[SavedQuestion]:
    """Questions kept for measuring; a folder stands for the `.jsonl` files in it."""
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                yield from _questions(json.loads(line), f"{file.stem}:{number}") if line.strip() else ()


def _questions(row: dict[str, object], place: str) -> Iterator[SavedQuestion]:
    turns = row.get("turns")
    for turn in turns if isinstance(turns, list) else [row]:
        codes = turn.get("codes")
        keys = tuple(map(str, codes)) if isinstance(codes, list) else ()
        if turn.get("q") and (keys or turn.get("area")):
            yield SavedQuestion(
                str(turn["q"]),
                keys,
                str(turn.get("area", "")),
                str(turn.get("aspect", "")),
                str(row.get("id") or place),
            )


def show(found: Difference, *, everything: bool = False) -> None:
    """For a terminal: what costs people most comes first."""
    limit = 10**9 if everything else SHOWN
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{found.before or 'nothing'} → {found.after}[/bold]")
    if not found:
        console.print(f"Nothing changes for people ({found.reread} record(s) read anew).")
        return
    _list(console, "Amended", [_amended(row) for row in found.amended], limit)
    _list(console, "Added", [_entry(row) for row in found.added], limit)
    _list(console, "Removed", [_entry(row) for row in found.removed], limit)
    _list(console, "No longer in force", [_entry(row) for row in found.ended], limit)
    _list(console, "Newly doubtful", [_doubted(row) for row in found.newly_doubtful], limit)
    _list(console, "No longer doubtful", [_doubted(row) for row in found.no_longer_doubtful], limit)
    asked = [f"{escape(row.question)}  [dim]{escape(f'{row.key} {row.id}')}[/dim]" for row in found.questions]
    _list(console, "Saved questions that lean on these", asked, limit)


def _list(console: Console, title: str, rows: list[str], limit: int) -> None:
    if not rows:
        return
    console.print(f"\n[bold]{title}: {len(rows)}[/bold]")
    for row in rows[:limit]:
        console.print(f"  {row}")
    if rows[limit:]:
        console.print(f"  [dim]… and {len(rows) - limit} more (--all)[/dim]")


def _amended(row: Amended) -> str:
    lines = [
        f"    {escape(change.field)}: [red]{escape(change.before or '—')}[/red]"
        f" → [green]{escape(change.after or '—')}[/green]"
        for change in row.changes[:8]
    ]
    more = [f"    [dim]… and {len(row.changes) - 8} more values[/dim]"] if row.changes[8:] else []
    answers = f"[dim]answers: {', '.join(row.aspects)}[/dim]"
    return "\n".join([f"{escape(row.key)}  {escape(row.title)}  {answers}", *lines, *more])


def _entry(row: Entry) -> str:
    return f"{escape(row.key)}  {escape(row.title)}" + (
        f"  [dim]{escape(row.note)}[/dim]" if row.note else ""
    )


def _doubted(row: Doubted) -> str:
    return f"{escape(row.key)}  {escape(row.field)}: {escape(row.reason)}"

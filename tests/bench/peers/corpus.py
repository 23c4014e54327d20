"""The records every peer gets: those that our own search may answer with anywhere today, one a code."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from bot.answer.context import vietnam_now
from bot.gateway import publishing
from bot.gateway.settings import Settings
from index.passages import procedure_text
from index.rows_file import load_rows
from index.snapshot import current, read_records
from index.standing import Standing
from knowledge.corpus import Wordings
from knowledge.documents import Procedure
from knowledge.errors import SnapshotError
from knowledge.packs_loader import load_questions
from tests.bench.peers.protocol import Text

NOTE = "bench-seconds"


def serve_from(home: Path, corpus: Sequence[Path]) -> None:
    """Read and publish into a home of the bench's own, unless that is done and nothing changed since."""
    settings = Settings(motcua_home=home)
    if not publishing.is_current(settings):
        fresh, began = current(home) is None, time.process_time()
        publishing.take_in(settings, corpus, actor="bench-peers")
        publishing.publish(settings, actor="bench-peers")
        if fresh:
            note(home, time.process_time() - began)


def note(home: Path, seconds: float) -> None:
    """How long the processor worked for the first index of a home: a later one takes over what did not change."""
    (home / NOTE).write_text(f"{seconds:.1f}\n", encoding="utf-8")


def noted(home: Path) -> float | None:
    return float((home / NOTE).read_text("utf-8")) if (home / NOTE).is_file() else None


def texts_of(home: Path) -> list[Text]:
    """With the wordings of the bank; a peer that goes without gets them taken out.

    Raises:
        SnapshotError: nothing is published there.
    """
    folder = current(home)
    if folder is None:
        raise SnapshotError(f"{home}: nothing is published there")
    rows = load_rows(folder / "procedures" / "rows.jsonl")
    allowed = Standing(rows).mask("", vietnam_now().date(), None)
    records, said = read_records(folder), load_questions()
    found = [records.get("procedure", row["key"]) for row, may in zip(rows, allowed, strict=True) if may]
    return [_text(record, said) for record in found if isinstance(record, Procedure)]


def _text(record: Procedure, said: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> Text:
    made = procedure_text(record, Wordings(*said.get(record.code, ((), ()))))
    return Text(record.code, made.title, made.body, made.wordings, record.key)

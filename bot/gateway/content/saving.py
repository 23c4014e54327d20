"""Keeping people's word: corrections and signatures, through `knowledge.reviews` on a connection of its own.

Those functions block; each runs in a thread, so that nobody's answer waits for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bot.gateway.content.record_view import Published, overlaid
from desk.database import storable
from knowledge import reviews
from knowledge.corrections import Correction, value_at
from knowledge.errors import BadRecord
from knowledge.reviews import Review
from knowledge.store import Connection, connect

T = TypeVar("T")


class NotSaved(Exception):  # a person's word that cannot be kept as it is
    """`code` is the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Word:
    """A value somebody set, and the value they saw when they did."""

    field: str
    seen: Any
    after: Any
    reason: str
    actor: str


def mark(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """A short name of a value, to tell whether it is still the one that was seen."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


async def on_connection(dsn: str, work: Callable[[Connection], T]) -> T:
    """Run blocking work over an own connection, in a thread."""

    def in_thread() -> T:
        with connect(dsn) as conn:
            return work(conn)

    return await asyncio.to_thread(in_thread)


async def corrections_of(dsn: str, kind: str, key: str) -> tuple[list[Correction], list[Review]]:
    """What people said of a record: corrections that hold, and signatures, the newest first."""
    return await on_connection(
        dsn,
        lambda conn: (
            reviews.list_corrections(conn, kind=kind, key=key),
            reviews.list_reviews(conn, kind=kind, key=key),
        ),
    )


async def correct(dsn: str, record: Published, word: Word, *, now: datetime) -> None:
    """Keep a correction of a staged record. Setting a value back to the source's takes the correction back.

    Raises:
        NotSaved: nothing changes by it, the field is not there, the record would not be valid, or somebody
            else changed the field meanwhile.
    """
    try:
        await on_connection(dsn, lambda conn: _correct(conn, record, word, now))
    except BadRecord as error:
        raise NotSaved("not_valid") from error


def _correct(conn: Connection, record: Published, word: Word, now: datetime) -> None:
    with conn.transaction():
        # One at a time for a record: what was seen is compared with what holds now.
        conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", (f"{record.kind} {record.key}",)
        )
        held = reviews.list_corrections(conn, kind=record.kind, key=record.key)
        current = overlaid(record, held)
        try:
            today = value_at(current, word.field)
        except BadRecord as error:
            raise NotSaved("gone") from error
        if today != word.seen:
            raise NotSaved("changed_meanwhile")
        if today == word.after:
            raise NotSaved("unchanged")
        mine = next((one for one in held if one.field == word.field), None)
        if mine is not None and mine.before == word.after:
            reviews.withdraw_correction(conn, mine.id, actor=word.actor, now=now)
            return
        reviews.save_correction(
            conn, current, field=word.field, after=storable(word.after), actor=word.actor,
            reason=storable(word.reason), now=now,
        )  # fmt: skip


async def withdraw(dsn: str, correction_id: str, *, actor: str, now: datetime) -> bool:
    """Take a correction back; False when somebody did before."""
    return await on_connection(
        dsn, lambda conn: reviews.withdraw_correction(conn, correction_id, actor=actor, now=now)
    )


async def sign(dsn: str, review: Review) -> None:
    """Keep a signature under a doubt or a page."""
    await on_connection(dsn, lambda conn: reviews.save_review(conn, review))

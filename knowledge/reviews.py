"""Where people's word on content is kept: corrections of values, and signatures under doubts and pages.

Every change leaves a row in `audit`: who, when, what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from knowledge.corrections import Correction, corrected, value_at
from knowledge.documents import Plan, Procedure
from knowledge.errors import BadRecord
from knowledge.store import Connection

_COLUMNS = "id::text, kind, key, field, before, after, reason, actor, at"


@dataclass(frozen=True)
class Review:
    """A doubt (`field`) or a page that somebody signed; it holds for exactly what was signed."""

    kind: str  # procedure, plan, page
    key: str
    field: str
    content_sha256: str
    verdict: str  # correct, unreadable, wrong
    note: str
    actor: str
    at: datetime
    id: str = ""


def list_corrections(conn: Connection, *, kind: str = "", key: str = "") -> list[Correction]:
    """Those that hold, the oldest first; of one record when it is named."""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM corrections WHERE withdrawn_at IS NULL"  # noqa: S608  # our constant
        " AND (%(kind)s = '' OR kind = %(kind)s) AND (%(key)s = '' OR key = %(key)s) ORDER BY at, id",
        {"kind": kind, "key": key},
    )
    return [Correction(**row) for row in rows]


def save_correction(
    conn: Connection,
    record: Procedure | Plan,
    *,
    field: str,
    after: Any,  # noqa: ANN401  # any JSON value
    actor: str,
    reason: str = "",
    now: datetime,
) -> Correction:
    """Keep a person's word on one value of a record as it is staged. It holds from the next staging on.

    A second correction of the same value takes the place of the first and remembers the same source.

    Raises:
        BadRecord: there is no such field, or the record would not be valid.
    """
    with conn.transaction():
        row = conn.execute(
            "UPDATE corrections SET withdrawn_by = %s, withdrawn_at = %s"
            " WHERE kind = %s AND key = %s AND field = %s AND withdrawn_at IS NULL RETURNING before",
            (actor, now, record.kind, record.key, field),
        ).fetchone()
        before = row["before"] if row else value_at(record, field)
        made = Correction(
            record.kind, record.key, field, before, after, actor, now, reason=reason, id=str(uuid4())
        )
        if after == value_at(record, field):
            raise BadRecord(f"{field}: this is what the record says already")
        corrected(record, made)
        conn.execute(
            "INSERT INTO corrections (id, kind, key, field, before, after, reason, actor, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (made.id, made.kind, made.key, field, Jsonb(before), Jsonb(after), reason, actor, now),
        )
        _audit(conn, now, actor, action="correct", kind=record.kind, key=record.key,
               details={"field": field, "before": before, "after": after, "reason": reason})  # fmt: skip
    return made


def withdraw_correction(conn: Connection, correction_id: UUID | str, *, actor: str, now: datetime) -> bool:
    """Take a correction back; False when it does not hold any more. The source's word counts again."""
    with conn.transaction():
        row = conn.execute(
            "UPDATE corrections SET withdrawn_by = %s, withdrawn_at = %s"
            " WHERE id = %s AND withdrawn_at IS NULL RETURNING kind, key, field, before, after",
            (actor, now, correction_id),
        ).fetchone()
        if row is not None:
            details = {name: row[name] for name in ("field", "before", "after")}
            _audit(
                conn,
                now,
                actor,
                action="withdraw correction",
                kind=row["kind"],
                key=row["key"],
                details=details,
            )
    return row is not None


def save_review(conn: Connection, review: Review) -> Review:
    """Keep a signature; the newest under one content counts."""
    made = Review(**{**vars(review), "id": review.id or str(uuid4())})
    with conn.transaction():
        conn.execute(
            "INSERT INTO content_reviews (id, kind, key, field, content_sha256, verdict, note, actor, at)"
            " VALUES (%(id)s, %(kind)s, %(key)s, %(field)s, %(content_sha256)s, %(verdict)s, %(note)s,"
            " %(actor)s, %(at)s)",
            vars(made),
        )
        _audit(conn, made.at, made.actor, action="sign", kind=made.kind, key=made.key,
               details={"field": made.field, "verdict": made.verdict, "note": made.note})  # fmt: skip
    return made


def list_reviews(conn: Connection, *, kind: str = "", key: str = "") -> list[Review]:
    """All signatures, the newest first; of one record or page when it is named."""
    rows = conn.execute(
        "SELECT id::text, kind, key, field, content_sha256, verdict, note, actor, at FROM content_reviews"
        " WHERE (%(kind)s = '' OR kind = %(kind)s) AND (%(key)s = '' OR key = %(key)s) ORDER BY at DESC, id",
        {"kind": kind, "key": key},
    )
    return [Review(**row) for row in rows]


def _audit(
    conn: Connection, at: datetime, actor: str, *, action: str, kind: str, key: str, details: dict[str, Any]
) -> None:
    conn.execute(
        "INSERT INTO audit (at, actor, action, object_kind, object_id, details) VALUES (%s, %s, %s, %s, %s, %s)",
        (at, actor, action, kind, key, Jsonb(details)),
    )

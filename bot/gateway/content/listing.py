"""The rows the desk lists, taken out of a version's records once (content_records, content_doubts)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from desk.database import Conn, Pool
from knowledge.text.diacritics import fold

BATCH = 500  # records of up to a few hundred kilobytes each


async def prepare(pool: Pool, version: int) -> int:
    """Make the rows of a version's records that have none yet; how many records were new.

    Safe from many processes: a row made twice is the same row.
    """
    made = 0
    async with pool.connection() as conn:
        missing = await _missing(conn, version)
        for start in range(0, len(missing), BATCH):
            made += await _make(conn, missing[start : start + BATCH])
        if made:
            await conn.execute("ANALYZE content_records")
            await conn.execute("ANALYZE content_doubts")
    return made


async def _missing(conn: Conn, version: int) -> list[str]:
    cursor = await conn.execute(
        "SELECT v.record_sha256 FROM knowledge_version_records v WHERE v.version = %s AND NOT EXISTS"
        " (SELECT 1 FROM content_records c WHERE c.record_sha256 = v.record_sha256)",
        (version,),
    )
    return [row["record_sha256"] for row in await cursor.fetchall()]


async def _make(conn: Conn, hashes: list[str]) -> int:
    cursor = await conn.execute(
        "SELECT sha256, kind, key, body FROM knowledge_records WHERE sha256 = ANY(%s)", (hashes,)
    )
    rows = await cursor.fetchall()
    await conn.cursor().executemany(
        "INSERT INTO content_records (record_sha256, title, area, subject, validity, hows, folded)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [_summary(row["sha256"], key=row["key"], body=row["body"]) for row in rows],
    )
    await conn.cursor().executemany(
        "INSERT INTO content_doubts (record_sha256, position, field, part, reason, raw, page, content_sha256)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [doubt for row in rows for doubt in _doubts(row["sha256"], row["body"])],
    )
    return len(rows)


def _summary(sha: str, *, key: str, body: dict[str, Any]) -> tuple[object, ...]:
    title = body.get("title", "")
    hows = [channel["how"] for channel in body.get("channels", ())]
    validity = body.get("validity", {}).get("state", "unknown")
    subject = body.get("field") or body.get("issuer") or ""
    return sha, title, body.get("area", ""), subject, validity, hows, folded(f"{key} {title}")


def _doubts(sha: str, body: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for position, doubt in enumerate(body.get("doubts", ())):
        field, raw = doubt["field"], doubt.get("raw", "")
        yield (
            sha, position, field, part_of(field), doubt["reason"], raw, doubt.get("page"), doubt_hash(doubt),
        )  # fmt: skip


def part_of(field: str) -> str:
    """What a doubt is about: the last name of its path that is no place in a list."""
    names = [name for name in field.split(".") if not name.isdigit()]
    return names[-1] if names else field


def doubt_hash(doubt: dict[str, Any]) -> str:
    """What a signature under a doubt holds for."""
    said = [doubt["field"], doubt["reason"], doubt.get("raw", ""), doubt.get("page")]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def page_hash(text: str) -> str:
    """What a signature under a page holds for."""
    return hashlib.sha256(text.encode()).hexdigest()


def folded(text: str) -> str:
    """Small letters without marks, one space between words: what a search field compares."""
    return " ".join(fold(text).lower().split())

"""What the content desk reads from PostgreSQL. Paging and counting are done there."""

# ruff: noqa: S608  # every piece put together here is a constant of ours; what people typed is always a parameter

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.gateway.content.listing import folded
from desk.database import Conn

PER_PAGE = 50
POOR = 0.7  # below this share of Vietnamese a page is shown as hard to read
Row = dict[str, Any]
State = Literal["open", "corrected", "signed", ""]


@dataclass(frozen=True)
class Standing:
    """Which version serves and which was staged last; numbers are 0 before the first."""

    serving: str = ""
    serving_number: int = 0
    published_at: datetime | None = None
    published_by: str = ""
    staged: str = ""
    staged_number: int = 0
    staged_at: datetime | None = None
    staged_by: str = ""
    counts: dict[str, int] | None = None


async def standing(conn: Conn) -> Standing:
    serving = await _one(
        conn,
        "SELECT v.name, v.number, p.at, p.actor FROM knowledge_publications p"
        " JOIN knowledge_versions v ON v.number = p.version ORDER BY p.id DESC LIMIT 1",
    )
    staged = await _one(
        conn,
        "SELECT v.name, v.number, s.at, s.actor, v.counts FROM knowledge_stagings s"
        " JOIN knowledge_versions v ON v.number = s.version ORDER BY s.id DESC LIMIT 1",
    )
    return Standing(
        serving=serving.get("name", ""),
        serving_number=serving.get("number", 0),
        published_at=serving.get("at"),
        published_by=serving.get("actor", ""),
        staged=staged.get("name", ""),
        staged_number=staged.get("number", 0),
        staged_at=staged.get("at"),
        staged_by=staged.get("actor", ""),
        counts=staged.get("counts"),
    )


# ------------------------------------------------------------------ doubts

# Whether a correction that holds answers a doubt of its record. Parsers name a channel by how it works, a
# correction by its place: `channels.2.fees` answers `channels.online.fees`, and the `channels.fees` of all.
_CORRECTED = """EXISTS (
    SELECT 1 FROM corrections c WHERE c.withdrawn_at IS NULL AND c.kind = v.kind AND c.key = v.key AND (
        d.field = c.field OR starts_with(d.field, c.field || '.')
        OR d.field = 'channels.' || substring(c.field from '^channels[.][0-9]+[.](.+)$')
        OR d.field = 'channels.' || r.hows[1 + substring(c.field from '^channels[.]([0-9]+)[.]')::int]
            || '.' || substring(c.field from '^channels[.][0-9]+[.](.+)$')))"""
_VERDICT = """(
    SELECT w.verdict FROM content_reviews w
    WHERE w.kind = v.kind AND w.key = v.key AND w.field = d.field AND w.content_sha256 = d.content_sha256
    ORDER BY w.at DESC LIMIT 1)"""
_DOUBTS = f"""
    SELECT v.kind, v.key, r.title, r.area, d.position, d.field, d.part, d.reason, d.raw, d.page,
        d.content_sha256, {_CORRECTED} AS corrected, {_VERDICT} AS verdict
    FROM knowledge_version_records v
    JOIN content_records r ON r.record_sha256 = v.record_sha256
    JOIN content_doubts d ON d.record_sha256 = v.record_sha256
    WHERE v.version = %(version)s"""
_STATES = {
    "open": "NOT corrected AND coalesce(verdict, 'wrong') = 'wrong'",
    "corrected": "corrected",
    "signed": "NOT corrected AND verdict IN ('correct', 'unreadable')",
    "": "true",
}
_FILTERS = {
    "part": "part = %(part)s",
    "reason": "reason = %(reason)s",
    "area": "(area = %(area)s OR starts_with(area, %(area)s || '/'))",
    "text": "folded LIKE %(text)s",
}


@dataclass(frozen=True)
class Wanted:
    """What the list of doubts is narrowed to; empty is everything."""

    part: str = ""
    reason: str = ""
    area: str = ""  # "-" is national records
    text: str = ""
    state: State = "open"

    def values(self) -> Row:
        return {"part": self.part, "reason": self.reason, "area": self.area, "text": like(self.text)}


def like(text: str) -> str:
    """A LIKE pattern of what was typed, its own signs taken literally."""
    plain = folded(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def _where(wanted: Wanted) -> str:
    named = {"part": wanted.part, "reason": wanted.reason, "text": wanted.text.strip()}
    found = [_FILTERS[name] for name, value in named.items() if value]
    if wanted.area:
        found.append("area = ''" if wanted.area == "-" else _FILTERS["area"])
    return " AND ".join([_STATES[wanted.state], *found])


async def doubts(conn: Conn, *, version: int, wanted: Wanted, page: int) -> tuple[list[Row], int]:
    """One page of doubts in the order of their records, and how many there are in all."""
    found = f"WITH found AS ({_DOUBTS.replace('r.area,', 'r.area, r.folded,')})"
    where = _where(wanted)
    values = {**wanted.values(), "version": version, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    total = await _one(conn, f"{found} SELECT count(*) AS n FROM found WHERE {where}", values)
    rows = await every(
        conn,
        f"{found} SELECT * FROM found WHERE {where} ORDER BY kind DESC, key, position"
        " LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return rows, int(total["n"])


async def doubt_totals(conn: Conn, version: int) -> list[Row]:
    """How many doubts are open, corrected and signed, by part and reason, the most open first."""
    return await every(
        conn,
        f"SELECT part, reason, count(*) AS n, count(*) FILTER (WHERE {_STATES['open']}) AS open,"
        f" count(*) FILTER (WHERE {_STATES['corrected']}) AS corrected,"
        f" count(*) FILTER (WHERE {_STATES['signed']}) AS signed"
        f" FROM ({_DOUBTS}) found GROUP BY part, reason ORDER BY open DESC, part, reason",
        {"version": version},
    )


async def areas(conn: Conn, version: int) -> list[str]:
    rows = await every(
        conn,
        "SELECT DISTINCT r.area FROM knowledge_version_records v"
        " JOIN content_records r ON r.record_sha256 = v.record_sha256 WHERE v.version = %(version)s"
        " ORDER BY r.area",
        {"version": version},
    )
    return [row["area"] for row in rows]


async def records(conn: Conn, *, version: int, text: str, page: int) -> tuple[list[Row], int]:
    """Records by key and title, doubtful or not: whoever finds a mistake must reach its record."""
    values = {"version": version, "text": like(text), "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    base = (
        " FROM knowledge_version_records v JOIN content_records r ON r.record_sha256 = v.record_sha256"
        " WHERE v.version = %(version)s AND r.folded LIKE %(text)s"
    )
    total = await _one(conn, f"SELECT count(*) AS n{base}", values)
    rows = await every(
        conn,
        "SELECT v.kind, v.key, r.title, r.area, r.subject, r.validity, (SELECT count(*) FROM content_doubts d"
        f" WHERE d.record_sha256 = v.record_sha256) AS doubts{base}"
        " ORDER BY v.kind DESC, v.key LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return rows, int(total["n"])


# ------------------------------------------------------------------ pages

_PAGE_VERDICT = """(
    SELECT w.verdict FROM content_reviews w
    WHERE w.kind = 'page' AND w.key = p.sha256 || ':' || p.page
        AND w.content_sha256 = encode(sha256(convert_to(p.text, 'UTF8')), 'hex')
    ORDER BY w.at DESC LIMIT 1)"""


async def poor_pages(
    conn: Conn, *, version: int, state: State, below: float = POOR, page: int
) -> tuple[list[Row], int]:
    """Pages of the version's files that read badly, the worst first; and how many there are."""
    signed = "verdict IN ('correct', 'unreadable')"
    where = {"open": f"NOT coalesce({signed}, false)", "signed": signed}.get(state, "true")
    found = (
        f"SELECT p.sha256, f.name, f.kind, p.page, p.method, p.quality, left(p.text, 160) AS text,"
        f" {_PAGE_VERDICT} AS verdict FROM knowledge_pages p JOIN knowledge_files f USING (sha256)"
        f" WHERE p.quality < %(below)s AND p.sha256 IN ({_FILES})"
    )
    values = {"version": version, "below": below, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    total = await _one(conn, f"SELECT count(*) AS n FROM ({found}) found WHERE {where}", values)
    rows = await every(
        conn,
        f"SELECT * FROM ({found}) found WHERE {where} ORDER BY quality, name, page"
        " LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return rows, int(total["n"])


# The files of the newest staging of a version.
_FILES = """SELECT source ->> 'sha256' FROM jsonb_array_elements((
    SELECT sources FROM knowledge_stagings WHERE version = %(version)s ORDER BY id DESC LIMIT 1)) AS source"""


async def one_page(conn: Conn, *, sha: str, page: int) -> Row | None:
    return await _maybe(
        conn,
        "SELECT p.sha256, f.name, f.kind, p.page, p.method, p.quality, p.text,"
        f" {_PAGE_VERDICT} AS verdict, (SELECT max(page) FROM knowledge_pages WHERE sha256 = p.sha256) AS last"
        " FROM knowledge_pages p JOIN knowledge_files f USING (sha256)"
        " WHERE p.sha256 = %(sha)s AND p.page = %(page)s",
        {"sha": sha, "page": page},
    )


async def file_of(conn: Conn, sha: str) -> Row | None:
    """A file that was read, and its last page as far as pages are kept."""
    return await _maybe(
        conn,
        "SELECT sha256, name, kind, bytes, (SELECT max(page) FROM knowledge_pages p WHERE p.sha256 = f.sha256)"
        " AS last FROM knowledge_files f WHERE sha256 = %(sha)s",
        {"sha": sha},
    )


# ------------------------------------------------------------------ one record


async def record(conn: Conn, *, version: int, kind: str, key: str) -> Row | None:
    return await _maybe(
        conn,
        "SELECT r.sha256, r.kind, r.key, r.body FROM knowledge_version_records v"
        " JOIN knowledge_records r ON r.sha256 = v.record_sha256"
        " WHERE v.version = %(version)s AND v.kind = %(kind)s AND v.key = %(key)s",
        {"version": version, "kind": kind, "key": key},
    )


async def sources(conn: Conn, *, version: int, kind: str, key: str) -> list[Row]:
    """The files a record came from, with its place in each. A variant or an area may have been added to its key."""
    return await every(
        conn,
        "SELECT DISTINCT f.sha256, f.name, f.kind, rr.place, g.read_at, r.key = %(key)s AS same,"
        " (SELECT max(page) FROM knowledge_pages p WHERE p.sha256 = f.sha256) AS last"
        " FROM knowledge_records r JOIN knowledge_reading_records rr ON rr.record_sha256 = r.sha256"
        " JOIN knowledge_readings g ON g.id = rr.reading_id JOIN knowledge_files f ON f.sha256 = g.sha256"
        " WHERE r.kind = %(kind)s AND (r.key = %(key)s OR r.key = %(base)s) AND g.id IN ("
        "  SELECT (source ->> 'reading')::bigint FROM jsonb_array_elements(("
        "   SELECT sources FROM knowledge_stagings WHERE version = %(version)s ORDER BY id DESC LIMIT 1)) AS source)"
        " ORDER BY same DESC, g.read_at DESC, f.name, rr.place LIMIT 10",
        {"version": version, "kind": kind, "key": key, "base": key.partition("~")[0]},
    )


async def named_file(conn: Conn, *, version: int, name: str, sha: str) -> list[Row]:
    """The file a record names as its source: what we wrote ourselves says from which text."""
    return await every(
        conn,
        "SELECT f.sha256, f.name, f.kind, '' AS place, f.first_read_at AS read_at, true AS same,"
        " (SELECT max(page) FROM knowledge_pages p WHERE p.sha256 = f.sha256) AS last"
        f" FROM knowledge_files f WHERE f.sha256 IN ({_FILES}) AND (f.sha256 = %(sha)s OR f.name = %(name)s)",
        {"version": version, "name": name, "sha": sha},
    )


async def history(conn: Conn, *, kind: str, key: str, limit: int = 50) -> list[Row]:
    """What people did with a record or a page, the newest first."""
    return await every(
        conn,
        "SELECT a.at, a.actor, coalesce(s.name, a.actor) AS name, a.action, a.details FROM audit a"
        " LEFT JOIN staff s ON s.login = a.actor"
        " WHERE a.object_kind = %(kind)s AND a.object_id = %(key)s ORDER BY a.id DESC LIMIT %(limit)s",
        {"kind": kind, "key": key, "limit": limit},
    )


# ------------------------------------------------------------------ corrections, conflicts


async def corrections(conn: Conn, *, version: int, only_disputed: bool, page: int) -> tuple[list[Row], int]:
    """Corrections that hold, the newest first; `dispute` is what the staging said when the source disagreed."""
    values = {"version": version, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    found = (
        f"SELECT c.*, coalesce(s.name, c.actor) AS name, r.title, r.hows, d.text AS dispute FROM corrections c"
        " LEFT JOIN staff s ON s.login = c.actor"
        " LEFT JOIN knowledge_version_records v ON v.version = %(version)s AND v.kind = c.kind AND v.key = c.key"
        " LEFT JOIN content_records r ON r.record_sha256 = v.record_sha256"
        f" LEFT JOIN ({_DISPUTES}) d ON d.kind = c.kind AND d.key = c.key AND d.field = c.field"
        " WHERE c.withdrawn_at IS NULL" + (" AND d.text IS NOT NULL" if only_disputed else "")
    )
    total = await _one(conn, f"SELECT count(*) AS n FROM ({found}) found", values)
    rows = await every(conn, f"{found} ORDER BY c.at DESC, c.id LIMIT %(limit)s OFFSET %(offset)s", values)
    return rows, int(total["n"])


_REPORT = "(SELECT report FROM knowledge_stagings WHERE version = %(version)s ORDER BY id DESC LIMIT 1)"
_DISPUTES = f"""SELECT DISTINCT ON (1, 2, 3) one ->> 'kind' AS kind, one ->> 'key' AS key,
    one ->> 'field' AS field, one ->> 'text' AS text
    FROM jsonb_array_elements(coalesce({_REPORT} -> 'disputes', '[]')) AS one"""


async def conflicts(conn: Conn, *, version: int, page: int) -> tuple[list[Row], int]:
    """What two records, or our record and the published one, say differently, as the version's report has it."""
    values = {"version": version, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
    found = (
        "SELECT 'procedure' AS kind, one ->> 'code' AS key, one ->> 'field' AS field, one ->> 'pack' AS ours,"
        f" one ->> 'crawl' AS theirs, '' AS text"
        f" FROM jsonb_array_elements(coalesce({_REPORT} -> 'conflicts', '[]')) AS one"
        f" UNION ALL SELECT d.kind, d.key, d.field, '', '', d.text FROM ({_DISPUTES}) d WHERE NOT EXISTS"
        " (SELECT 1 FROM corrections c WHERE c.withdrawn_at IS NULL AND c.kind = d.kind AND c.key = d.key"
        "  AND c.field = d.field)"
    )
    total = await _one(conn, f"SELECT count(*) AS n FROM ({found}) found", values)
    rows = await every(
        conn,
        f"SELECT found.*, r.title FROM ({found}) found LEFT JOIN knowledge_version_records v"
        " ON v.version = %(version)s AND v.kind = found.kind AND v.key = found.key"
        " LEFT JOIN content_records r ON r.record_sha256 = v.record_sha256"
        " ORDER BY found.kind DESC, found.key, found.field LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return rows, int(total["n"])


async def unstaged(conn: Conn) -> int:
    """How many corrections were made or taken back since the last staging."""
    row = await _one(
        conn,
        "SELECT count(*) AS n FROM corrections WHERE greatest(at, coalesce(withdrawn_at, at)) >"
        " coalesce((SELECT max(at) FROM knowledge_stagings), '-infinity')"
        " AND NOT (withdrawn_at IS NOT NULL AND at > coalesce((SELECT max(at) FROM knowledge_stagings), '-infinity'))",
    )
    return int(row["n"])


async def totals(conn: Conn, version: int) -> Row:
    """How much waits in each part of the desk."""
    _, pages = await poor_pages(conn, version=version, state="open", page=1)
    _, disputed = await corrections(conn, version=version, only_disputed=True, page=1)
    _, differing = await conflicts(conn, version=version, page=1)
    return {"pages": pages, "disputed": disputed, "conflicts": differing, "unstaged": await unstaged(conn)}


async def every(conn: Conn, sql: str, values: Row | None = None) -> list[Row]:
    return await (await conn.execute(sql.encode(), values)).fetchall()


async def _maybe(conn: Conn, sql: str, values: Row | None = None) -> Row | None:
    return await (await conn.execute(sql.encode(), values)).fetchone()


async def _one(conn: Conn, sql: str, values: Row | None = None) -> Row:
    return await _maybe(conn, sql, values) or {}

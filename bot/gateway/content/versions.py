"""Versions as the publishing page shows them: what served, and the two sides of a change."""

from __future__ import annotations

from bot.gateway.content.queries import Row, every
from desk.database import Conn


async def two_bodies(conn: Conn, *, before: int, after: int, names: list[tuple[str, str]]) -> list[Row]:
    """The bodies of records in two versions, `old` and `new`, in the order of their names (kind, key)."""
    return await every(
        conn,
        "SELECT n.kind, n.key, o.body AS old, w.body AS new"
        " FROM unnest(%(kinds)s::text[], %(keys)s::text[]) WITH ORDINALITY AS n(kind, key, place)"
        " JOIN knowledge_version_records a ON a.version = %(before)s AND a.kind = n.kind AND a.key = n.key"
        " JOIN knowledge_version_records b ON b.version = %(after)s AND b.kind = n.kind AND b.key = n.key"
        " JOIN knowledge_records o ON o.sha256 = a.record_sha256"
        " JOIN knowledge_records w ON w.sha256 = b.record_sha256 ORDER BY n.place",
        {
            "before": before,
            "after": after,
            "kinds": [kind for kind, _ in names],
            "keys": [key for _, key in names],
        },
    )


async def publications(conn: Conn, limit: int = 10) -> list[Row]:
    """What served, the newest first."""
    return await every(
        conn,
        "SELECT p.id, v.name, p.action, p.at, p.actor, coalesce(s.name, p.actor) AS person"
        " FROM knowledge_publications p JOIN knowledge_versions v ON v.number = p.version"
        " LEFT JOIN staff s ON s.login = p.actor ORDER BY p.id DESC LIMIT %(limit)s",
        {"limit": limit},
    )


async def served_before(conn: Conn) -> list[str]:
    """Versions that served at some time and do not now, the latest first."""
    rows = await every(
        conn,
        "SELECT v.name FROM knowledge_publications p JOIN knowledge_versions v ON v.number = p.version"
        " WHERE p.version <> (SELECT version FROM knowledge_publications ORDER BY id DESC LIMIT 1)"
        " GROUP BY v.name ORDER BY max(p.id) DESC LIMIT 10",
    )
    return [row["name"] for row in rows]

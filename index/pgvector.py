"""Vectors in PostgreSQL with pgvector (https://github.com/pgvector/pgvector), when INDEX_BACKEND=pgvector.

Each collection of a snapshot is one table in the schema `vectors`, written in one transaction and dropped whole. A
snapshot names its tables, so readers move to the new ones with the snapshot. Rows travel in COPY's binary format,
whose rows have one length here: numpy lays them out, all at once
(https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format").
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from psycopg import sql

from index.database import Connection, IndexDatabase, old_snapshots
from index.dense import Vectors
from index.snapshot import KEEP
from index.vectors import Place, VectorIndex

SCHEMA = "vectors"
EXACT_UP_TO = 10_000  # rows that are compared one by one
# Above it rows are grouped in lists, of which a query reads `PROBES` (index/database.py). A graph (HNSW) finds a
# little more, but takes five to ten times as long to build, and a snapshot is built at every publication.
ROWS_A_LIST, LISTS = 250, 1000  # finding the lists takes memory with the square of their number
BUILD_MEMORY = "1GB"
BLOCK = 4096  # rows sent at once: libpq moves what waits in its buffer again and again
_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"


class PgvectorBackend:
    """Keeps vectors in tables, in half precision. The extension is made when first needed, by a superuser."""

    name = "pgvector"

    def __init__(self, database: IndexDatabase) -> None:
        self._database = database

    def write(self, place: Place, vectors: Vectors) -> None:
        with self._database.writing() as conn:
            conn.execute("CREATE EXTENSION IF NOT EXISTS vector")
            conn.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            conn.execute(
                "INSERT INTO index_snapshots (id, knowledge, model) VALUES (%s, '', '') ON CONFLICT DO NOTHING",
                (place.snapshot,),
            )
            write_table(conn, _table(place), vectors)

    def open(self, place: Place) -> VectorIndex:
        """Its rows; the server is first asked when somebody searches."""
        return PgvectorIndex(self._database, _table(place))

    def holds(self, snapshot: str) -> bool:
        with self._database.writing() as conn:
            return bool(_tables(conn, snapshot))

    def keep(self, snapshots: Collection[str]) -> None:
        """Drop the tables of all others but the newest, which another machine may serve."""
        with self._database.writing() as conn:
            for snapshot in old_snapshots(conn, keep=snapshots, newest=KEEP + 1):
                for name in _tables(conn, snapshot):
                    conn.execute(_sql("DROP TABLE {}", name))


class PgvectorIndex:
    """One table, searched by inner product; exact when it is small, by its lists when it has them."""

    def __init__(self, database: IndexDatabase, table: str) -> None:
        self._database, self._table = database, table

    def similarities(self, query: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
        """The k nearest rows and their cosine, best first.

        Raises:
            DatabaseDown: the server does not answer, or has no such table.
        """
        # The number is written out: with a parameter there a prepared plan may read the whole table.
        asked = _sql(
            "SELECT row, -(embedding <#> %(query)s) FROM {} ORDER BY embedding <#> %(query)s LIMIT {k}",
            self._table, k=k,
        )  # fmt: skip
        with self._database.searching() as conn:
            found = conn.execute(asked, {"query": HalfVector(query)}, binary=True).fetchall()
        rows = np.array([row for row, _ in found], dtype=np.int64)
        return rows, np.array([cosine for _, cosine in found], dtype=np.float32)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        with self._database.writing() as conn:
            return read_table(conn, self._table)[rows]


def write_table(conn: Connection, name: str, vectors: Vectors) -> None:
    """Make the table anew, fill it, and index it when it is large."""
    size, dimension = vectors.shape
    conn.execute(_sql("DROP TABLE IF EXISTS {}", name))
    conn.execute(
        _sql(
            "CREATE TABLE {} (row integer NOT NULL, embedding halfvec({dimension}) STORAGE PLAIN NOT NULL)",
            name, dimension=dimension,
        )
    )  # fmt: skip
    with conn.cursor() as cursor, cursor.copy(_sql("COPY {} FROM STDIN (FORMAT binary)", name)) as copy:
        copy.write(_HEADER)
        for start in range(0, size, BLOCK):
            copy.write(_packed(vectors[start : start + BLOCK], start))
        copy.write(_END)
    if size > EXACT_UP_TO:
        conn.execute(f"SET LOCAL maintenance_work_mem = '{BUILD_MEMORY}'")
        grouped = "CREATE INDEX ON {} USING ivfflat (embedding halfvec_ip_ops) WITH (lists = {lists})"
        conn.execute(_sql(grouped, name, lists=min(size // ROWS_A_LIST, LISTS)))
    conn.execute(_sql("ANALYZE {}", name))


def _packed(vectors: Vectors, start: int) -> bytes:
    size, dimension = vectors.shape
    packed = np.zeros(size, dtype=_row(dimension))
    packed["fields"], packed["row_bytes"], packed["row"] = 2, 4, np.arange(start, start + size)
    packed["vector_bytes"], packed["dimension"], packed["vector"] = 4 + 2 * dimension, dimension, vectors
    return packed.tobytes()


def read_table(conn: Connection, name: str) -> Vectors:
    """All vectors in the order of their rows; they were rounded when they were written."""
    with conn.cursor() as cursor, cursor.copy(_sql("COPY {} TO STDOUT (FORMAT binary)", name)) as copy:
        data = b"".join(copy)
    first = len(_HEADER) + 14  # where the first vector says how long it is
    dimension = int.from_bytes(data[first : first + 2])
    size = (len(data) - len(_HEADER) - len(_END)) // _row(dimension).itemsize
    packed = np.frombuffer(data, dtype=_row(dimension), count=size, offset=len(_HEADER))
    vectors = np.empty((size, dimension), dtype=np.float32)
    vectors[packed["row"]] = packed["vector"]
    return vectors


def _row(dimension: int) -> np.dtype[Any]:
    """A row of COPY's binary format: a count of fields, then each with its length."""
    return np.dtype(
        [
            ("fields", ">i2"), ("row_bytes", ">i4"), ("row", ">i4"),
            ("vector_bytes", ">i4"), ("dimension", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dimension,)),
        ]
    )  # fmt: skip


def _table(place: Place) -> str:
    return f"{place.snapshot}_{place.collection}"


def _tables(conn: Connection, snapshot: str) -> list[str]:
    found = conn.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND starts_with(tablename, %s)",
        (SCHEMA, f"{snapshot}_"),
    )
    return [str(row[0]) for row in found]


def _sql(text: LiteralString, table: str, **numbers: int) -> sql.Composed:
    """The statement over a table, with numbers written out in it."""
    return sql.SQL(text).format(
        sql.Identifier(SCHEMA, table), **{name: sql.Literal(number) for name, number in numbers.items()}
    )

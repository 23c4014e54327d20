"""The database fixtures of tests/gateway, and a store over a fresh database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.store import KnowledgeStore, connect
from tests.gateway.conftest import dsn, postgres

__all__ = ["dsn", "postgres"]


@pytest.fixture
def store(dsn: str, tmp_path: Path) -> Iterator[KnowledgeStore]:
    with connect(dsn) as conn:
        yield KnowledgeStore(conn, tmp_path / "home")

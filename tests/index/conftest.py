"""The database fixtures of tests/gateway: vectors may lie in PostgreSQL."""

from __future__ import annotations

from tests.gateway.conftest import dsn, empty_dsn, home, pool, postgres

__all__ = ["dsn", "empty_dsn", "pool", "postgres"]
_ = home  # tests here have homes of their own

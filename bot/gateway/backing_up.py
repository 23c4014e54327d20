"""`motcua backup` and `motcua restore` over the database the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.gateway.settings import Settings
from desk import backup
from desk.backup import Restored
from desk.database import EmbeddedPostgres


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The embedded server is joined when it runs, and started when it does not."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.postgres_dir) as server:
        yield server.dsn


def back_up(settings: Settings, out: Path) -> int:
    """The size of the archive in bytes."""
    with _database(settings) as dsn:
        return backup.back_up(dsn, out)


def restore(settings: Settings, archive: Path) -> Restored:
    with _database(settings) as dsn:
        return backup.restore(dsn, archive, now=datetime.now(UTC))

"""The database of a command: the server that the settings name, else the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.gateway.settings import Settings
from desk.database import EmbeddedPostgres


@contextmanager
def joined(settings: Settings) -> Iterator[str]:
    """Its address. The embedded server is joined when it runs, and started for this command when it does not."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.postgres_dir) as server:
        yield server.dsn

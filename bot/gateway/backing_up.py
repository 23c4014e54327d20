"""`motcua backup` and `motcua restore` over the database the settings name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.gateway.joined import joined
from bot.gateway.settings import Settings
from desk import backup
from desk.backup import Restored


def back_up(settings: Settings, out: Path) -> int:
    """The size of the archive in bytes."""
    with joined(settings) as dsn:
        return backup.back_up(dsn, out)


def restore(settings: Settings, archive: Path) -> Restored:
    with joined(settings) as dsn:
        return backup.restore(dsn, archive, now=datetime.now(UTC))

"""What personal data is sealed with, from the settings."""

from __future__ import annotations

from bot.gateway.settings import Settings
from desk.sealing import Sealer


def sealer_of(settings: Settings) -> Sealer:
    return Sealer.of(settings.data_keys.get_secret_value(), settings.home)

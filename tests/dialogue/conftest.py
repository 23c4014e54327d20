"""One trained model and one Rasa for all tests that need the real one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.gateway.settings import ROOT, Settings
from knowledge.text.acts import ActClassifier
from tests.actions.memory import MemoryServices
from tests.dialogue.running import RasaServer, served_actions, trained_settings


@pytest.fixture(scope="session")
def classifier() -> ActClassifier:
    return ActClassifier.from_folder(ROOT / "bot" / "nlu")


@pytest.fixture(scope="session")
def trained() -> Settings:
    return trained_settings()


@dataclass
class Running:
    rasa: RasaServer
    services: MemoryServices
    actions_url: str


@pytest.fixture(scope="session")
def running(trained: Settings) -> Iterator[Running]:
    """Rasa, with actions in memory."""
    services = MemoryServices()
    token = trained.actions_token.get_secret_value()
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        home = Path(folder)
        with served_actions(services, token) as url:
            rasa = RasaServer(trained, actions_url=url, log=home / "rasa.log")
            rasa.start()
            try:
                yield Running(rasa, services, url)
            finally:
                rasa.kill()

"""Every script without Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.gateway.dialogue import DirectDialogue, ResilientDialogue
from knowledge.errors import DialogueDown
from knowledge.text.acts import ActClassifier
from tests.actions.memory import MemoryServices
from tests.conversations.running import SCRIPTS, follow


class NoRasa:
    """Rasa, dead."""

    async def turn(self, text: str, metadata: object) -> dict[str, object]:
        raise DialogueDown

    async def reset(self, metadata: object) -> None:
        raise DialogueDown

    async def alive(self) -> bool:
        return False


@pytest.fixture(scope="module")
def classifier(root: Path) -> ActClassifier:
    return ActClassifier.from_folder(root / "bot" / "nlu")


@pytest.mark.parametrize("name", SCRIPTS)
async def test_without_rasa(name: str, classifier: ActClassifier) -> None:
    services = MemoryServices()
    if "ticket looked up step" in name:
        services.filed["before"] = {}
    dialogue = ResilientDialogue(NoRasa(), DirectDialogue(services, classifier))
    await follow(SCRIPTS[name], dialogue, services)

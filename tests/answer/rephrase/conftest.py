"""A scripted endpoint, and an assistant that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.answer.rephrase.client import ChatModel
from bot.answer.service import Answerer
from knowledge.areas import Areas
from tests.answer.rephrase.endpoint import Endpoint, served
from tests.answer.world import acts, search

KEY = "sk-this-must-never-be-seen"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with served() as there:
        yield there


@pytest.fixture
def model(endpoint: Endpoint) -> Iterator[ChatModel]:
    chat = ChatModel(base_url=endpoint.url, model="scripted", api_key=KEY, timeout_s=2.0)
    yield chat
    chat.close()


@pytest.fixture
def assistant(model: ChatModel) -> Answerer:
    return Answerer(search(), Areas.from_pack(), acts(), model=model)


Build = Callable[[float], Answerer]


@pytest.fixture
def patient_for(endpoint: Endpoint) -> Iterator[Build]:
    """Assistants that wait so many seconds."""
    made: list[ChatModel] = []

    def build(seconds: float) -> Answerer:
        made.append(ChatModel(base_url=endpoint.url, timeout_s=seconds))
        return Answerer(search(), Areas.from_pack(), acts(), model=made[-1])

    yield build
    for one in made:
        one.close()

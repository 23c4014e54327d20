"""Two people report the same: the second adds a voice, or files for themselves, through the real form and database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.gateway.dialogue import DirectDialogue
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from bot.gateway.turn import run_turn
from bot.gateway.wiring import AppServices, LiveAnswerer
from desk.database import Pool
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.text.acts import ActClassifier
from tests.gateway.helpers import answers, begin, clock, message, rows, say

BUTTON = "#MC:"


@pytest.fixture(scope="module")
def acts(root: Path) -> Iterator[ActClassifier]:
    yield ActClassifier.from_folder(root / "bot" / "nlu")


@pytest.fixture
def dialogue(pool: Pool, acts: ActClassifier) -> Any:
    tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=Sealer([new_key()]), clock=clock)
    return DirectDialogue(AppServices(LiveAnswerer(Settings()), tickets), acts)


async def talk(pool: Pool, dialogue: Any, *lines: str) -> tuple[UUID, list[str]]:
    """A conversation in Bắc Bình of these lines; its answers."""
    conversation = await begin(pool, area="lam-dong/bac-binh")
    for line in lines:
        payload = line if line.startswith(BUTTON) else ""
        inbox = await say(pool, conversation, "" if payload else line, payload=payload)
        await run_turn(inbox, pool=pool, dialogue=dialogue, clock=clock, message=message)
    return conversation, await answers(pool, conversation)


FIRST = ("Rác chất đống trước chợ Lương Sơn từ hôm qua không ai dọn", "#MC:SKIP", "#MC:YES", "#MC:YES")
SECOND = ("Rác chất đống hôi thối ở chợ Lương Sơn mấy hôm nay", "#MC:SKIP", "#MC:YES")


async def test_a_voice_is_added_to_the_report_of_another(pool: Pool, dialogue: Any) -> None:
    _, filed = await talk(pool, dialogue, *FIRST)
    assert "PA-" in filed[-1] and "thời hạn trả lời" in filed[-1]
    (ticket,) = await rows(pool, "SELECT id, code FROM tickets")
    second, said = await talk(pool, dialogue, *SECOND)
    assert ticket["code"] in said[-1] and "chợ Lương Sơn" in said[-1]
    assert "không ai dọn" not in said[-1]
    inbox = await say(pool, second, "", payload=f"#MC:JOIN:{ticket['code']}")
    await run_turn(inbox, pool=pool, dialogue=dialogue, clock=clock, message=message)
    last = (await answers(pool, second))[-1]
    assert ticket["code"] in last and "mã bí mật" in last
    voices = await rows(pool, "SELECT ticket_id, conversation_id FROM ticket_voices")
    assert voices == [{"ticket_id": ticket["id"], "conversation_id": second}]
    assert len(await rows(pool, "SELECT 1 AS one FROM tickets")) == 1


async def test_or_a_report_of_its_own_is_filed(pool: Pool, dialogue: Any) -> None:
    await talk(pool, dialogue, *FIRST)
    _, said = await talk(pool, dialogue, *SECOND, "#MC:NO", "#MC:PUBLISH", "#MC:YES")
    assert "PA-" in said[-1]
    made = await rows(pool, "SELECT may_publish, kind FROM tickets ORDER BY code")
    assert [row["may_publish"] for row in made] == [False, True]
    assert not await rows(pool, "SELECT 1 AS one FROM ticket_voices")

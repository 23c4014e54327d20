"""The real Rasa: every script, its death in the middle of a report, two that take turns, its log."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.gateway.dialogue import MISSED, DirectDialogue, RasaDialogue, ResilientDialogue
from bot.gateway.rasa import fingerprint, is_ready, is_trained, python
from bot.gateway.settings import ROOT, Settings
from knowledge.errors import DialogueDown
from knowledge.text.acts import ActClassifier
from tests.conversations.running import SCRIPTS, Conversation, follow
from tests.dialogue.conftest import Running
from tests.dialogue.running import RasaServer, free_port

pytestmark = pytest.mark.rasa


@pytest.fixture
async def rasa(running: Running) -> AsyncIterator[RasaDialogue]:
    async with httpx.AsyncClient() as http:
        yield RasaDialogue(running.rasa.url, http, timeout=20)


class Never:
    """In the place of the direct dialogue where Rasa must answer itself."""

    async def turn(self, text: str, metadata: object) -> dict[str, object]:
        raise AssertionError(f"Rasa did not answer: {text}")


class TakeTurns:
    """Several Rasa servers behind one address: each turn goes to the next."""

    def __init__(self, servers: Iterator[RasaDialogue]) -> None:
        self._servers = servers

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        return await next(self._servers).turn(text, metadata)

    async def reset(self, metadata: dict[str, Any]) -> None:
        await next(self._servers).reset(metadata)

    async def alive(self) -> bool:
        return await next(self._servers).alive()


@pytest.mark.parametrize("name", SCRIPTS)
async def test_script(name: str, running: Running, rasa: RasaDialogue) -> None:
    running.services.filed.clear()
    if "ticket looked up step" in name:
        running.services.filed["before"] = {}
    await follow(SCRIPTS[name], ResilientDialogue(rasa, Never()), running.services)


async def test_rasa_killed_in_a_report_and_back_loses_nothing(
    running: Running, rasa: RasaDialogue, classifier: ActClassifier
) -> None:
    dialogue = ResilientDialogue(rasa, DirectDialogue(running.services, classifier))
    person = Conversation(dialogue)
    await person.say("nắp cống vỡ nguy hiểm quá")
    running.rasa.kill()
    began = time.monotonic()
    assert "khi nào" in (await person.say("số 5 đường Trần Phú")).text
    assert time.monotonic() - began < 2
    running.rasa.start()
    assert person.context[MISSED]
    await person.say("sáng nay")  # the form is finished where it was taken over
    await person.say("#MC:SKIP")
    await person.say("#MC:YES")
    filed = await person.say("#MC:YES")
    assert filed.status == "report_filed"
    report = running.services.filed[f"{person.id}-6"]
    assert (report["what"], report["where"]) == ("nắp cống vỡ nguy hiểm quá", "số 5 đường Trần Phú")
    await asyncio.sleep(2.1)
    again = await person.say("rác thải hôi thối quá")  # Rasa again, and not in the middle of the old form
    assert MISSED not in person.context
    assert (again.status, person.asked) == ("report_started", "where")


async def test_rasa_restarted_between_turns_knows_the_open_form(running: Running, rasa: RasaDialogue) -> None:
    person = Conversation(ResilientDialogue(rasa, Never()))
    await person.say("cột điện nghiêng sắp đổ")
    running.rasa.kill()
    running.rasa.start()
    await person.say("chợ Tân Lợi")
    assert person.asked == "when"


async def test_a_forgotten_tracker_is_made_good_by_the_context(running: Running, rasa: RasaDialogue) -> None:
    person = Conversation(ResilientDialogue(rasa, Never()))
    await person.say("cột điện nghiêng sắp đổ")
    await rasa.reset({"conversation_id": person.id})
    await person.say("chợ Tân Lợi")
    assert person.asked == "when"
    await person.say("sáng nay")
    assert person.asked == "contact"


async def test_a_form_that_the_conversation_has_closed_is_closed_in_rasa_too(
    running: Running, rasa: RasaDialogue
) -> None:
    person = Conversation(ResilientDialogue(rasa, Never()))
    await person.say("cột điện nghiêng sắp đổ")
    person.context = {}
    assert (await person.say("lệ phí bao nhiêu")).status == "answered"
    assert (await person.say("rác thải hôi thối quá")).status == "report_started"
    assert person.asked == "where"


async def test_a_turn_run_twice_does_the_same(running: Running, rasa: RasaDialogue) -> None:
    """The worker died after Rasa answered: the same message comes again with the same context."""
    person = Conversation(ResilientDialogue(rasa, Never()))
    await person.say("cột điện nghiêng sắp đổ")
    before = person.context
    first = await person.say("chợ Tân Lợi")
    person.context = before
    assert await person.say("chợ Tân Lợi") == first


async def test_two_servers_take_turns_in_one_report(
    running: Running, rasa: RasaDialogue, trained: Settings, tmp_path: Path
) -> None:
    """Each knows the conversation as it last saw it; what counts is the context."""
    elsewhere = trained.model_copy(update={"rasa_port": free_port()})
    second = RasaServer(elsewhere, actions_url=running.actions_url, log=tmp_path / "second.log")
    second.start()
    try:
        async with httpx.AsyncClient() as http:
            both = cycle([rasa, RasaDialogue(second.url, http, timeout=20)])
            person = Conversation(ResilientDialogue(TakeTurns(both), Never()))
            for text, asked in [
                ("cột điện nghiêng sắp đổ", "where"),
                ("chợ Tân Lợi", "when"),
                ("lệ phí làm căn cước bao nhiêu", "when"),
                ("sáng nay", "contact"),
                ("#MC:SKIP", "consent"),
                ("#MC:YES", "confirm"),
            ]:
                await person.say(text)
                assert person.asked == asked, text
            assert (await person.say("#MC:YES")).status == "report_filed"
            for _ in range(2):  # the other one still holds the form open, and must not ask on
                assert (await person.say("lệ phí bao nhiêu")).status == "answered"
            for _ in range(2):
                assert (await person.say("rác thải hôi thối quá")).status == "report_started"
                await person.say("#MC:CANCEL")
    finally:
        second.kill()


async def test_rasas_log_holds_nobodys_words(running: Running, rasa: RasaDialogue) -> None:
    person = Conversation(ResilientDialogue(rasa, Never()))
    await person.say("Xưởng gỗ Bạch Dương xả bụi")
    await person.say("số 77 đường Hoa Phượng")
    await person.say("sáng nay")
    await person.say("0987654321")
    running.services.fail = True
    try:
        with pytest.raises(DialogueDown):
            await rasa.turn("làm căn cước cho bé Bạch Dương cần gì", {"conversation_id": person.id})
    finally:
        running.services.fail = False
    log = running.rasa.log.read_text()
    assert "Error at action.py:" in log  # the failure is there, with its place
    for words in ("Bạch Dương", "Hoa Phượng", "0987654321"):
        assert words not in log


async def test_an_action_that_fails_is_an_error_and_not_silence(running: Running, rasa: RasaDialogue) -> None:
    running.services.fail = True
    try:
        with pytest.raises(DialogueDown):
            await rasa.turn("lệ phí bao nhiêu", {"conversation_id": "fails"})
    finally:
        running.services.fail = False


async def test_small_and_loopback_only(running: Running, trained: Settings) -> None:
    assert running.rasa.rss_mb() < 600
    async with httpx.AsyncClient() as http:
        assert await is_ready(http, trained)
        assert (await http.get(f"{running.rasa.url}/conversations/x/tracker")).status_code == 404
    listening = Path("/proc/net/tcp").read_text()  # noqa: ASYNC240  # a moment of the kernel's time
    port = f"{trained.rasa_port:04X}"
    assert f"0100007F:{port}" in listening
    assert f"00000000:{port}" not in listening


def test_the_model_is_of_todays_sources(trained: Settings) -> None:
    assert is_trained(trained)
    assert len(fingerprint()) == 64


def test_components_in_rasas_own_python() -> None:
    """The components' tests run where the components do."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [str(python()), str(ROOT / "tests/dialogue/check_components.py")],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all checks passed" in done.stdout

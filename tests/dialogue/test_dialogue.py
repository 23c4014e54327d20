"""The gateway's dialogue against a fake Rasa: what is sent, what counts as down, how it falls back and returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.guard import GuardResult
from bot.gateway import dialogue
from bot.gateway.dialogue import (
    MISSED,
    DirectDialogue,
    RasaDialogue,
    ResilientDialogue,
    said_to_rasa,
)
from knowledge.errors import DialogueDown
from knowledge.text.acts import ActClassifier
from tests.actions.memory import MemoryServices
from tests.conversations.running import Conversation

REPLY = {"status": "answered", "text": "Có", "context": {"procedure": "1.001193"}}
META = {"conversation_id": "c1", "inbox_id": "m1", "payload": "", "context": {}}


class FakeRasa:
    """Rasa's REST channel: answers, or is down in one of its ways."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.probes = 0
        self.mode = "up"
        self.form: dict[str, Any] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.mode == "refused":
            raise httpx.ConnectError("refused", request=request)
        if request.method == "GET":
            self.probes += 1
            return httpx.Response(200)
        body = json.loads(request.content)
        self.bodies.append(body)
        self.said.append(body["message"])
        return self._answer(request, body)

    def _answer(self, request: httpx.Request, body: dict[str, Any]) -> httpx.Response:
        if self.mode == "once empty":  # its action went to an app that was being killed
            self.mode = "up"
            return httpx.Response(200, json=[])
        if self.mode == "slow":
            raise httpx.ReadTimeout("slow", request=request)
        answers: dict[str, Any] = {
            "empty": [],
            "text": [{"recipient_id": "c1", "text": "plain"}],
            "half": [{"custom": REPLY}, {"text": "plain"}],
            "object": {"status": "failure"},
            "strange": [{"custom": {"foo": 1}}],
        }
        if self.mode == "error":
            return httpx.Response(500)
        if self.mode == "html":
            return httpx.Response(200, text="<html>")
        if self.mode in answers:
            return httpx.Response(200, json=answers[self.mode])
        context = {**body["metadata"].get("context", {}), **({"form": self.form} if self.form else {})}
        return httpx.Response(200, json=[{"recipient_id": "c1", "custom": {**REPLY, "context": context}}])


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fake() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
def rasa(fake: FakeRasa) -> RasaDialogue:
    return RasaDialogue("http://rasa/", httpx.AsyncClient(transport=httpx.MockTransport(fake)), timeout=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services() -> MemoryServices:
    return MemoryServices()


@pytest.fixture
def make(
    rasa: RasaDialogue, services: MemoryServices, classifier: ActClassifier, clock: Clock
) -> Callable[[], ResilientDialogue]:
    return lambda: ResilientDialogue(rasa, DirectDialogue(services, classifier), monotonic=clock)


async def test_the_text_the_sender_and_the_metadata_reach_rasa(fake: FakeRasa, rasa: RasaDialogue) -> None:
    assert await rasa.turn("  lệ phí   bao nhiêu ", META) == {**REPLY, "context": {}}
    body = fake.bodies[0]
    assert (body["sender"], body["message"]) == ("c1", "lệ phí bao nhiêu")
    assert body["metadata"] == {**META, "text": "  lệ phí   bao nhiêu "}


@pytest.mark.parametrize(
    ("text", "payload", "message"),
    [
        ("/restart", "", "restart"),
        (" / /session_start", "", "session_start"),
        ('/report{"what": "x"}', "", 'report{"what": "x"}'),
        ("///", "", "/chitchat"),
        ("", "", "/chitchat"),
        ("\u200b/restart", "", "restart"),
        ("Gửi", "#MC:YES", "/affirm"),
        ("Không", "#MC:NO", "/deny"),
        ("Bỏ qua", "#MC:SKIP", "/skip"),
        ("Hủy", "#MC:CANCEL", "/cancel"),
        ("Sửa", "#MC:CORRECT", "/correct"),
        ("Phản ánh", "#MC:REPORT", "/report"),
        ("Tra", "#MC:STATUS", "/ticket_status"),
        ("Cán bộ", "#MC:HANDOVER", "/handover"),
        ("Lệ phí", "#MC:ASK:1.001193:fee", "/ask"),
        ("Khai sinh", "#MC:PROC:1.001193", "/ask"),
        ("?", "#MC:UNKNOWN", "/ask"),
    ],
)
def test_commands_come_from_us_only(text: str, payload: str, message: str) -> None:
    assert said_to_rasa(text, payload) == message


@given(st.text(max_size=100))
def test_no_text_of_a_citizen_is_a_command(text: str) -> None:
    sent = said_to_rasa(text, "")
    assert sent == "/chitchat" or not sent.startswith("/")


@pytest.mark.parametrize(
    "mode", ["refused", "slow", "empty", "text", "half", "object", "strange", "error", "html"]
)
async def test_whatever_is_no_reply_means_down(fake: FakeRasa, rasa: RasaDialogue, mode: str) -> None:
    fake.mode = mode
    with pytest.raises(DialogueDown):
        await rasa.turn("lệ phí bao nhiêu", META)


@pytest.mark.parametrize("mode", ["refused", "slow", "empty", "error"])
async def test_a_question_is_answered_without_rasa(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], mode: str
) -> None:
    fake.mode = mode
    person = Conversation(make())
    reply = await person.say("lệ phí làm căn cước bao nhiêu")
    assert (reply.status, reply.text) == ("answered", "Trả lời: lệ phí làm căn cước bao nhiêu")
    assert person.context[MISSED]


async def test_a_rasa_whose_action_broke_off_is_asked_once_more(
    fake: FakeRasa, make: Callable[[], ResilientDialogue]
) -> None:
    person = Conversation(make())
    fake.mode = "once empty"
    assert (await person.say("lệ phí bao nhiêu")).text == REPLY["text"]
    assert fake.said == ["lệ phí bao nhiêu", "/restart", "lệ phí bao nhiêu"]
    assert MISSED not in person.context
    fake.mode, fake.form = "once empty", None
    person.context["form"] = {"name": "report", "slots": {}, "asked": "what", "tries": 0}
    await person.say("nắp cống vỡ")  # a form of Rasa's would be lost with the restart
    assert person.context[MISSED]
    assert fake.said[3:] == ["nắp cống vỡ"]


async def test_nobody_waits_for_a_rasa_known_to_be_down(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], clock: Clock
) -> None:
    dialogue = make()
    fake.mode = "slow"
    for _ in range(5):
        await Conversation(dialogue).say("lệ phí bao nhiêu")
    assert len(fake.said) == 1  # the first found out
    clock.now += 3
    await Conversation(dialogue).say("lệ phí bao nhiêu")  # a look succeeds, the turn does not
    assert (fake.probes, len(fake.said)) == (1, 2)


async def test_rasa_is_used_again_once_it_is_back_and_forgets_first(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], clock: Clock
) -> None:
    person = Conversation(make())
    fake.mode = "refused"
    await person.say("lệ phí bao nhiêu")
    fake.mode = "up"
    await person.say("lệ phí bao nhiêu")
    assert fake.said == []  # not yet looked
    clock.now += 3
    await person.say("còn giấy tờ thì sao")
    await person.say("nộp ở đâu")
    assert fake.said == ["/restart", "còn giấy tờ thì sao", "nộp ở đâu"]
    assert MISSED not in person.context
    assert all(MISSED not in body["metadata"]["context"] for body in fake.bodies)


async def test_an_open_form_is_finished_where_it_was_taken_over(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], clock: Clock, services: MemoryServices
) -> None:
    person = Conversation(make())
    slots = {"what": "Nắp cống vỡ", "where": "", "when": "", "contact": None, "consent": None}
    fake.form = {"name": "report", "slots": slots, "asked": "where", "tries": 0}
    await person.say("nắp cống vỡ")
    fake.mode = "refused"
    await person.say("chợ Tân Lợi")
    assert person.asked == "when"
    fake.mode, fake.form = "up", None
    clock.now += 10
    for answer in ("sáng nay", "bỏ qua", "đồng ý", "gửi đi"):
        await person.say(answer)
    assert services.filed[f"{person.id}-6"]["where"] == "chợ Tân Lợi"
    assert fake.said == ["nắp cống vỡ"]
    await person.say("lệ phí bao nhiêu")
    assert fake.said == ["nắp cống vỡ", "/restart", "lệ phí bao nhiêu"]


async def test_danger_is_answered_before_rasa_and_the_form_stays(
    fake: FakeRasa, make: Callable[[], ResilientDialogue]
) -> None:
    person = Conversation(make())
    person.context = {"form": {"name": "report", "asked": "where"}}
    reply = await person.say("cháy nhà rồi cứu với")
    assert reply.status == "emergency"
    assert person.asked == "where"
    assert fake.said == []


async def test_a_danger_to_nobody_now_is_told_whom_to_call_and_the_report_goes_on(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.mode = "refused"
    monkeypatch.setattr(dialogue, "screen", lambda text: GuardResult(text, caution="trụ điện" in text))
    person = Conversation(make())
    await person.say("tôi muốn gửi phản ánh")
    reply = await person.say("trụ điện nghiêng sắp đổ trước cổng trường")
    assert reply.status == "report_started"
    assert all(number in reply.text for number in ("113", "114", "115"))
    assert person.asked == "where" and reply.text.index("113") < reply.text.index("ở đâu")
    assert "113" not in (await person.say("đường Lê Lợi, phường Tân Lợi")).text


async def test_an_empty_message_outside_a_form_never_reaches_rasa(
    fake: FakeRasa, make: Callable[[], ResilientDialogue]
) -> None:
    assert (await Conversation(make()).say("🙂")).status == "clarify"
    assert fake.said == []


async def test_what_fails_in_both_is_raised_for_the_job(
    fake: FakeRasa, make: Callable[[], ResilientDialogue], services: MemoryServices
) -> None:
    fake.mode, services.fail = "empty", True
    with pytest.raises(RuntimeError):
        await Conversation(make()).say("lệ phí bao nhiêu")

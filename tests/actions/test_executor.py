"""Rasa's action protocol, as Rasa speaks it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from actions.base import AppAction
from actions.http import handle
from actions.registry import build_actions, build_executor
from bot.answer.reply import Reply
from tests.actions.memory import SECRET, MemoryServices

DOMAIN: dict[str, Any] = {"intents": [], "slots": {}, "actions": []}


def call(action: str, text: str = "", act: str = "ask", **state: Any) -> dict[str, Any]:
    metadata = {"conversation_id": "c", "inbox_id": "m1", "channel": "web", "area": "dak-lak", "text": text}
    metadata |= {"context": state.get("context", {}), "payload": state.get("payload", "")}
    latest = {"text": f"/{act}", "intent": {"name": act, "confidence": 0.99}, "metadata": metadata}
    tracker = {
        "sender_id": "c", "slots": state.get("slots", {}), "latest_message": latest, "events": [], "paused": False,
        "followup_action": None, "active_loop": {"name": state["loop"]} if "loop" in state else {},
        "latest_action_name": "action_listen",
    }  # fmt: skip
    return {
        "next_action": action,
        "tracker": tracker,
        "domain": DOMAIN,
        "sender_id": "c",
        "version": "3.6.21",
    }


@pytest.fixture
def services() -> MemoryServices:
    return MemoryServices()


async def run(services: MemoryServices, body: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(replies, slots set) of one successful call."""
    status, result = await handle(build_executor(services), body)
    assert status == 200
    said = [response["custom"] for response in result["responses"]]
    assert all(Reply.model_validate(reply) for reply in said)
    slots = {event["name"]: event["value"] for event in result["events"] if event["event"] == "slot"}
    return said, slots


def test_every_action_is_in_the_domain_and_every_action_of_the_domain_is_served(
    services: MemoryServices, root: Any
) -> None:
    stated: list[str] = []
    for path in (root / "bot/domain").glob("*.yml"):
        stated += yaml.safe_load(path.read_text(encoding="utf-8")).get("actions", [])
    assert sorted(stated) == sorted(action.name() for action in build_actions(services))


async def test_an_answer_mirrors_what_the_conversation_is_about(services: MemoryServices) -> None:
    said, slots = await run(services, call("action_answer", "khai sinh cần gì"))
    assert said[0]["status"] == "answered"
    assert slots == {"area": None, "procedure": "1.001193", "aspect": None}
    assert services.asked == [{"text": "khai sinh cần gì", "payload": "", "act": "ask"}]


async def test_a_button_is_answered_by_its_payload(services: MemoryServices) -> None:
    await run(services, call("action_answer", "Lệ phí", payload="#MC:ASK:1.001193:fee"))
    assert services.asked[0]["payload"] == "#MC:ASK:1.001193:fee"


@pytest.mark.parametrize(
    ("act", "status"),
    [("greet", "smalltalk"), ("thanks", "smalltalk"), ("goodbye", "smalltalk"), ("capability", "smalltalk"),
     ("chitchat", "smalltalk"), ("affirm", "smalltalk"), ("deny", "smalltalk"), ("cancel", "smalltalk"),
     ("correct", "smalltalk"), ("skip", "smalltalk"), ("handover", "handed_over")],
)  # fmt: skip
async def test_small_talk(services: MemoryServices, act: str, status: str) -> None:
    said, _ = await run(services, call("action_smalltalk", "…", act))
    assert said[0]["status"] == status


async def test_the_greeting_says_that_nobody_human_is_speaking(services: MemoryServices) -> None:
    said, _ = await run(services, call("action_smalltalk", "xin chào", "greet"))
    assert "tự động" in said[0]["text"]


async def test_a_bare_yes_after_one_choice_takes_it(services: MemoryServices) -> None:
    await run(services, call("action_smalltalk", "đúng rồi", "affirm", context={"choices": ["1.001193"]}))
    assert services.asked == [{"text": "đúng rồi", "payload": "#MC:PROC:1.001193", "act": "ask"}]


async def test_a_bare_yes_after_several_choices_asks_which(services: MemoryServices) -> None:
    context = {"choices": ["1.001193", "1.004194"]}
    said, _ = await run(services, call("action_smalltalk", "đúng rồi", "affirm", context=context))
    assert (said[0]["status"], said[0]["context"]) == ("clarify", context)
    assert services.asked == []


async def test_the_form_is_taken_up_when_rasa_forgot_it(services: MemoryServices) -> None:
    form = {"name": "report", "slots": {"what": "Rác"}, "asked": "where"}
    _, result = await handle(
        build_executor(services), call("action_answer", "chợ Tân Lợi", context={"form": form})
    )
    assert result["responses"] == []
    assert result["events"] == [{"event": "followup", "timestamp": None, "name": "report_form"}]


async def test_validation_takes_the_answer_and_names_the_next_slot(services: MemoryServices) -> None:
    form = {"name": "report", "slots": {"what": "Rác"}, "asked": "where"}
    said, slots = await run(
        services, call("validate_report_form", "chợ Tân Lợi", context={"form": form}, loop="report_form")
    )
    assert said == []
    assert (slots["where"], slots["requested_slot"]) == ("chợ Tân Lợi", "when")


async def test_the_context_is_the_authority_over_slots(services: MemoryServices) -> None:
    """A turn run again after a crash must do the same, though Rasa has gone on already."""
    form = {"name": "report", "slots": {"what": "Rác"}, "asked": "where"}
    body = call("validate_report_form", "chợ Tân Lợi", context={"form": form}, loop="report_form")
    body["tracker"]["slots"] = {"where": "chợ Tân Lợi", "requested_slot": "when"}
    _, slots = await run(services, body)
    assert slots["requested_slot"] == "when"


async def test_submitting_files_once_for_one_message(services: MemoryServices) -> None:
    slots = {"what": "Rác", "where": "chợ", "when": "hôm qua", "contact": "", "consent": {"version": "1"}}
    carried = {"name": "report", "slots": slots, "asked": "confirm", "kind": "submit"}
    body = call("action_submit_report", "gửi", "affirm", slots={"form": carried})
    for _ in range(2):
        said, cleared = await run(services, body)
        assert said[0]["status"] == "report_filed"
        assert cleared["form"] is None
    assert [report["what"] for report in services.filed.values()] == ["Rác"]
    assert services.filed["m1"]["area"] == "dak-lak"


async def test_the_tickets_secret_is_used_and_forgotten(services: MemoryServices) -> None:
    services.filed["m0"] = {}
    _, slots = await run(services, call("validate_ticket_form", f"PA-2026-1 {SECRET}", "ticket_status"))
    assert slots["requested_slot"] is None
    said, cleared = await run(services, call("action_ticket_status", slots={"form": slots["form"]}))
    assert "đã tiếp nhận" in said[0]["text"]
    assert cleared["form"] is None


async def test_the_three_errors_of_the_protocol(services: MemoryServices) -> None:
    executor = build_executor(services)
    assert (await handle(executor, call("action_unknown")))[0] == 404
    assert (await handle(executor, {**call("action_answer"), "domain": None}))[0] == 449

    class Rejecting(AppAction):
        title = "action_rejecting"

        async def act(self, turn: Any, tracker: Any) -> Any:
            from rasa_sdk.interfaces import ActionExecutionRejection

            raise ActionExecutionRejection(self.title)

    executor.register_action(Rejecting(services))
    assert (await handle(executor, call("action_rejecting")))[0] == 400

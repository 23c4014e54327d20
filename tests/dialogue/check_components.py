"""Checks of the graph components, run by test_rasa.py in the dialogue environment (it has no pytest)."""

from __future__ import annotations

import asyncio
import inspect
import sys
import unicodedata
from collections.abc import Callable
from unittest import mock

import dask
from rasa.core.actions.action import RemoteAction
from rasa.engine.runner import dask as runner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecutionRejected,
    ActiveLoop,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message

from bot.components import classifier, launch, thrift, tokenizer, tracker
from knowledge.text import acts

TEXTS = ["hoà giải ở Thuỷ Nguyên", "a  b\u00a0c\nd", "1.001193 và 118/2025/NĐ-CP", "", "🙂🙂", " lệ phí?"]


def check_tokens_lie_where_they_say() -> None:
    component = tokenizer.VietnameseTokenizer(tokenizer.VietnameseTokenizer.get_default_config())
    for text in [*TEXTS, *(unicodedata.normalize("NFD", text) for text in TEXTS)]:
        message = Message(data={"text": text})
        found = component.tokenize(message, "text")
        assert len(found) >= 1, text
        for token in found:
            assert 0 <= token.start <= len(text), (text, token.text)
            raw = text[token.start :]
            assert not token.text or raw[0].isalnum() or token.text == text, (text, token.text)
        component.process([message])


def check_codes_stay_whole() -> None:
    assert [text for text, _ in tokenizer.syllable_spans("mã 1.001193 nhé")] == ["mã", "1.001193", "nhé"]
    assert [text for text, _ in tokenizer.syllable_spans(unicodedata.normalize("NFD", "hoà giải"))] == [
        "hòa",
        "giải",
    ]


def check_changed_sources_change_the_fingerprint() -> None:
    for component in (tokenizer.VietnameseTokenizer, classifier.DialogueActClassifier):
        before = component.fingerprint_addon({})
        with mock.patch.object(acts.Path, "read_bytes", lambda self: b"changed"):
            assert component.fingerprint_addon({}) != before, component


def check_required_packages_can_be_imported() -> None:
    for name in classifier.DialogueActClassifier.required_packages():
        __import__(name)
    assert "joblib" in inspect.getsource(classifier)


def _store(now: list[float]) -> tracker.ConversationStore:
    slots = [AnySlot(name, mappings=[{}]) for name in ("where", "form", "requested_slot")]
    domain = Domain(intents=[], entities=[], slots=slots, responses={}, action_names=[], forms={}, data={})
    return tracker.ConversationStore(domain, clock=lambda: now[0])


async def check_a_conversation_is_remembered_by_names_only() -> None:
    store = _store([0.0])
    turn = await store.retrieve("a")
    assert turn.applied_events()  # so Rasa begins no session
    turn.update(UserUttered("bí mật", {"name": "report"}, parse_data={"text": "bí mật"}))
    turn.update(ActiveLoop("report_form"))
    turn.update(SlotSet("where", "bí mật"))
    turn.update(SlotSet("form", {"what": "bí mật"}))
    turn.update(SlotSet("requested_slot", "when"))
    await store.save(turn)
    again = await store.retrieve("a")
    assert again.active_loop_name == "report_form"
    assert again.get_slot("requested_slot") == "when"
    assert again.latest_action_name == "action_listen"
    assert "bí mật" not in str([event.as_dict() for event in again.events])
    assert "bí mật" not in str(store._kept)


async def check_a_rejected_form_stays_rejected() -> None:
    store = _store([0.0])
    turn = await store.retrieve("a")
    turn.update(ActiveLoop("report_form"))
    turn.update(ActionExecutionRejected("report_form"))
    await store.save(turn)
    assert (await store.retrieve("a")).is_active_loop_rejected


async def check_old_and_too_many_conversations_are_forgotten() -> None:
    now = [0.0]
    store = _store(now)
    with mock.patch.object(tracker, "MAX_CONVERSATIONS", 3):
        for name in "abcd":
            now[0] += 1
            await store.save(await store.retrieve(name))
        assert await store.keys() == ["b", "c", "d"]
        await store.save(await store.retrieve("b"))
        assert await store.keys() == ["c", "d", "b"]
        now[0] += tracker.IDLE_S
        await store.retrieve("z")
        assert await store.keys() == ["d", "b"]


def check_calls_of_actions_are_lean() -> None:
    thrift.install()
    conversation = DialogueStateTracker("a", [])
    said = {"text": "lệ phí", "intent": {"name": "ask"}, "intent_ranking": [1], "metadata": {"x": 1}}
    conversation.update(UserUttered("lệ phí", said["intent"], parse_data=said, metadata={"x": 1}))
    call = RemoteAction("action_answer", None)._action_call_format(conversation, Domain.empty())
    latest = {"text": "lệ phí", "intent": {"name": "ask"}, "metadata": {"x": 1}}
    assert call["tracker"]["latest_message"] == latest
    assert call["tracker"]["active_loop"] == {}
    assert (call["next_action"], call["tracker"]["events"]) == ("action_answer", [])


def check_answers_of_a_wrong_shape_are_refused() -> None:
    thrift.install()
    action = RemoteAction("action_answer", None)
    for good in ({"events": [], "responses": []}, {"responses": [{"text": "x"}]}, {}):
        assert action._validate_action_result(good)
    for bad in (None, [], {"events": {}}, {"events": ["slot"]}, {"events": None}, {"responses": [1]}):
        try:
            action._validate_action_result(bad)
        except RasaException:
            continue
        raise AssertionError(bad)


def check_graphs_run_as_dask_runs_them() -> None:
    def step(name: str) -> Callable[..., tuple[str, list[object]]]:
        return lambda *needs: (name, list(needs))

    graph = {"given": ("given", 1), "a": (step("a"), "given"), "b": (step("b"), "a", "given", "unknown")}
    with_dask = dask.get(graph, ["b", "a"])
    thrift.install()
    assert runner.dask.get(graph, ["b", "a"]) == list(with_dask)


def check_events_are_found_as_before() -> None:
    thrift.install()
    found = deserialise_events(
        [{"event": "slot", "name": "where", "value": "x"}, {"event": "followup", "name": "y"}]
    )
    assert [type(event).__name__ for event in found] == ["SlotSet", "FollowupAction"]


def check_log_entries_keep_names_only() -> None:
    try:
        raise ValueError("bí mật")
    except ValueError:
        entry = launch.keep_names_only(None, "error", {"event": "failed", "text": "bí mật", "exc_info": True})
        line = launch.QuietFormatter().formatException(sys.exc_info())
    assert "bí mật" not in str(entry) + line
    assert entry["event"] == "failed"
    assert "ValueError at check_components.py" in entry["raised"]


if __name__ == "__main__":
    for name, check in list(globals().items()):
        if name.startswith("check_"):
            asyncio.run(check()) if inspect.iscoroutinefunction(check) else check()
    print("all checks passed")  # noqa: T201

"""Checks of the graph components, run by test_rasa.py in the dialogue environment (it has no pytest)."""

from __future__ import annotations

import inspect
import sys
import unicodedata
from unittest import mock

from rasa.shared.nlu.training_data.message import Message

from bot.components import classifier, launch, tokenizer, tracker
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


def check_stored_events_hold_no_words() -> None:
    user = {"event": "user", "text": "bí mật", "metadata": {"text": "bí mật"}}
    user["parse_data"] = {"intent": {"name": "ask"}, "text": "bí mật", "metadata": {"text": "bí mật"}}
    bot = {"event": "bot", "text": None, "data": {"custom": {"text": "bí mật"}}, "metadata": {"x": "bí mật"}}
    slot = {"event": "slot", "name": "where", "value": "bí mật"}
    form = {"event": "slot", "name": "form", "value": {"slots": {"what": "bí mật"}}}
    for event in (user, bot, slot, form):
        assert "bí mật" not in str(tracker.without_words(event)), event
    asked = {"event": "slot", "name": "requested_slot", "value": "where"}
    assert tracker.without_words(asked) == asked


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
            check()
    print("all checks passed")  # noqa: T201

"""The report form as a state machine."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.report_form import (
    CONSENT_TEXT,
    CONSENT_VERSION,
    ReportForm,
    Step,
    StepKind,
    advance,
    check,
    start,
    step,
)
from actions.turns import Turn
from bot.answer.messages import message

FILLED = ReportForm(
    what="Rác chất đống", where="chợ Tân Lợi", when="hôm qua", contact="", consent={"version": "1"}
)


def said(text: str, act: str = "ask", *, sure: float = 1.0, payload: str = "", **metadata: Any) -> Turn:
    return Turn(text, act, sure, payload, metadata)


def pressed(payload: str, act: str) -> Turn:
    return said("", act, payload=payload)


def at(slot: str, form: ReportForm = FILLED) -> ReportForm:
    return form.asking(slot)


def test_the_first_message_fills_what_where_and_when() -> None:
    form = start(said("Rác đổ đầy ở đường Lê Lợi từ hôm qua", "report")).form
    assert (form.where, form.when, form.asked) == ("ở đường Lê Lợi", "từ hôm qua", "contact")


@pytest.mark.parametrize(
    "text", ["tôi muốn gửi phản ánh", "cho em phản ánh việc này với", "Báo sự cố", "phản ánh"]
)
def test_a_mere_wish_to_report_fills_nothing(text: str) -> None:
    assert start(said(text, "report")).form == ReportForm(asked="what")


def test_a_button_fills_nothing() -> None:
    assert start(said("Gửi phản ánh về rác", "report", payload="#MC:REPORT")).form.what == ""


def test_each_answer_leads_to_the_next_question() -> None:
    form = ReportForm().asking()
    asked = []
    for turn in [
        said("Nắp cống bị vỡ nguy hiểm quá", "report"),
        said("số 12 đường Lê Lợi"),
        said("sáng nay", "report"),
        said("0905 123 456"),
        said("đồng ý", "affirm"),
    ]:
        asked.append(form.asked)
        form = advance(form, turn).form
    assert [*asked, form.asked] == ["what", "where", "when", "contact", "consent", "confirm"]
    assert form.contact == "0905123456"


@pytest.mark.parametrize("slot", ["what", "where", "when", "contact"])
@pytest.mark.parametrize("text", ["", "🙂🙂", "...", "\u200b\u200b", "\x07"])
def test_an_answer_without_words_is_asked_again(slot: str, text: str) -> None:
    blank: dict[str, Any] = {slot: None if slot == "contact" else ""}
    empty = replace(at(slot), **blank)
    after = advance(empty, said(text, "chitchat", sure=0.6))
    assert (after.kind, after.hint, after.form.asked) == (StepKind.ASK, "report.hint.no_words", slot)


@pytest.mark.parametrize(
    ("slot", "text", "hint"),
    [
        ("what", "hư", "report.hint.what"),
        ("where", "chỗ tôi", "report.hint.where"),
        ("when", "lâu rồi", "report.hint.when"),
        ("contact", "12345", "report.hint.contact"),
        ("consent", "xem đã", "report.hint.consent"),
        ("confirm", "hừm", "report.hint.confirm"),
    ],
)
def test_an_answer_that_does_not_fit_gets_a_hint(slot: str, text: str, hint: str) -> None:
    after = advance(at(slot), said(text, "report", sure=0.4))
    assert (after.hint, after.form.asked) == (hint, slot)


def test_nobody_is_kept_in_a_loop() -> None:
    first = advance(ReportForm(what="Rác").asking("where"), said("chỗ tôi"))
    assert advance(first.form, said("chỗ tôi")).form.where == "chỗ tôi"


@pytest.mark.parametrize(
    ("slot", "question"),
    [("where", "nộp ở đâu vậy?"), ("when", "lệ phí bao nhiêu"), ("consent", "lưu để làm gì?")],
)
def test_a_question_is_answered_and_the_form_waits(slot: str, question: str) -> None:
    after = advance(at(slot), said(question, "ask"))
    assert after == Step(StepKind.ASIDE, at(slot))


def test_sure_small_talk_is_answered_but_an_answer_is_not_taken_for_it() -> None:
    asking = ReportForm(what="Rác").asking("where")
    assert advance(asking, said("cảm ơn bạn", "thanks")).kind is StepKind.ASIDE
    assert advance(asking, said("chợ Tân Lợi", "greet", sure=0.5)).form.where == "chợ Tân Lợi"


def test_a_complaint_that_sounds_like_a_question_is_the_answer() -> None:
    after = advance(ReportForm().asking(), said("sao cả tuần rồi không ai dọn rác vậy?", "report"))
    assert after.form.what.startswith("sao cả tuần")


@pytest.mark.parametrize("slot", ["what", "where", "when", "contact", "consent", "confirm"])
def test_cancel_works_everywhere_by_word_and_by_button(slot: str) -> None:
    assert advance(at(slot), said("thôi không gửi nữa", "cancel")).kind is StepKind.CANCELLED
    assert advance(at(slot), pressed("#MC:CANCEL", "cancel")).kind is StepKind.CANCELLED


def test_a_story_that_mentions_stopping_is_not_a_cancel() -> None:
    story = "xe tải dừng đậu chắn hết lối đi, đã nhắc nhiều lần mà họ không chịu dời đi chỗ khác"
    assert advance(ReportForm().asking(), said(story, "cancel", sure=0.9)).form.what == story


@pytest.mark.parametrize(
    ("text", "slot"),
    [("sửa địa điểm", "where"), ("ghi nhầm thời gian rồi", "when"), ("đổi số điện thoại", "contact"),
     ("sửa nội dung", "what"), ("sua dia diem", "where")],
)  # fmt: skip
def test_a_field_is_corrected_and_the_form_returns_to_where_it_was(text: str, slot: str) -> None:
    asked = advance(at("confirm"), said(text, "correct"))
    assert asked.form.asked == slot
    new = {
        "where": "ngã tư Lê Duẩn",
        "when": "tối qua",
        "contact": "0905123456",
        "what": "Cống nghẹt từ lâu",
    }[slot]
    done = advance(asked.form, said(new, "report"))
    assert getattr(done.form, slot) == new
    assert done.form.asked == "confirm"


def test_a_correction_may_carry_its_new_value() -> None:
    after = advance(at("confirm"), said("sửa thời gian thành sáng nay", "correct"))
    assert (after.form.when, after.form.asked, after.hint) == ("sáng nay", "confirm", "report.corrected")


def test_asking_to_change_without_saying_what_offers_the_fields() -> None:
    for turn in (said("sửa lại", "correct"), pressed("#MC:CORRECT", "correct"), said("không", "deny")):
        after = advance(at("confirm"), turn)
        assert after.hint == "report.hint.which_field"
        assert "button.fix_where" in after.offer


def test_a_wish_to_have_the_road_repaired_is_no_correction() -> None:
    after = advance(ReportForm().asking(), said("đường hư quá đề nghị sửa lại", "correct", sure=0.6))
    assert after.form.what == "đường hư quá đề nghị sửa lại"


def test_contact_may_be_left_out() -> None:
    asking = replace(FILLED, contact=None, consent=None).asking("contact")
    for turn in (said("bỏ qua", "skip"), said("không", "deny"), pressed("#MC:SKIP", "skip")):
        assert (advance(asking, turn).form.contact, advance(asking, turn).form.asked) == ("", "consent")


def test_consent_is_kept_with_its_version_time_and_message() -> None:
    turn = said("đồng ý", "affirm", now="2026-11-20T10:00:00+07:00", channel="web", inbox_id="m1")
    consent = advance(replace(FILLED, consent=None).asking("consent"), turn).form.consent
    assert consent == {
        "version": CONSENT_VERSION,
        "text_id": CONSENT_TEXT,
        "at": "2026-11-20T10:00:00+07:00",
        "channel": "web",
        "message_id": "m1",
    }


def test_no_consent_ends_the_form() -> None:
    asking = replace(FILLED, consent=None).asking("consent")
    assert advance(asking, said("không", "deny")).kind is StepKind.DECLINED
    assert advance(asking, pressed("#MC:NO", "deny")).kind is StepKind.DECLINED
    assert advance(asking, said("ừm chắc vậy", "affirm", sure=0.5)).form.consent is None


def test_a_changed_consent_text_needs_a_new_version() -> None:
    digest = hashlib.sha256(message(CONSENT_TEXT).encode()).hexdigest()[:12]
    assert (CONSENT_VERSION, digest) == ("2026-11", "d1ed64ed5c95")


def test_only_a_yes_to_the_summary_sends() -> None:
    assert advance(at("confirm"), said("gửi đi", "affirm")).kind is StepKind.SUBMIT
    assert advance(at("confirm"), pressed("#MC:YES", "affirm")).kind is StepKind.SUBMIT


def test_the_state_survives_json() -> None:
    form = at("where", replace(FILLED, contact=None))
    assert ReportForm.from_json(json.loads(json.dumps(form.to_json()))) == form


def test_another_form_or_a_damaged_one_starts_anew() -> None:
    turn = said("Rác chất đống hôi thối", "report")
    assert step({"name": "ticket"}, turn) == start(turn)
    assert step(None, turn) == start(turn)
    assert step({"name": "report", "asked": "nonsense"}, turn).form.asked in {"what", "where"}


@pytest.mark.parametrize("slot", ["what", "where", "when", "contact"])
@given(st.text(max_size=200))
def test_check_takes_a_value_or_gives_a_hint_that_exists(slot: str, text: str) -> None:
    value, hint = check(slot, Turn(text).line)
    assert bool(value) != bool(hint)
    assert not hint or message(hint)


@given(
    st.text(max_size=200),
    st.sampled_from(["what", "where", "when", "contact", "consent", "confirm"]),
    st.sampled_from(["ask", "report", "affirm", "deny", "cancel", "correct", "skip", "chitchat", "handover"]),
    st.floats(0, 1),
)
def test_any_message_leaves_a_form_that_goes_on_or_ends(text: str, slot: str, act: str, sure: float) -> None:
    after = advance(at(slot), said(text, act, sure=sure))
    assert after.form.asked in {"what", "where", "when", "contact", "consent", "confirm"}
    assert not after.hint or message(after.hint)
    assert ReportForm.from_json(json.loads(json.dumps(after.form.to_json()))) == after.form


@given(st.sampled_from(["Nắp cống vỡ ở đường Hòa Bình", "Mất nước tại chợ Thủy Nguyên từ sáng nay"]))
def test_decomposed_text_fills_the_same(text: str) -> None:
    odd = unicodedata.normalize("NFD", text).replace(" ", " \u00a0")
    assert start(said(odd, "report")).form == start(said(text, "report")).form

"""The report form as a pure state machine: what was said in, the next question or the end out.

Rasa's actions and the reduced form (when Rasa is down) run these same functions, and the whole state fits in
the conversation's context, so that either can take over from the other in the middle of a report.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from actions import report_extras as extras
from actions.extract import contact_details, find_place, find_time, is_vague_place, tells_time
from actions.report_state import (
    CONSENT_TEXT,
    CONSENT_VERSION,
    NAME,
    SLOTS,
    STATES,
    ReportForm,
    Step,
    StepKind,
    agreed,
)
from actions.turns import Turn

__all__ = ["CONSENT_TEXT", "CONSENT_VERSION", "NAME", "SLOTS", "ReportForm", "Step", "StepKind"]

_MAX_CHARS = {"what": 2000, "where": 300, "when": 120, "contact": 300}
_MIN_LETTERS = {"what": 8, "where": 3}
# After this many answers that did not fit, a plain answer is taken as it is: nobody is kept in a loop.
_PATIENCE = 2

# Words that announce a report without saying anything of it: "cho tôi gửi phản ánh mới".
_LEAD_IN_WORDS = (
    "da thua kinh chao xin cho giup toi em minh tui con chau anh chi ban ad oi muon can co gui tao viet "
    "lap bao cao ghi nhan phan kien nghi gop y su mot viec chuyen nay ve voi a nhe nha di tinh trang "
    "len den uy phuong xa chinh quyen bo moi la rang vu khan cap quy quan cac"
)
_LEAD_IN = frozenset(_LEAD_IN_WORDS.split())
_FIELDS = {
    "what": r"noi dung|van de|su viec|mo ta",
    "where": r"dia diem|dia chi|vi tri|chỗ|nơi",
    "when": r"thoi gian|ngay gio|thoi diem|ngày|giờ",
    "contact": r"so dien thoai|dien thoai|sdt|lien he|email|lien lac",
}
_FIX = re.compile(
    r"\b(?:sua|doi|thay|chinh|nham|lon|ghi sai|nhap sai|sai|nhap lai|viet lai|bo sung|chua dung|quay lai|tro lai)\b"
)
_NEW_VALUE = re.compile(r"(?:\bthành\b|\blà\b|:|\bthanh\b|->|=>)\s*(?P<value>.+)$", re.IGNORECASE)
_FIX_WORDS = 7


def start(turn: Turn) -> Step:
    """A new form; the message that opened it may already say what, where and when."""
    what, hint = check("what", turn.line)
    if hint or all(word in _LEAD_IN for word in re.findall(r"\w+", turn.folded)):
        return Step(StepKind.ASK, ReportForm().asking(), "report.intro")
    form = ReportForm(what=what, where=find_place(turn.line), when=find_time(turn.line))
    return Step(StepKind.ASK, form.asking(), "report.intro")


def step(saved: dict[str, Any] | None, turn: Turn) -> Step:
    """One turn of the form that the conversation's context holds, or of a new one."""
    if not saved or saved.get("name") != NAME:
        return start(turn)
    form = ReportForm.from_json(saved)
    return advance(form if form.asked in STATES else form.asking(), turn)


def check(slot: str, text: str) -> tuple[str, str]:
    """(value, "") for a usable answer to a text slot, else ("", key of the hint)."""
    value = text[: _MAX_CHARS[slot]].strip(" .,;:-")
    letters = sum(char.isalpha() for char in value)
    if not any(char.isalnum() for char in value):
        return "", "report.hint.no_words"
    if slot == "contact":
        contact = contact_details(value)
        return (contact, "") if contact else ("", "report.hint.contact")
    if slot == "when":
        return (value, "") if tells_time(value) else ("", "report.hint.when")
    if letters < _MIN_LETTERS[slot] or len(value.split()) < 2 and not any(char.isdigit() for char in value):
        return "", f"report.hint.{slot}"
    if slot == "where" and is_vague_place(value):
        return "", "report.hint.where"
    return value, ""


def advance(form: ReportForm, turn: Turn) -> Step:
    """What a message does to the open form."""
    form = extras.seen(form, turn)
    if turn.payload == "#MC:CANCEL" or turn.sure("cancel"):
        return Step(StepKind.CANCELLED, form)
    if turn.payload == "#MC:REPORT":
        return Step(StepKind.ASK, form, "report.already_open")
    if turn.payload.startswith(extras.CHANGES):
        return extras.changed(form, turn)
    if correction := _corrected(form, turn):
        return correction
    answered = {
        "consent": _consented, "confirm": _confirmed, "attach": extras.attached, "similar": extras.compared,
    }  # fmt: skip
    return answered.get(form.asked, _answered)(form, turn)


def _answered(form: ReportForm, turn: Turn) -> Step:
    slot = form.asked
    if turn.payload == "#MC:SKIP" or turn.sure("skip", "deny") and slot in {"when", "contact"}:
        return _skipped(form)
    value, hint = check(slot, turn.line)
    if _is_plain_answer(slot, turn, fits=not hint):
        return _taken(form, turn, value) if not hint else _refused(form, turn, hint)
    return Step(StepKind.ASIDE, form)


def _is_plain_answer(slot: str, turn: Turn, *, fits: bool) -> bool:
    """Whether the words answer the slot, though they may look like a question or small talk."""
    if not turn.is_aside:
        return True
    if slot == "contact":
        return fits
    return (
        slot == "where"
        and fits
        and turn.act == "ask"
        and bool(find_place(turn.line))
        and "?" not in turn.text
    )


def _taken(form: ReportForm, turn: Turn, value: str) -> Step:
    filled = replace(form, **{form.asked: value})  # type: ignore[arg-type]
    if form.asked == "what":
        filled = replace(
            filled, where=filled.where or find_place(value), when=filled.when or find_time(turn.line)
        )
    return Step(StepKind.ASK, filled.asking())


def _refused(form: ReportForm, turn: Turn, hint: str) -> Step:
    tired = form.tries + 1 >= _PATIENCE and turn.words > 0
    if tired and form.asked in {"where", "when"}:
        return _taken(form, turn, turn.line[: _MAX_CHARS[form.asked]])
    return Step(StepKind.ASK, form.asking(form.asked, tries=form.tries + 1), hint)


def _skipped(form: ReportForm) -> Step:
    """Contact and time may be left open; the rest is what a report is."""
    if form.asked == "contact":
        return Step(StepKind.ASK, replace(form, contact="").asking())
    if form.asked == "when":
        return Step(StepKind.ASK, replace(form, when="không rõ").asking())
    return Step(StepKind.ASK, form, f"report.hint.{form.asked}")


def _consented(form: ReportForm, turn: Turn) -> Step:
    if turn.payload == "#MC:YES" or turn.sure("affirm"):
        return Step(StepKind.ASK, replace(form, consent=agreed(turn, CONSENT_TEXT)).asking())
    if turn.payload in {"#MC:NO", "#MC:SKIP"} or turn.sure("deny", "skip"):
        return Step(StepKind.DECLINED, form)
    return Step(StepKind.ASIDE, form) if turn.is_aside else Step(StepKind.ASK, form, "report.hint.consent")


def _confirmed(form: ReportForm, turn: Turn) -> Step:
    if turn.payload == "#MC:YES" or turn.sure("affirm"):
        if form.missing != "confirm":  # a photo or a place came after the summary was shown
            return Step(StepKind.ASK, form.asking())
        return Step(StepKind.SUBMIT, form)
    if turn.payload == "#MC:NO" or turn.sure("deny", "skip"):
        return Step(StepKind.ASK, form, "report.hint.which_field", CORRECTIONS)
    return Step(StepKind.ASIDE, form) if turn.is_aside else Step(StepKind.ASK, form, "report.hint.confirm")


CORRECTIONS = (
    "button.fix_what",
    "button.fix_where",
    "button.fix_when",
    "button.fix_contact",
    "button.cancel",
)


def _corrected(form: ReportForm, turn: Turn) -> Step | None:
    """A wish to change something already said, or None."""
    if turn.payload == "#MC:CORRECT":
        return Step(StepKind.ASK, form, "report.hint.which_field", CORRECTIONS)
    if not _wants_correction(form, turn):
        return None
    slot = _field_of(turn)
    if not slot:
        return Step(StepKind.ASK, form, "report.hint.which_field", CORRECTIONS)
    if (match := _NEW_VALUE.search(turn.line)) and not (found := check(slot, match["value"]))[1]:
        return Step(StepKind.ASK, replace(form, **{slot: found[0]}).asking(), "report.corrected")  # type: ignore[arg-type]
    return Step(StepKind.ASK, form.asking(slot))


def _wants_correction(form: ReportForm, turn: Turn) -> bool:
    if turn.payload or not _FIX.search(turn.folded):
        return False
    if form.asked in {"what", "where"}:
        # "Đề nghị sửa đường" describes a problem: here only a short wish that names a field is believed.
        return turn.words <= _FIX_WORDS and turn.act == "correct" and bool(_field_of(turn))
    return turn.act == "correct" or turn.words <= _FIX_WORDS and bool(_field_of(turn))


def _field_of(turn: Turn) -> str:
    """The field named first in the wish, "" when none is. Short words count only with their marks."""
    both = [re.split(r"\bthanh\b|\bthành\b|:", text)[0] for text in (turn.folded, turn.line.lower())]
    hits = [
        (match.start(), slot)
        for slot, words in _FIELDS.items()
        for wish in both
        if (match := re.search(rf"\b(?:{words})\b", wish))
    ]
    return min(hits)[1] if hits else ""

"""What a report may carry besides its words: photos, a place on the map, its kind, a public answer, another's voice."""

from __future__ import annotations

from dataclasses import replace

from actions.kinds import KINDS
from actions.location import AT, LOCATE, coordinates
from actions.report_state import ATTACH_TEXT, PUBLISH_TEXT, ReportForm, Step, StepKind, agreed
from actions.turns import Turn

KIND, JOIN, PUBLISH, KEEP_PRIVATE = "#MC:KIND:", "#MC:JOIN:", "#MC:PUBLISH", "#MC:PRIVATE"
CHANGES = (AT, LOCATE, KIND, PUBLISH, KEEP_PRIVATE)  # buttons that work at any question
ON_MAP = "vị trí đã đánh dấu trên bản đồ"  # in place of words, as long as the place goes along
LEFT_OUT = "report.left_out"


def seen(form: ReportForm, turn: Turn) -> ReportForm:
    """The form with the photos that wait now; new ones after a no are asked about again."""
    photos = int(turn.metadata.get("photos") or 0)
    return replace(form, photos=photos, attach=None if photos and form.attach == {} else form.attach)


def changed(form: ReportForm, turn: Turn) -> Step:
    """What a button of CHANGES does to the form."""
    if turn.payload.startswith(AT):
        return _located(form, turn)
    if turn.payload == LOCATE:
        return Step(StepKind.ASK, form, "report.hint.locate")
    if turn.payload == PUBLISH:
        return Step(StepKind.ASK, replace(form, publish=agreed(turn, PUBLISH_TEXT)), "report.published")
    if turn.payload == KEEP_PRIVATE:
        return Step(StepKind.ASK, replace(form, publish={}), "report.kept_private")
    kind = turn.payload.removeprefix(KIND)
    if kind not in KINDS:
        return Step(StepKind.ASK, form)
    return Step(StepKind.ASK, replace(form, kind=kind), "report.corrected")


def _located(form: ReportForm, turn: Turn) -> Step:
    """A place on the map. Where it is asked for in words it stands for them; it is sent only after a yes of its own."""
    at = coordinates(turn.payload)
    if at is None:
        return Step(StepKind.ASK, form, "report.hint.location")
    placed = replace(form, at=at, attach=None, where=form.where or ON_MAP)
    answers = form.asked == "where"
    return Step(StepKind.ASK, placed.asking() if answers else placed, "report.located")


def attached(form: ReportForm, turn: Turn) -> Step:
    """The answer to whether photos and the exact place go along. A no takes them away and nothing else."""
    if turn.payload == "#MC:YES" or turn.sure("affirm"):
        return Step(StepKind.ASK, replace(form, attach=agreed(turn, ATTACH_TEXT)).asking())
    if turn.payload in {"#MC:NO", "#MC:SKIP"} or turn.sure("deny", "skip"):
        where = "" if form.where == ON_MAP else form.where
        left = replace(form, attach={}, at=None, photos=0, where=where)
        return Step(StepKind.ASK, left.asking(), LEFT_OUT)
    return Step(StepKind.ASIDE, form) if turn.is_aside else Step(StepKind.ASK, form, "report.hint.consent")


def compared(form: ReportForm, turn: Turn) -> Step:
    """The answer to reports of others that seem to be of the same."""
    shown = [one["code"] for one in form.similar or ()]
    code = turn.payload.removeprefix(JOIN) if turn.payload.startswith(JOIN) else ""
    if turn.sure("affirm") and len(shown) == 1:
        code = shown[0]
    if code in shown:
        return Step(StepKind.JOINED, replace(form, joined=code))
    if turn.payload in {"#MC:NO", "#MC:SKIP"} or turn.sure("deny", "skip"):
        return Step(StepKind.ASK, replace(form, similar=()).asking())
    return Step(StepKind.ASIDE, form) if turn.is_aside else Step(StepKind.ASK, form, "report.hint.similar")

"""Why a question counts as a miss, found by rule from what was expected and what was replied.

What would mend each cause is kept by hand in `quality.yml`; a test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any

from bot.answer.reply import Reply

ABSTAINED = {"no_information", "out_of_scope", "out_of_area"}
ANSWERED = {"answered", "partial"}
ALARMS = {"emergency", "complaint_denunciation", "feedback"}
FIRST = 5  # places among which a record counts as found
# Worse first: a wrong answer given with confidence costs a person a day, a question asked back only a line.
SEVERITY = {
    "alarm_missed": 4,
    "should_refuse": 4,
    "fact_wrong": 4,
    "sibling_first": 3,
    "not_retrieved": 3,
    "lost_thread": 3,
    "aspect_not_told": 2,
    "section_wrong": 2,
    "should_ask": 2,
    "said_missing": 1,
    "other_act": 1,
    "refused": 1,
    "asked_back": 1,
    "failed": 1,
}
Line = dict[str, Any]


def not_answered(reply: Reply) -> str:
    """The cause that lies in the status alone, or "" for an answer."""
    if reply.status in ANSWERED:
        return ""
    if reply.status == "clarify":
        return "asked_back"
    if reply.status in ABSTAINED:
        return "refused"
    return "failed" if reply.status == "error" else "other_act"


def of_procedure(line: Line, reply: Reply, *, rank: int | None) -> str:
    """Of a question about one procedure, once it is known to be a miss."""
    if reply.status not in ANSWERED and reply.status != "clarify":
        return not_answered(reply)
    if rank is None or rank >= FIRST:
        return "not_retrieved"
    if rank > 0:
        return "sibling_first"
    return not_answered(reply) or _of_fact(line, reply)


def _of_fact(line: Line, reply: Reply) -> str:
    """The right record speaks: with a figure that is not its own, of another aspect, or leaving out the fact."""
    if any(re.search(pattern, reply.text, re.I) for pattern in line.get("forbid") or []):
        return "fact_wrong"
    if reply.status == "partial":
        return "said_missing"
    told = str(reply.context.get("aspect") or "")
    return "fact_wrong" if told and told == line.get("aspect") else "aspect_not_told"


def of_turn(line: Line, reply: Reply, *, number: int) -> str:
    """Of a turn of a dialogue; `number` counts from 1."""
    if line.get("clarify"):
        return "should_ask"
    if cause := not_answered(reply):
        return cause
    spoke = reply.procedure.code if reply.procedure else ""
    if line["codes"] and spoke not in line["codes"]:
        return "lost_thread" if number > 1 else "sibling_first"
    return _of_fact(line, reply)


def of_plan(line: Line, reply: Reply) -> str:
    if line.get("expect"):
        return of_trap(line, reply)
    return not_answered(reply) or "section_wrong"


def of_trap(line: Line, reply: Reply) -> str:
    if line["expect"] in ALARMS:
        return "alarm_missed"
    if line["expect"] == "answer":
        return not_answered(reply) if reply.status not in ANSWERED else "fact_wrong"
    return "should_refuse" if reply.status in {*ANSWERED, "clarify"} else not_answered(reply)


def of_faq(line: Line, reply: Reply, *, rank: int | None) -> str:
    if line["answerable"] == "no":
        return of_trap({"expect": "abstain"}, reply)
    return of_procedure(line, reply, rank=rank)

"""One small world for the tests of answers: the packs alone, with the hash encoder, built once a session."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.answer.context import VIETNAM, Question
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge, Wordings
from knowledge.guides import load_guides
from knowledge.packs_loader import load_areas, load_plans, load_procedures, load_questions, load_units
from knowledge.text.acts import ActClassifier

ROOT = Path(__file__).resolve().parent.parent.parent
WORDINGS = 10  # of each kind a procedure keeps here: enough to be found, few enough to build in seconds
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=VIETNAM)
# The weights and thresholds that serve are fitted again and again. These are one such fit, kept here so that tests of
# what follows from being sure do not change with the next.
SURE = {
    "procedures": {
        "bias": -10.718, "coverage": 4.075, "body_coverage": 0.338, "dense": 6.879, "margin": 4.229,
        "entry": -0.968, "short": 6.133, "answer": 0.5, "clarify": 0.15,
    },
    "passages": {
        "bias": -6.965, "coverage": 2.184, "body_coverage": 3.388, "dense": 4.866, "margin": 2.171,
        "entry": -4.764, "short": 5.611, "answer": 0.45, "clarify": 0.15,
    },
}  # fmt: skip
BIRTH = "1.001193"
MARRIAGE = "1.000894"
BAC_BINH = "lam-dong/bac-binh"


@cache
def knowledge() -> Knowledge:
    procedures = load_procedures()
    codes = {procedure.code for procedure in procedures}
    return Knowledge(
        procedures=procedures,
        plans=load_plans(),
        guides=load_guides(),
        units=load_units(),
        areas=load_areas(),
        wordings={
            code: Wordings(aliases[:WORDINGS], questions[:WORDINGS])
            for code, (aliases, questions) in load_questions().items()
            if code in codes
        },
    )


def tiny_knowledge() -> Knowledge:
    """Three procedures, one plan and one guide: for tests that build a snapshot of their own."""
    whole = knowledge()
    return replace(
        whole,
        procedures=[p for p in whole.procedures if p.code in {BIRTH, MARRIAGE, "3.000347"}],
        plans=[plan for plan in whole.plans if plan.area == BAC_BINH],
        guides=whole.guides[:1],
        units=[],
        wordings={},
    )


@cache
def home() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="motcua-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(knowledge(), home=folder, encoder=HashEncoder())
    return folder


@cache
def search() -> Search:
    folder = current(home())
    assert folder is not None
    snapshot = Snapshot(folder)
    snapshot.manifest = snapshot.manifest.model_copy(update={"confidence": SURE})
    return Search(snapshot, HashEncoder())


@cache
def acts() -> ActClassifier:
    return ActClassifier.from_folder(ROOT / "bot" / "nlu")


@cache
def answerer() -> Answerer:
    return Answerer(search(), Areas.from_pack(), acts())


class Talk:
    """A conversation with the pipeline: each reply's context goes into the next question."""

    def __init__(self, area: str = "", now: datetime = NOW) -> None:
        self.area = area
        self.now = now
        self.context: dict[str, Any] = {}

    def say(self, text: str, *, payload: str = "", act: str | None = None) -> Reply:
        reply = answerer().answer(
            Question(
                text, area=self.area, payload=payload, context=self.context, act=act, now=self.now
            )  # fmt: skip
        )
        self.context = reply.context
        return reply


def ask(
    text: str, *, area: str = "", payload: str = "", act: str | None = None, now: datetime = NOW
) -> Reply:
    return Talk(area, now).say(text, payload=payload, act=act)

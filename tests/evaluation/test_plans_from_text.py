"""The sample plans answered from their files alone, our packs of plans laid aside: figures that must hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.service import Answerer
from bot.evaluation.ask import InProcess
from bot.evaluation.kinds import Case
from bot.evaluation.run import evaluate
from knowledge.documents import Plan
from tests.evaluation.agreement import pairs, row
from tests.evaluation.from_text import NOW, answerer_of, encoder, knowledge_of, plans_of

pytestmark = pytest.mark.shared
DATA = Path(__file__).parent / "data"
SCAN = "002_588c5e947126b9b5.txt"


@pytest.fixture(scope="module")
def plans(shared: Path) -> list[Plan]:
    return plans_of(shared / "seeds")


@pytest.fixture(scope="module")
def answerer(plans: list[Plan], tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return answerer_of(knowledge_of(plans), tmp_path_factory.mktemp("from-text"), encoder())


def asked(answerer: Answerer, *files: Path) -> tuple[float, list[Case]]:
    report, cases = evaluate("plans", files, InProcess(answerer, NOW))
    value = report.figures["right"].value
    assert value is not None
    return value, cases


def test_the_questions_given_with_the_sample_plans(answerer: Answerer, shared: Path) -> None:
    right, _ = asked(answerer, shared / "eval" / "dev" / "plans.jsonl")
    assert right >= 0.9


def test_our_own_questions_written_before_the_parser(answerer: Answerer) -> None:
    right, _ = asked(answerer, DATA / "plans_from_text.jsonl")
    assert right >= 0.9


def test_our_own_questions_on_the_packs(answerer: Answerer) -> None:
    """Three of them ask for what only the poor scan says: those are pointed at, not answered."""
    right, cases = asked(answerer, DATA / "plans.jsonl")
    assert right >= 0.9
    wrong = [case for case in cases if not case.right]
    assert all(case.status != "answered" or "quét" not in case.text for case in wrong)


def test_what_is_read_agrees_with_what_was_written_by_hand(shared: Path) -> None:
    for ours, read in pairs(shared / "seeds"):
        if read.provenance.source == SCAN:
            assert not (read.statements or read.number or read.issued)
            continue
        told = row(ours, read)
        assert [told[name] for name in ("number", "date", "signer", "area", "year")] == ["True"] * 5, told
        for name in ("events", "references", "their dates", "statements", "offices"):
            have, of = map(int, told[name].split("/"))
            assert have >= 0.9 * of, (ours.id, name, told[name])


def test_reading_twice_gives_the_same(plans: list[Plan], shared: Path) -> None:
    assert [plan.to_json() for plan in plans_of(shared / "seeds")] == [plan.to_json() for plan in plans]

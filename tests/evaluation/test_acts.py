"""What `motcua eval acts` measures, and the bars of its figures (docs/quality/answers.md holds them as measured)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.acts import COSTLY, Row, measure
from bot.evaluation.metrics import Figure
from bot.gateway.scoring import own_folders
from knowledge.text.acts import ACTS, load_nlu_examples


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[str, Row]:
    return {row.name.strip(): row for row in measure(root / "bot" / "nlu", own_folders())}


def value(figure: Figure) -> float:
    assert figure.value is not None
    return figure.value


def test_every_act_and_every_view_is_told(rows: dict[str, Row], root: Path) -> None:
    assert set(ACTS) < set(rows)
    assert rows["examples, cross-validated"].right.n == len(load_nlu_examples(root / "bot" / "nlu"))
    assert set(ACTS) > COSTLY


def test_examples_are_told_by_models_that_never_saw_them(rows: dict[str, Row]) -> None:
    assert value(rows["examples, cross-validated"].right) >= 0.93
    # A report taken for a question costs one more message; a question taken for a report costs an answer.
    assert value(rows["ask"].right) >= 0.95
    assert value(rows["report"].right) >= 0.75


def test_other_peoples_questions_are_questions_and_their_reports_reports(rows: dict[str, Row]) -> None:
    assert rows["questions of other people"].right.n > 500
    assert value(rows["questions of other people"].right) >= 0.97
    assert value(rows["questions of other people, without marks"].right) >= 0.95
    assert rows["reports of other people"].right.n > 350
    assert value(rows["reports of other people"].right) >= 0.6


def test_what_is_no_business_of_ours_begins_nothing(rows: dict[str, Row]) -> None:
    assert rows["out of the domain, nothing begun"].right.n >= 60
    assert value(rows["out of the domain, nothing begun"].right) >= 0.85


def test_mistakes_are_told_the_most_frequent_first(rows: dict[str, Row]) -> None:
    counts = [int(part.rsplit(" ", 1)[1]) for part in rows["examples, cross-validated"].mistakes.split(", ")]
    assert counts == sorted(counts, reverse=True)


def test_folders_without_question_files_are_told_apart_from_bad_figures(root: Path, tmp_path: Path) -> None:
    names = {row.name for row in measure(root / "bot" / "nlu", [tmp_path])}
    assert not any("other people" in name for name in names)

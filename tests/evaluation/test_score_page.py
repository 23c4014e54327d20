"""Figures as data, the twenty misses, and the page written from them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation import figures as kept
from bot.evaluation.causes import SEVERITY
from bot.evaluation.figures import FirstRun, Miss, QualityFigures, SetFigures
from bot.evaluation.kinds import Case
from bot.evaluation.metrics import Figure, figure, pooled, wilson
from bot.evaluation.misses import SHOWN, instructive, masked, misses_of
from bot.evaluation.page import bar_cell, field_rows, render
from bot.evaluation.report import Report, summarise
from bot.evaluation.tables import Bar, is_ours, set_of, tables
from knowledge.errors import BadRecord

DAY = date(2026, 11, 20)


def case(name: str, **more: object) -> Case:
    return Case.model_validate({"id": name, "q": f"hỏi {name}", "status": "answered", **more})


def a_set(name: str, *, value: float = 0.8, n: int = 50, **more: object) -> SetFigures:
    low, high = wilson(value * n, n)
    share = Figure(value=value, low=low, high=high, n=n)
    report = Report(
        kind="procedures",
        n=n,
        figures={"R@1": share, "R@5": share},
        styles={"long": {"R@1": share}},
        fields={"Hộ tịch": {"R@1": share}},
        causes={"refused": 2},
        curve=[{"coverage": part / 10, "risk": 0.1, "confidence": 0.5} for part in range(1, 11)],
        latency={"p50": 10.0, "p95": 20.0},
    )
    return SetFigures.model_validate(
        {"name": name, "title": name, "measured": DAY, "kinds": {"procedures": report}, **more}
    )


# ------------------------------------------------------------------ figures


def test_seven_of_seven_is_not_certainty() -> None:
    all_right = figure([1.0] * 7)
    assert (
        all_right.value == 1.0 and all_right.low == pytest.approx(0.646, abs=0.01) and all_right.high == 1.0
    )
    assert figure([0.0] * 7).high == pytest.approx(0.354, abs=0.01)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=6))
def test_pooled_shares_are_those_of_all_cases(parts: list[tuple[int, int]]) -> None:
    shares = [Figure(value=min(hits, n) / n, low=0, high=1, n=n) for hits, n in parts]
    made = pooled([*shares, Figure(value=None)])
    assert made.n == sum(n for _, n in parts)
    if parts:
        expected = sum(min(hits, n) for hits, n in parts) / made.n
        assert made.value == pytest.approx(expected, abs=1e-4)
        assert made.low is not None and made.high is not None and made.low <= made.value <= made.high
    else:
        assert made.value is None


def test_styles_have_one_name_and_fields_need_cases() -> None:
    cases = [case(str(n), ranked=True, rank=0, style="story", code="1.1") for n in range(4)]
    few = summarise("procedures", cases, field_of=lambda code: "Hộ tịch")
    assert list(few.styles) == ["long"] and few.fields == {}
    enough = summarise(
        "procedures", [*cases, case("5", ranked=True, rank=1)], field_of=lambda code: "Hộ tịch"
    )
    assert enough.fields["Hộ tịch"]["R@1"].value == 0.8


def test_a_false_alarm_is_a_false_refusal_and_asking_back_is_not() -> None:
    statuses = ["answered", "clarify", "no_information", "emergency"]
    cases = [case(name, status=name, ranked=True, rank=0, answered=name == "answered") for name in statuses]
    found = summarise("procedures", cases).figures
    assert found["false refusals"].value == 0.5 and found["asked back"].value == 0.25


def test_the_loss_without_marks_is_counted_question_by_question() -> None:
    cases = [
        case("a", ranked=True, rank=0), case("a", ranked=True, rank=2, style="nodiac"),
        case("b", ranked=True, rank=1), case("b", ranked=True, rank=0, style="nodiac"),
        case("c", ranked=True, rank=0), case("c", ranked=True, rank=1, style="nodiac"),
        case("d", ranked=True, rank=0),
    ]  # fmt: skip
    lost = summarise("portal_faq", cases).figures["R@1 lost without marks"]
    assert (lost.value, lost.n) == (pytest.approx(1 / 3, abs=1e-4), 3)


def test_traps_are_told_apart_by_what_they_call_for() -> None:
    cases = [
        case("1", right=True, expected="emergency"),
        case("2", right=False, expected="abstain", cause="refused"),
    ]
    found = summarise("traps", cases)
    assert found.styles["emergency"]["right"].value == 1.0 and found.styles["abstain"]["right"].value == 0.0
    assert found.causes == {"refused": 1}


# ------------------------------------------------------------------ misses


def test_one_of_each_cause_comes_before_a_second_of_any_the_gravest_first() -> None:
    cases = [case(f"{cause}{n}", cause=cause, confidence=n / 10) for cause in SEVERITY for n in range(3)]
    chosen = instructive(cases)
    assert len(chosen) == SHOWN
    first = [one.cause for one in chosen[: len(SEVERITY)]]
    assert set(first) == set(SEVERITY)
    assert [SEVERITY[cause] for cause in first] == sorted(SEVERITY.values(), reverse=True)
    assert all(one.confidence == 0.2 for one in chosen[: len(SEVERITY)]), "said with the most confidence"
    assert instructive([]) == []


def test_a_question_asked_with_and_without_marks_is_one_miss() -> None:
    twice = [
        case("f1", cause="refused"),
        case("f1", cause="refused", style="nodiac"),
        case("f2", cause="refused"),
    ]
    assert [one.id for one in instructive(twice)] == ["f1", "f2"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi 0912 345 678 nhé", "gọi [số] nhé"),
        ("CCCD 001203004567", "CCCD [số]"),
        ("+84 912.345.678", "[số]"),
        ("viết cho lan.nguyen@example.vn ạ", "viết cho [thư] ạ"),
        ("phí 70.000 đồng, 15 ngày, năm 2026", "phí 70.000 đồng, 15 ngày, năm 2026"),
        ("mã 1.001193", "mã 1.001193"),
    ],
)
def test_what_would_name_a_person_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_of_a_set_from_outside_only_ids_and_causes_are_kept() -> None:
    cases = {
        "procedures": [case("x", cause="refused", code="1.1", first="1.2", confidence=0.5), case("right")]
    }
    (ours,) = misses_of(cases, ours=True)
    assert (ours.q, ours.expected, ours.first, ours.kind) == ("hỏi x", "1.1", "1.2", "procedures")
    (theirs,) = misses_of(cases, ours=False)
    assert theirs == Miss(id="x", kind="procedures", cause="refused", status="answered")


def test_the_sets_of_the_project_are_known_by_their_folder(root: Path, tmp_path: Path) -> None:
    assert set_of(root / "tests" / "evaluation" / "data" / "blind2", root) == "blind2"
    assert set_of(root / "tests" / "evaluation" / "data", root) == "own"
    assert set_of(tmp_path, root) == ""
    assert is_ours("own") and not is_ours("dev") and not is_ours("van-phong")


# ------------------------------------------------------------------ kept as data


def test_figures_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = QualityFigures().with_set(a_set("own"))
    kept.save(tmp_path / "q" / "figures.json", written)
    assert kept.load(tmp_path / "q" / "figures.json") == written
    assert kept.load(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text('{"sets": 7}', encoding="utf-8")
    with pytest.raises(BadRecord, match=r"bad\.json"):
        kept.load(tmp_path / "bad.json")


def test_a_set_measured_anew_keeps_its_first_run_and_the_kinds_not_asked() -> None:
    before = QualityFigures().with_set(a_set("own", value=0.5))
    plans = a_set("own").model_copy(update={"kinds": {"plans": Report(kind="plans", figures={})}})
    after = before.with_set(plans).with_set(a_set("own", value=0.9))
    (one,) = after.sets
    assert set(one.kinds) == {"procedures", "plans"}
    assert one.figure("procedures", "R@1").value == 0.9
    first = after.first_run("own")
    assert first is not None and first.figures["procedures"]["R@1"].value == 0.5
    assert first.figures["procedures:long"]["R@1"].value == 0.5


def test_sets_stand_in_the_order_of_the_page_an_offices_own_first() -> None:
    found = QualityFigures()
    for name in ("dev", "own", "van-phong", "blind2"):
        found = found.with_set(a_set(name))
    assert [one.name for one in found.sets] == ["van-phong", "blind2", "own", "dev"]


# ------------------------------------------------------------------ the page


@pytest.mark.parametrize(
    ("value", "most", "standing"),
    [
        ((0.95, 0.93, 0.97), False, "surely"),
        ((0.93, 0.85, 0.97), False, "reached"),
        ((0.91, 0.85, 0.95), False, "near"),
        ((0.80, 0.70, 0.90), False, "missed"),
        ((0.90, 0.85, 0.91), True, "surely"),
        ((0.91, 0.85, 0.95), True, "reached"),
        ((0.94, 0.90, 0.97), True, "near"),
        ((0.98, 0.96, 0.99), True, "missed"),
    ],
)
def test_where_a_figure_stands_to_its_bar(
    value: tuple[float, float, float], most: bool, standing: str
) -> None:
    bar = Bar(kind="procedures", figure="R@1", bar=0.92, label="", most=most)
    share, low, high = value
    assert bar.standing(Figure(value=share, low=low, high=high, n=9)) == standing
    assert bar.standing(Figure(value=None)) == ""


def test_the_page_shows_what_was_measured() -> None:
    found = QualityFigures(
        sets=[
            a_set(
                "blind2",
                misses=[
                    Miss(id="b1", kind="procedures", cause="refused", status="no_information", q="a | b")
                ],
            ),
            a_set("dev", misses=[Miss(id="f9", kind="portal_faq", cause="asked_back", status="clarify")]),
        ],
        first_runs=[
            FirstRun(
                set="dev",
                measured=DAY,
                figures={"procedures": {"R@1": Figure(value=0.4, low=0.3, high=0.5, n=9)}},
            )
        ],
    )
    page = render(found)
    assert "| citizen questions, R@1 | ≥ 0.92 | 0.80 [0.67–0.89] (50) ✘ | 0.80 [0.67–0.89] (50) ✘ |" in page
    assert (
        "| dev | 2026-11-20 | citizen questions, R@1 | 0.40 [0.30–0.50] (9) | 0.80 [0.67–0.89] (50) |" in page
    )
    assert "| Hộ tịch | 0.80 [0.71–0.87] (100) | – |" in page
    assert "a \\| b" in page and "| dev | f9 | portal_faq | – | asked_back | – | – | – (clarify) |" in page
    assert "nan" not in page.lower() and "None" not in page
    for table in page.split("\n\n"):
        rows = [line.replace("\\|", "") for line in table.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1, rows


def test_a_page_without_figures_is_still_a_page() -> None:
    assert render(QualityFigures()).startswith("# Quality\n")


def test_what_was_not_measured_is_a_dash() -> None:
    bar = next(bar for bar in tables().bars if bar.kind == "dialogues")
    assert bar_cell(bar, a_set("own")) == "–"
    assert field_rows([]) == []


def test_the_page_in_the_repository_is_that_of_its_figures(root: Path) -> None:
    found = kept.load(root / "docs" / "quality" / "figures.json")
    assert found is not None
    assert (root / "docs" / "quality.md").read_text(encoding="utf-8") == render(found)


def test_nothing_of_outside_sets_is_in_the_repository(root: Path) -> None:
    raw = json.loads((root / "docs" / "quality" / "figures.json").read_text(encoding="utf-8"))
    for one in raw["sets"]:
        if not is_ours(one["name"]):
            assert all(set(miss) <= {"id", "kind", "style", "cause", "status"} for miss in one["misses"])

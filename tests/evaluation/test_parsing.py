"""The measure of the parser: what counts as right, wrong and missing, on records and labels of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.parsing import (
    BLANK,
    align,
    channel_outcomes,
    dossier_outcomes,
    lines,
    main,
    measure,
    outcomes,
    read_records,
    score,
    wilson,
)
from bot.evaluation.portal_labels import LABELS, Label, read_labels
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Fee,
    Form,
    How,
    Procedure,
    Quantity,
    SubmissionChannel,
    TimeUnit,
)
from tests.knowledge.crawl import crawl_line, write_lines

FREE = (Fee(amount=0),)
DAYS = Quantity(value=3, unit=TimeUnit.DAY, raw="3 Ngày")


def procedure(*channels: SubmissionChannel, dossier: tuple[DossierCase, ...] = ()) -> Procedure:
    return Procedure(code="9.000001", title="Mẫu", channels=channels, dossier=dossier)


def online(
    *, days: float | None = 3, fees: tuple[Fee, ...] = FREE, note: str = "", how: How = How.ONLINE
) -> SubmissionChannel:
    limit = Quantity(value=days, unit=TimeUnit.DAY, raw="") if days else None
    return SubmissionChannel(how=how, time_limit=limit, fees=fees, note=note)


def label(*channels: dict[str, object], dossier: tuple[dict[str, object], ...] = ()) -> Label:
    ordinary = {"how": "online", "limit": [3, "day"], "fees": [], "free": True, "fee_open": False}
    return Label.model_validate(
        {"code": "9.000001", "channels": [ordinary | one for one in channels], "dossier": list(dossier)}
    )


def verdicts(expected: Label, record: Procedure) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in outcomes(expected, record):
        found.setdefault(one.field, []).append(one.verdict)
    return {name: sorted(values) for name, values in found.items()}


def test_a_row_that_agrees_is_right() -> None:
    assert verdicts(label({}), procedure(online())) == {
        "channel": ["right"], "time limit": ["right"], "free": ["right"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("says", "states", "expected"),
    [
        ({"limit": [3, "day"]}, online(days=4), ["missing", "wrong"]),
        ({"limit": [3, "day"]}, online(days=None), ["missing"]),
        ({"limit": None}, online(), ["wrong"]),
        ({"limit": None}, online(days=None), []),
        ({"limit": None, "limit_said": [[3, "day"]]}, online(), ["right"]),
        ({"limit": None, "limit_said": [[3, "day"], [5, "day"]]}, online(), ["missing", "wrong"]),  # no case
    ],
)
def test_time_limits(says: dict[str, object], states: SubmissionChannel, expected: list[str]) -> None:
    assert verdicts(label(says), procedure(states)).get("time limit", []) == expected


@pytest.mark.parametrize(("note", "expected"), [("làm lại", ["right"]), ("làm mới", ["missing", "wrong"])])
def test_limits_of_cases_are_right_with_the_words_of_each(note: str, expected: list[str]) -> None:
    said = label({"limit": None, "limit_said": [[3, "day"], [5, "day"]]})
    record = procedure(online(note="làm mới"), online(days=5, note=note))
    assert verdicts(said, record)["time limit"] == expected
    assert verdicts(said, record)["channel"] == ["right"]


def fees(*pairs: tuple[int | None, str]) -> SubmissionChannel:
    return online(fees=tuple(Fee(amount=amount, condition=condition) for amount, condition in pairs))


TWO = {"fees": [[50_000, "VND"], [70_000, "VND"]], "free": False}


@pytest.mark.parametrize(
    ("says", "states", "amounts"),
    [
        (TWO, fees((50_000, "lại"), (70_000, "mới")), ["right", "right"]),
        (TWO, fees((50_000, "lại")), ["missing", "right"]),
        (TWO, fees((50_000, "")), ["missing", "missing", "wrong"]),  # one of two without its condition
        (TWO, fees((None, "cả hai")), ["missing", "missing"]),
        (TWO, fees((60_000, "lại")), ["missing", "missing", "wrong"]),
        ({"fees": [[50_000, "VND"]], "free": False}, fees((50_000, "")), ["right"]),
        ({"fees": [], "free": None, "fee_open": True}, fees((50_000, "")), ["wrong"]),
    ],
)
def test_amounts(says: dict[str, object], states: SubmissionChannel, amounts: list[str]) -> None:
    assert verdicts(label(says), procedure(states))["amount"] == amounts


@pytest.mark.parametrize(
    ("free", "states", "expected"),
    [
        (True, fees((0, "")), ["right"]),
        (True, fees((None, "")), ["missing"]),
        (True, online(fees=()), ["missing"]),
        (None, fees((0, "")), ["wrong"]),
        (False, fees((0, "")), ["wrong"]),
        (None, fees((None, "")), []),
        (False, fees((0, "hộ nghèo"), (50_000, "khác")), []),  # free for some is not free
    ],
)
def test_free(free: bool | None, states: SubmissionChannel, expected: list[str]) -> None:
    assert verdicts(label({"free": free}), procedure(states)).get("free", []) == expected


def test_rows_without_a_fee_cell_are_counted_apart() -> None:
    said = label({"free": None, "fee_open": True, "fee_blank": True})
    assert verdicts(said, procedure(online()))[BLANK] == ["wrong"]
    assert BLANK not in verdicts(said, procedure(online(fees=())))


def test_what_is_unsure_is_left_out() -> None:
    assert verdicts(label({"unsure": True}), procedure(online(days=99))) == {}
    case = {"items": 1, "counts": [[1, None]], "forms": 0, "unsure": True}
    papers = (DossierCase(items=(DossierItem(name="Đơn", originals=9),)),)
    assert dossier_outcomes(label({}, dossier=(case,)), procedure(dossier=papers)) == []


def test_a_row_printed_twice_is_one_row_of_the_record() -> None:
    assert verdicts(label({}, {}), procedure(online())) == verdicts(label({}), procedure(online()))


def test_rows_that_are_missing_or_too_many() -> None:
    assert verdicts(label({}, {"limit": [9, "day"]}), procedure(online()))["channel"] == ["missing", "right"]
    extra = procedure(online(), online(how=How.POST))
    assert [one.verdict for one in channel_outcomes(label({}), extra) if one.field == "channel"] == [
        "right",
        "wrong",
    ]


def paper(originals: int | None, copies: int | None = None, file: str = "") -> DossierItem:
    return DossierItem(
        name="Giấy", originals=originals, copies=copies, form=Form(file=file) if file else None
    )


CASE = {"items": 3, "counts": [[1, None], [0, 1], [2, None]], "forms": 1}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((paper(1, file="a.doc"), paper(0, 1), paper(2)),
         {"paper": ["right"] * 3, "originals": ["right"] * 3, "copies": ["right"], "form": ["right"]}),
        ((paper(1), paper(2)),
         {"paper": ["missing", "right", "right"], "originals": ["missing", "right", "right"],
          "copies": ["missing"], "form": ["missing"]}),
        ((paper(None), paper(5, 1), paper(2, 4)),
         {"paper": ["right"] * 3, "originals": ["missing", "missing", "right", "wrong"],
          "copies": ["right", "wrong"], "form": ["missing"]}),
        ((paper(1, file="a"), paper(0, 1, "b"), paper(2), paper(7)),
         {"paper": ["right"] * 3 + ["wrong"], "originals": ["right"] * 3 + ["wrong"], "copies": ["right"],
          "form": ["right", "wrong"]}),
    ],
)  # fmt: skip
def test_papers_and_their_counts(items: tuple[DossierItem, ...], expected: dict[str, list[str]]) -> None:
    found = verdicts(label(dossier=(CASE,)), procedure(dossier=(DossierCase(items=items),)))
    assert found == {"dossier case": ["right"], **expected}


def test_cases_are_paired_by_their_papers() -> None:
    other = {"items": 1, "counts": [[0, 1]], "forms": 0}
    record = procedure(dossier=(DossierCase(items=(paper(0, 1),)),))
    found = verdicts(label(dossier=(CASE, other)), record)
    assert found["dossier case"] == ["missing", "right"]
    assert found["copies"] == ["missing", "right"]
    too_many = procedure(dossier=(DossierCase(items=(paper(0, 1),)), DossierCase(items=(paper(3),))))
    assert verdicts(label(dossier=(other,)), too_many)["dossier case"] == ["right", "wrong"]


def test_a_value_that_is_wrong_also_misses_the_right_one() -> None:
    scores = score(outcomes(label({}), procedure(online(days=4))))
    limit = scores["time limit"]
    assert (limit.right, limit.wrong, limit.missing, limit.stated, limit.expected) == (0, 1, 1, 1, 1)
    assert scores["all"].stated == sum(scores[name].stated for name in ("channel", "time limit", "free"))


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=6))
def test_alignment_names_every_place_once_and_in_order(left: list[int], right: list[int]) -> None:
    pairs = align(left, right, lambda a, b: float(a == b))
    assert [i for i, _ in pairs if i is not None] == list(range(len(left)))
    assert [j for _, j in pairs if j is not None] == list(range(len(right)))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (10, 10, 0.722, 1.0), (50, 100, 0.404, 0.596), (0, 10, 0.0, 0.278)],
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.001)


def test_the_table_names_what_is_wrong() -> None:
    found = outcomes(label({}), procedure(online(days=4)))
    text = "\n".join(lines(found, 1))
    assert "time limit          1   0.0%" in text
    assert '9.000001 time limit: [[4.0, "day"]] for [[3.0, "day"]]' in text


def _folder(tmp_path: Path) -> tuple[Path, Path]:
    ordinary = {"fees": [], "free": True, "fee_open": False}
    channels = [
        {"how": "online", "limit": [3, "working_day"], **ordinary},
        {"how": "direct", "limit": None, **ordinary},
    ]
    case = {"items": 1, "counts": [[1, None]], "forms": 1}
    labels = write_lines(
        tmp_path / "labels" / "a.jsonl", {"code": "9.000001", "channels": channels, "dossier": [case]}
    )
    return labels.parent, write_lines(tmp_path / "crawl.jsonl", crawl_line(), crawl_line("9.000002"))


def test_from_files_to_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "labels").mkdir()
    labels, corpus = _folder(tmp_path)
    assert main(["--labels", str(labels), "--corpus", str(corpus)]) == 0
    assert "1 records" in capsys.readouterr().out
    assert main(["--labels", str(labels / "a.jsonl"), "--corpus", str(corpus), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["records"], told["wrong"], told["scores"]["all"]["wrong"]) == (1, [], 0)
    assert told["scores"]["form"]["right"] == 1


def test_a_damaged_line_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write_lines(tmp_path / "crawl.jsonl", crawl_line(ten_thu_tuc=5), crawl_line("9.000002"))
    assert list(read_records(corpus, {"9.000001", "9.000002"})) == ["9.000002"]
    assert "9.000001: ten_thu_tuc" in capsys.readouterr().err


def test_the_labels_in_the_repository_are_of_the_shape_told() -> None:
    labels = read_labels([LABELS])
    assert len(labels) == len({one.code for one in labels}) == 200
    assert all(len(case.counts) == case.items for one in labels for case in one.dossier)


@pytest.mark.shared
@pytest.mark.parametrize("half", ["a", "b"])
def test_the_aims_of_the_parser_are_met(shared: Path, half: str) -> None:
    """Right of stated at least 98 %, stated of stateable at least 90 % (`b` was held out while rules were written)."""
    labels = read_labels([LABELS / f"{half}.jsonl"])
    records = read_records(shared / "corpus" / "procedures.jsonl", {one.code for one in labels})
    assert len(records) == 100
    scores = score(measure(labels, records))
    assert scores["all"].right >= 0.98 * scores["all"].stated
    assert scores["all"].right >= 0.97 * scores["all"].expected
    for name in ("channel", "time limit", "amount", "free", "paper", "originals", "copies", "form"):
        assert scores[name].right >= 0.98 * scores[name].stated, name
        assert scores[name].right >= 0.89 * scores[name].expected, name
    assert scores[BLANK].wrong == 0

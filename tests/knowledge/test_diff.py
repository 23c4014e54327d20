"""What changes for people between two versions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from knowledge.diff import Change, Difference, SavedQuestion, changes_of, compare, difference
from knowledge.documents import Doubt, Plan, Procedure, Statement
from knowledge.errors import UnknownVersion
from knowledge.store import KnowledgeStore

CHANNEL: dict[str, Any] = {
    "how": "online",
    "time_limit": {"value": 3, "unit": "working_day", "raw": "3 Ngày làm việc"},
    "fees": [{"amount": 50_000, "condition": "lần đầu"}],
}
PAPERS = [{"items": [{"name": "Tờ khai", "originals": 1}, {"name": "Ảnh 4×6"}]}]


def record(code: str = "9.000001", **changes: Any) -> Procedure:
    base = {"code": code, "title": f"Cấp giấy {code}", "channels": [CHANNEL], "dossier": PAPERS}
    return Procedure.model_validate(base | changes)


def plan(**changes: Any) -> Plan:
    return Plan.model_validate({"id": "p", "title": "Kế hoạch mẫu", "area": "a", **changes})


def found(old: list[Procedure | Plan], new: list[Procedure | Plan], *questions: SavedQuestion) -> Difference:
    sides = ({(one.kind, one.key): one for one in side} for side in (old, new))
    return difference(*sides, questions=questions)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"channels": [{**CHANNEL, "fees": [{"amount": 75_000, "condition": "lần đầu"}]}]},
            Change("channels.online.fees.lần đầu.amount", "50000", "75000"),
        ),
        (
            {"channels": [{**CHANNEL, "fees": []}]},
            Change("channels.online.fees", "50,000 VND lần đầu", ""),
        ),
        (
            {"channels": [{**CHANNEL, "time_limit": {"value": 5, "unit": "day", "raw": "5 ngày"}}]},
            Change("channels.online.time_limit", "3 working_day", "5 day"),
        ),
        (
            {"channels": [{**CHANNEL, "time_limit": None}]},
            Change("channels.online.time_limit", "3 working_day", ""),
        ),
        (
            {"dossier": [{"items": [{"name": "Tờ khai", "originals": 2}, {"name": "Ảnh 4×6"}]}]},
            Change("dossier.items.Tờ khai.originals", "1", "2"),
        ),
        (
            {"dossier": [{"items": [{"name": "Ảnh 4×6"}, {"name": "Tờ khai", "originals": 1}]}]},
            None,  # in another order they are the same papers
        ),
        ({"steps": ["Nộp."]}, Change("steps", "", "Nộp.")),
        ({"provenance": {"sha256": "1", "fetched": "2026-11-20"}}, None),
        ({"raw_code": "9.000001.H15"}, None),
    ],
)
def test_every_value_by_its_name(changes: dict[str, Any], expected: Change | None) -> None:
    found = changes_of(record(), record(**changes))
    assert found == ([expected] if expected else [])


def test_fees_limits_and_papers_come_first() -> None:
    old = [record(f"9.00000{number}") for number in range(1, 5)]
    papers = [{"items": [{"name": "Tờ khai mới"}]}]
    limit = {**CHANNEL, "time_limit": {"value": 9, "unit": "day"}}
    fee = {**CHANNEL, "fees": [{"amount": 0, "condition": "lần đầu"}]}
    new = [
        record("9.000001", legal_basis=[{"number": "1/2026/NĐ-CP"}]),
        record("9.000002", dossier=papers, agency="Sở Mẫu"),
        record("9.000003", channels=[limit]),
        record("9.000004", channels=[fee], steps=["Nộp."]),
    ]
    amended = found(old, new).amended
    assert [row.key for row in amended] == ["9.000004", "9.000003", "9.000002", "9.000001"]
    assert [row.aspects[0] for row in amended] == ["fee", "time_limit", "documents", "legal"]
    assert amended[0].aspects == ("fee", "steps")


def test_added_removed_ended_and_reread() -> None:
    ended = {"state": "superseded", "by": "2/QĐ-M", "end": date(2026, 6, 30)}
    old = [record("9.000001"), record("9.000002"), record("9.000003")]
    new = [
        record("9.000002", validity=ended),
        record("9.000003", provenance={"source": "another"}),
        record("9.000004", listed_only=True),
    ]
    change = found(old, new)
    assert [(row.key, row.note) for row in change.added] == [("9.000004", "title only")]
    assert [row.key for row in change.removed] == ["9.000001"]
    assert [(row.key, row.note) for row in change.ended] == [
        ("9.000002", "superseded, by 2/QĐ-M, until 30/06/2026")
    ]
    assert (change.amended, change.reread, bool(change)) == ((), 1, True)
    assert not found([record()], [record(provenance={"source": "another"})])


def test_doubts_that_come_and_go() -> None:
    fee = Doubt(field="channels.online.fees", reason="the note states another amount", raw="xưa")
    other = Doubt(field="agency", reason="not stated")
    change = found(
        [record("9.000001", doubts=[fee])],
        [
            record("9.000001", doubts=[other, fee.model_copy(update={"raw": "nay"})]),
            record("9.000002", doubts=[fee]),
        ],
    )
    assert [(row.key, row.field) for row in change.newly_doubtful] == [
        ("9.000001", "agency"),
        ("9.000002", "channels.online.fees"),
    ]
    assert change.no_longer_doubtful == ()
    assert [row.field for row in found([record(doubts=[fee])], [record()]).no_longer_doubtful] == [fee.field]


def test_which_saved_questions_lean_on_what_changed() -> None:
    fee = {**CHANNEL, "fees": [{"amount": 0, "condition": "lần đầu"}]}
    questions = [
        SavedQuestion("mất bao nhiêu tiền", ("9.000001",), aspect="fee"),
        SavedQuestion("mấy ngày thì có", ("9.000001",), aspect="time_limit"),
        SavedQuestion("làm giấy thế nào", ("9.000009", "9.000001")),
        SavedQuestion("giấy cũ", ("9.000002",), aspect="time_limit"),
        SavedQuestion("giấy khác", ("9.000003",)),
        SavedQuestion("ai báo cáo", area="a"),
        SavedQuestion("ai báo cáo ở nơi khác", area="b"),
    ]
    change = found(
        [record("9.000001"), record("9.000002"), plan()],
        [record("9.000001", channels=[fee]), plan(statements=[Statement(text="Sở A báo cáo.")])],
        *questions,
    )
    assert [(row.question, row.key) for row in change.questions] == [
        ("mất bao nhiêu tiền", "9.000001"),
        ("làm giấy thế nào", "9.000001"),
        ("giấy cũ", "9.000002"),
        ("ai báo cáo", "p"),
    ]


@pytest.mark.postgres
def test_two_versions_of_a_store(store: KnowledgeStore) -> None:
    first, _ = store.stage([record("9.000001"), record("9.000002")], actor="x")
    second, _ = store.stage([record("9.000001", agency="Sở Mẫu"), record("9.000002")], actor="x")
    change = compare(store, first, second)
    assert (change.before, change.after, change.reread) == (first, second, 0)
    assert [row.changes for row in change.amended] == [(Change("agency", "", "Sở Mẫu"),)]
    assert change.to_json()["amended"][0]["key"] == "9.000001"
    assert len(compare(store, "", first).added) == 2
    with pytest.raises(UnknownVersion):
        compare(store, first, "9")

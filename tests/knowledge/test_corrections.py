"""People's word over the source's: what it changes, what it settles, when the two disagree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from knowledge.corrections import Correction, apply, corrected, value_at
from knowledge.documents import (
    Doubt,
    Fee,
    How,
    Plan,
    Procedure,
    Quantity,
    Statement,
    SubmissionChannel,
    TimeUnit,
)
from knowledge.errors import BadRecord
from knowledge.reviews import (
    Review,
    list_corrections,
    list_reviews,
    save_correction,
    save_review,
    withdraw_correction,
)
from knowledge.store import KnowledgeStore

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LIMIT = {"value": 3.0, "unit": "working_day", "raw": "3 Ngày làm việc"}
RECORD = Procedure(
    code="9.000001",
    title="Cấp giấy mẫu",
    steps=("Nộp.", "Nhận."),
    channels=(
        SubmissionChannel(how=How.ONLINE, fees=(Fee(amount=50_000),)),
        SubmissionChannel(how=How.POST, time_limit=Quantity(value=5, unit=TimeUnit.DAY)),
    ),
    doubts=(
        Doubt(field="channels.online.time_limit", reason="the number has no unit"),
        Doubt(field="channels.post.time_limit", reason="the number has no unit"),
        Doubt(field="channels.fees", reason="scaled"),
        Doubt(field="channels", reason="text before the first channel"),
        Doubt(field="agency", reason="not stated"),
    ),
)


def correction(field: str, after: Any, *, before: Any = None, minute: int = 0, **changes: Any) -> Correction:
    at = NOW.replace(minute=minute)
    values = {"kind": "procedure", "key": "9.000001", "actor": "Lan", "at": at}
    return Correction(field=field, before=before, after=after, **{**values, **changes})


def fields(record: Procedure | Plan) -> list[str]:
    return [doubt.field for doubt in record.doubts]


def test_a_value_is_set_and_its_doubt_is_settled() -> None:
    made = corrected(RECORD, correction("channels.0.time_limit", LIMIT))
    assert isinstance(made, Procedure)
    assert made.channels[0].time_limit == Quantity.model_validate(LIMIT)
    assert fields(made) == ["channels.post.time_limit", "channels.fees", "channels", "agency"]
    assert (made.provenance.reviewed_by, made.provenance.reviewed_at) == ("Lan", date(2026, 11, 20))
    assert made.channels[1] == RECORD.channels[1]


@pytest.mark.parametrize(
    ("field", "after", "left"),
    [
        (
            "channels.0.fees",
            [{"amount": 1}],
            ["channels.online.time_limit", "channels.post.time_limit", "channels", "agency"],
        ),
        (
            "channels.0.fees.0.amount",
            1,
            ["channels.online.time_limit", "channels.post.time_limit", "channels", "agency"],
        ),
        ("channels", [], ["agency"]),
        (
            "agency",
            "Sở Mẫu",
            ["channels.online.time_limit", "channels.post.time_limit", "channels.fees", "channels"],
        ),
        ("steps.1", "Nhận giấy.", fields(RECORD)),
    ],
)
def test_which_doubts_a_value_settles(field: str, after: Any, left: list[str]) -> None:
    assert fields(corrected(RECORD, correction(field, after))) == left


@pytest.mark.parametrize(
    ("field", "after", "said"),
    [
        ("channels.0.fees.0.amount", "nhiều", "channels.0.fees.0.amount: Input should be a valid integer"),
        ("title", "", "title: String should have at least 1 character"),
        ("channels.7.time_limit", LIMIT, "there is no '7' in this record"),
        ("tittle", "x", "there is no 'tittle'"),
        ("steps.x", "x", "there is no 'x'"),
        ("title.x", "x", "there is no 'x'"),
        ("", "x", "no path of a field"),
        ("channels..how", "x", "no path of a field"),
        ("code", "9.000002", "cannot be corrected"),
        ("provenance.sha256", "x", "cannot be corrected"),
        ("validity", {"state": "maybe"}, "validity.state: Input should be"),
    ],
)
def test_what_would_not_be_a_record_is_refused(field: str, after: Any, said: str) -> None:
    with pytest.raises(BadRecord) as refused:
        corrected(RECORD, correction(field, after))
    assert said in str(refused.value)


def test_the_source_agrees_came_round_or_disagrees() -> None:
    silent = [correction("title", "Tên đúng", before="Cấp giấy mẫu"), correction("agency", "", before="Sở A")]
    done = apply([RECORD], silent)
    assert (done.records[0].title, done.disagreements) == ("Tên đúng", [])
    loud = correction("title", "Tên đúng", before="Tên nguồn cũ")
    done = apply([RECORD], [loud])
    assert done.records[0].title == "Tên đúng"  # people's word holds
    (found,) = done.disagreements
    assert (found.correction, found.source_says) == (loud, "Cấp giấy mẫu")
    assert "Tên đúng" in found.text
    assert "Cấp giấy mẫu" in found.text


def test_a_record_or_a_place_that_is_gone_is_told() -> None:
    gone = correction("title", "x", key="9.000009")
    nowhere = correction("channels.5.note", "x")
    done = apply([RECORD], [nowhere, gone])
    assert done.records == [RECORD]
    assert [found.reason for found in done.disagreements] == [
        "it does not fit any more (there is no '5' in this record any more)",
        "the record is not published any more",
    ]


def test_corrections_are_laid_in_the_order_they_were_made() -> None:
    whole = correction(
        "channels.0", {"how": "direct", "note": "tại quầy"}, before=value_at(RECORD, "channels.0")
    )
    part = correction("channels.0.note", "tại Trung tâm", before="tại quầy", minute=5)
    done = apply([RECORD], [part, whole])
    record = done.records[0]
    assert isinstance(record, Procedure)
    assert (record.channels[0].how, record.channels[0].note) == (How.DIRECT, "tại Trung tâm")
    assert done.disagreements == []


def test_a_statement_of_an_issued_text() -> None:
    plan = Plan(id="p", title="Kế hoạch", statements=(Statement(text="Sở A báo cáo."),))
    done = apply([plan], [correction("statements.0.unit", "Sở A", before="", kind="plan", key="p")])
    record = done.records[0]
    assert isinstance(record, Plan)
    assert (record.statements[0].unit, done.disagreements) == ("Sở A", [])


@pytest.mark.postgres
def test_saved_replaced_withdrawn_with_a_row_in_the_audit(store: KnowledgeStore) -> None:
    conn = store.conn
    first = save_correction(conn, RECORD, field="title", after="Một", actor="Lan", reason="sai", now=NOW)
    staged = corrected(RECORD, first)
    second = save_correction(conn, staged, field="title", after="Hai", actor="Nam", now=NOW.replace(minute=1))
    assert second.before == "Cấp giấy mẫu"  # what the source said, not what people said before
    assert list_corrections(conn) == [second]
    assert list_corrections(conn, kind="procedure", key="9.000002") == []
    assert withdraw_correction(conn, second.id, actor="Nam", now=NOW)
    assert not withdraw_correction(conn, second.id, actor="Nam", now=NOW)
    assert list_corrections(conn) == []
    rows = conn.execute("SELECT actor, action, object_id, details FROM audit ORDER BY id").fetchall()
    assert [(row["actor"], row["action"], row["object_id"]) for row in rows] == [
        ("Lan", "correct", "9.000001"),
        ("Nam", "correct", "9.000001"),
        ("Nam", "withdraw correction", "9.000001"),
    ]
    assert rows[0]["details"] == {"field": "title", "before": "Cấp giấy mẫu", "after": "Một", "reason": "sai"}


@pytest.mark.postgres
@pytest.mark.parametrize(("field", "after"), [("title", ""), ("nowhere", "x"), ("title", "Cấp giấy mẫu")])
def test_a_refused_correction_leaves_the_one_before(store: KnowledgeStore, field: str, after: str) -> None:
    kept = save_correction(store.conn, RECORD, field="agency", after="Sở A", actor="Lan", now=NOW)
    with pytest.raises(BadRecord):
        save_correction(store.conn, RECORD, field=field, after=after, actor="Lan", now=NOW)
    assert list_corrections(store.conn) == [kept]
    assert store.conn.execute("SELECT count(*) AS n FROM audit").fetchone() == {"n": 1}


@pytest.mark.postgres
def test_signatures(store: KnowledgeStore) -> None:
    review = Review("page", "abc:3", "", "sha", "unreadable", "mờ", "Lan", NOW)
    made = save_review(store.conn, review)
    later = save_review(
        store.conn, Review("page", "abc:3", "", "sha", "correct", "", "Nam", NOW.replace(hour=3))
    )
    assert list_reviews(store.conn, kind="page", key="abc:3") == [later, made]
    assert list_reviews(store.conn, key="abc:4") == []
    assert store.conn.execute("SELECT count(*) AS n FROM audit WHERE action = 'sign'").fetchone() == {"n": 2}

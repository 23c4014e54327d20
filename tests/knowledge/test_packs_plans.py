"""The five plans: complete, in our own words, and no figure that the published text does not hold."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from knowledge.areas import Areas
from knowledge.documents import Plan, ValidityState
from knowledge.packs_loader import load_plans
from knowledge.text.diacritics import fold, vietnamese_share
from knowledge.text.normalise import normalise

LEAST_STATEMENTS = {
    "dak-lak-2026": 100,
    "dak-lak-2020": 60,
    "dak-lak-so-xay-dung-2026": 25,
    "lam-dong-bac-binh-2026": 50,
    "quang-tri-van-phong-ubnd-2026": 40,
}
SCAN = "dak-lak-so-xay-dung-2026"
PLANS = {plan.id: plan for plan in load_plans()}
each_plan = pytest.mark.parametrize("plan_id", sorted(LEAST_STATEMENTS))


@pytest.fixture
def plan(plan_id: str) -> Plan:
    return PLANS[plan_id]


@pytest.fixture
def seed(plan: Plan, shared: Path) -> str:
    return normalise((shared / "seeds" / plan.provenance.source).read_text(encoding="utf-8"))


@each_plan
def test_a_plan_says_whose_it_is_and_holds_enough(plan: Plan, plan_id: str) -> None:
    assert plan.issuer
    assert plan.signer
    assert plan.issued or plan.issued_text
    assert plan.area in Areas.from_pack()
    assert plan.references
    assert len(plan.statements) >= LEAST_STATEMENTS[plan_id]


@each_plan
def test_every_statement_has_a_unit_a_section_and_words_to_find_it_by(plan: Plan) -> None:
    for statement in plan.statements:
        assert statement.unit
        assert statement.section
        assert 3 <= len(statement.keywords) <= 8, statement.text
        assert len(statement.text) <= 330, statement.text
    texts = [statement.text for statement in plan.statements]
    assert len(set(texts)) == len(texts)


@each_plan
def test_json_round_trip(plan: Plan) -> None:
    assert Plan.from_json(plan.to_json()) == plan


@each_plan
def test_type_and_title_read_as_one_name(plan: Plan) -> None:
    assert plan.type == "Kế hoạch"
    assert not plan.title.startswith(plan.type)


def test_the_dialogue_schedule_has_its_eleven_rows() -> None:
    events = PLANS["lam-dong-bac-binh-2026"].events
    assert [(event.start.month, event.start.day) for event in events] == [
        (1, 23), (3, 13), (4, 10), (5, 8), (6, 12), (7, 10), (8, 14), (9, 11), (10, 9), (11, 13), (12, 11),
    ]  # fmt: skip
    for event in events:
        assert event.start.utcoffset() == timedelta(hours=7)
        assert event.start.strftime("%Y %H:%M") == "2026 20:15"
        assert event.end == event.start + timedelta(minutes=30)
        assert event.start.astimezone(UTC).hour == 13
    assert events[3].unit == "Lãnh đạo Sở Y tế"
    assert events[-1].unit == "Lãnh đạo Ban Quản lý các khu công nghiệp"


def test_the_schedule_is_also_a_table() -> None:
    plan = PLANS["lam-dong-bac-binh-2026"]
    (table,) = plan.tables
    assert len(table.rows) == len(plan.events) == 11
    for event in plan.events:
        day = event.start.strftime("%d/%m/%Y")
        assert any(day in row[-1] for row in table.rows)
        assert not any(day in statement.text for statement in plan.statements)  # one place to answer from


def test_the_2020_plan_is_superseded_by_the_2026_one() -> None:
    old, new = PLANS["dak-lak-2020"], PLANS["dak-lak-2026"]
    assert old.validity.state is ValidityState.SUPERSEDED
    assert fold(new.title).lower() in fold(old.validity.by).lower()
    assert new.validity.on(date(2026, 11, 20)) is ValidityState.IN_FORCE
    assert new.validity.on(date(2027, 1, 1)) is ValidityState.SUPERSEDED


def test_the_one_deadline_and_the_yearly_minimum_of_the_2026_plan() -> None:
    statements = PLANS["dak-lak-2026"].statements
    assert [s.deadline for s in statements if s.deadline] == [date(2026, 5, 15)]
    assert any("ít nhất 01 tin hoặc bài viết" in s.text and s.schedule == "Hàng tháng" for s in statements)
    assert {s.section for s in statements if s.section.startswith("III.")} == {
        f"III.{n}" for n in range(1, 9)
    }


def test_the_amending_decree_is_among_the_references() -> None:
    references = {ref.number: ref for ref in PLANS["dak-lak-2026"].references}
    assert references["367/2025/NĐ-CP"].issued == date(2025, 12, 31)
    assert "118/2025/NĐ-CP" in references["367/2025/NĐ-CP"].title


def test_the_bad_scan_says_so() -> None:
    scan = PLANS[SCAN]
    assert (scan.number, scan.issued) == ("26/KH-SXD", date(2026, 1, 13))
    qualities = {plan.id: plan.provenance.text_quality or 0 for plan in PLANS.values()}
    assert qualities.pop(SCAN) < 0.3
    assert min(qualities.values()) > 0.7


def test_no_plan_claims_a_number_that_the_published_copy_leaves_blank() -> None:
    assert [plan.id for plan in PLANS.values() if plan.number] == [SCAN]


@pytest.mark.shared
@each_plan
def test_the_source_is_the_file_it_names(plan: Plan, shared: Path, seed: str) -> None:
    raw = (shared / "seeds" / plan.provenance.source).read_bytes()
    assert plan.provenance.sha256 == hashlib.sha256(raw).hexdigest()
    assert plan.provenance.text_quality == pytest.approx(vietnamese_share(seed), abs=0.01)


@pytest.mark.shared
@each_plan
def test_every_figure_date_and_document_number_is_in_the_source(plan: Plan, seed: str) -> None:
    known = _squash(seed) + " ".join(_spelled_dates(seed))
    said = [
        (s.text, figure) for s in plan.statements for figure in _figures(f"{s.text} {s.schedule} {s.unit}")
    ]
    said += [
        (ref.number, figure) for ref in plan.references for figure in _figures(f"{ref.number} {ref.title}")
    ]
    said += [(ref.number, f"{ref.issued:%d/%m/%Y}") for ref in plan.references if ref.issued]
    said += [(s.text, f"{s.deadline:%d/%m/%Y}") for s in plan.statements if s.deadline]
    missing = [(text, figure) for text, figure in said if not _known(figure, known)]
    assert not missing


@pytest.mark.shared
@each_plan
def test_names_of_documents_signers_and_addresses_are_in_the_source(plan: Plan, seed: str) -> None:
    known = _squash(seed)
    assert _squash(plan.signer.split(" (")[0]) in known
    for statement in plan.statements:
        for link in re.findall(r"https?://[^\s;,)]+", statement.text):
            assert _squash(link.rstrip("./")) in known


@pytest.mark.shared
@each_plan
def test_no_long_run_of_words_is_copied(plan: Plan, seed: str) -> None:
    source = f" {' '.join(_words(seed))} "
    copied = [
        part
        for statement in plan.statements
        for part in re.split(r"[.;:]\s", re.sub(r'"[^"]*"', "", statement.text))
        if len(words := _words(part)) >= 14 and f" {' '.join(words)} " in source
    ]
    assert not copied


@pytest.mark.shared
def test_every_row_of_the_published_schedule_is_an_event(shared: Path) -> None:
    plan = PLANS["lam-dong-bac-binh-2026"]
    seed = (shared / "seeds" / plan.provenance.source).read_text(encoding="utf-8")
    rows = re.findall(r"^\d+\t.*\t(.+)\tTừ 20 giờ 15. - 20 giờ 45. ngày (\d+) tháng (\d+)$", seed, re.M)
    published = [(unit, datetime(2026, int(month), int(day), tzinfo=UTC).date()) for unit, day, month in rows]
    assert published == [(event.unit, event.start.date()) for event in plan.events]


def _figures(text: str) -> list[str]:
    return re.findall(r"\d[\w/.-]*\w|\d", text)


def _known(figure: str, known: str) -> bool:
    plain = _squash(figure)
    short = re.sub(r"\b0(\d)/", r"\1/", plain)
    return plain in known or short in known


def _squash(text: str) -> str:
    return re.sub(r"\s+", "", fold(text).lower())


def _spelled_dates(seed: str) -> list[str]:
    """ "ngày 23 tháng 1" of a table headed "Năm 2026", "tháng 01 năm 2026": as figures with slashes."""
    plain = fold(seed).lower()
    days = [f"{int(d):02}/{int(m):02}/2026" for d, m in re.findall(r"ngay (\d+) thang (\d+)", plain)]
    return days + [f"{month}/{year}" for month, year in re.findall(r"thang (\d+) nam (\d{4})", plain)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text).lower())

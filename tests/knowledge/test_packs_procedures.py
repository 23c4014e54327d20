"""The procedures we wrote: their shape, and — with ../shared — every figure against the published record."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.documents import Fee, Procedure, Quantity, TimeUnit, ValidityState
from knowledge.packs_loader import PACKS, load_procedures
from knowledge.text.diacritics import fold
from knowledge.text.normalise import one_line

PROCEDURES = load_procedures()
UNIT_WORDS = {
    TimeUnit.WORKING_DAY: r"ngày\s*làm\s*việc",
    TimeUnit.DAY: r"ngày(?!\s*làm\s*việc)",
    TimeUnit.WORKING_HOUR: r"giờ\s*làm\s*việc",
    TimeUnit.HOUR: r"giờ(?!\s*làm\s*việc)",
    TimeUnit.MONTH: "tháng",
    TimeUnit.YEAR: "năm",
}
DOCUMENT_NUMBER = re.compile(r"\d+/(?:19|20)\d\d/[A-ZĐ0-9-]+")

each_procedure = pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.code)


def fees_of(procedure: Procedure) -> Iterator[Fee]:
    return (fee for channel in procedure.channels for fee in channel.fees)


def times_of(procedure: Procedure) -> Iterator[Quantity]:
    return (channel.time_limit for channel in procedure.channels if channel.time_limit)


def test_there_are_enough_procedures_to_be_useful() -> None:
    assert len(PROCEDURES) >= 60


def test_codes_are_unique() -> None:
    assert [code for code, times in Counter(p.code for p in PROCEDURES).items() if times > 1] == []


def test_no_alias_leads_to_two_procedures() -> None:
    owners: dict[str, set[str]] = {}
    for procedure in PROCEDURES:
        for alias in procedure.aliases:
            owners.setdefault(fold(one_line(alias).lower()), set()).add(procedure.code)
    assert {alias: codes for alias, codes in owners.items() if len(codes) > 1} == {}


def test_files_are_written_the_way_people_review_them() -> None:
    for path in sorted((PACKS / "procedures").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n", path.name


@each_procedure
def test_steps_are_few_and_short(procedure: Procedure) -> None:
    assert 1 <= len(procedure.steps) <= 8
    assert [step for step in procedure.steps if len(step.split()) > 25] == []


@each_procedure
def test_people_can_find_it_by_their_own_words(procedure: Procedure) -> None:
    assert len(set(procedure.aliases)) == len(procedure.aliases) >= 3


@each_procedure
def test_it_says_where_it_comes_from(procedure: Procedure) -> None:
    provenance = procedure.provenance
    assert provenance.source
    assert provenance.url == procedure.portal_url != ""
    assert provenance.fetched
    assert provenance.reviewed_by
    assert provenance.reviewed_at
    assert (procedure.validity.state is ValidityState.IN_FORCE) == bool(procedure.decision)


@each_procedure
def test_a_district_is_not_sent_to(procedure: Procedure) -> None:
    assert "huyện" not in " ".join((procedure.agency, *procedure.receiving_places, *procedure.steps)).lower()


@each_procedure
def test_an_unknown_time_or_fee_is_explained(procedure: Procedure) -> None:
    doubted = " ".join(doubt.field for doubt in procedure.doubts)
    if any(not time.known for time in times_of(procedure)):
        assert "channels" in doubted
    for fee in fees_of(procedure):
        assert fee.amount is not None or fee.condition or fee.basis or fee.raw, (
            "a fee without a figure says what it is"
        )


# Against the published records ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(shared: Path) -> dict[str, dict[str, Any]]:
    lines = (shared / "corpus/procedures.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["ma_thu_tuc"]: row for row in map(json.loads, lines)}


@pytest.fixture
def source(corpus: dict[str, dict[str, Any]], procedure: Procedure) -> dict[str, Any]:
    assert procedure.code in corpus
    return corpus[procedure.code]


@pytest.fixture
def text(source: dict[str, Any]) -> str:
    joined = one_line(" ".join(str(value) for value in source.values()))
    return re.sub(r"NĐ-C(?!P)", "NĐ-CP", joined)  # the crawl cuts some decree numbers short


def written(amount: int) -> tuple[str, ...]:
    return (str(amount), f"{amount:,}", f"{amount:,}".replace(",", "."))


def squeezed(text: str) -> str:
    """Published codes and numbers are spaced at random: `TK 01a`, `07 XN- NPT`, `118/2025/NĐ -CP`."""
    return re.sub(r"[\s/-]+", "", text).lower()


def has_number(number: str, text: str) -> bool:
    return re.search(rf"(?<!\d)0*{re.escape(number)}(?!\d)", text) is not None


@pytest.mark.shared
@each_procedure
def test_title_link_and_decision_are_the_published_ones(
    procedure: Procedure, source: dict[str, Any], text: str
) -> None:
    assert one_line(procedure.title) == one_line(source["ten_thu_tuc"])
    assert procedure.portal_url == source["detail_url"]
    assert procedure.decision in text


@pytest.mark.shared
@each_procedure
def test_every_fee_is_in_the_record(procedure: Procedure, text: str) -> None:
    for fee in fees_of(procedure):
        if fee.amount:
            assert any(figure in text for figure in written(fee.amount)), fee
        numbers = DOCUMENT_NUMBER.findall(fee.basis)
        assert all(squeezed(number) in squeezed(text) for number in numbers), fee


@pytest.mark.shared
@each_procedure
def test_nothing_is_free_unless_the_record_says_so(procedure: Procedure, text: str) -> None:
    if any(fee.amount == 0 for fee in fees_of(procedure)):
        assert re.search(r"miễn|không (?:phải nộp|thu|mất)", text.lower())


@pytest.mark.shared
@each_procedure
def test_every_time_limit_is_in_the_record_with_its_unit(procedure: Procedure, text: str) -> None:
    for time in times_of(procedure):
        if time.value is not None and time.unit is not None:
            assert re.search(rf"0*{time.value:g}\s*{UNIT_WORDS[time.unit]}", text.lower()), time


@pytest.mark.shared
@each_procedure
def test_every_number_in_our_sentences_is_in_the_record(procedure: Procedure, text: str) -> None:
    ours = [*procedure.deadlines, *procedure.conditions, *procedure.steps, *procedure.dossier_notes]
    ours += [channel.note for channel in procedure.channels]
    ours += [fee.condition for fee in fees_of(procedure)]
    numbers = {number.lstrip("0") or "0" for line in ours for number in re.findall(r"\d+", line)}
    assert {number for number in numbers if not has_number(number, text)} == set()


@pytest.mark.shared
@each_procedure
def test_forms_and_laws_are_those_of_the_record(procedure: Procedure, text: str) -> None:
    forms = [item.form.code for case in procedure.dossier for item in case.items if item.form]
    codes = {code for codes in forms for code in codes.split(", ")}
    assert {code for code in codes if squeezed(code) not in squeezed(text)} == set()
    laws = {law.number for law in procedure.legal_basis}
    assert {law for law in laws if squeezed(law) not in squeezed(text)} == set()


@pytest.mark.shared
@each_procedure
def test_steps_are_our_words(procedure: Procedure, text: str) -> None:
    for step in procedure.steps:
        for sentence in re.split(r"(?<=[.;!?])\s+", one_line(step)):
            assert len(sentence.split()) < 12 or sentence.rstrip(".").lower() not in text.lower(), sentence

"""Records of one title: one is shown and names the others; levels stay apart."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from index.build import build
from index.dense import HashEncoder
from index.rows import procedure_row
from index.search import Search
from index.siblings import Siblings
from index.snapshot import Snapshot, current
from index.standing import Standing
from index.twins import CLOSE, Twins, one_level, title_key
from knowledge.corpus import Knowledge
from knowledge.documents import Procedure, Validity, ValidityState
from knowledge.periods import Period

DAY = date(2026, 11, 20)
ENDED = Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30))
TITLE = "Hỗ trợ nhóm hộ trồng cam"


def shown(*records: dict[str, Any], likely: list[float] | None = None, period: Period | None = None) -> Any:
    """The keys by target, the shown one first; records are given from likeliest on."""
    made = [Procedure(**{"title": TITLE} | record) for record in records]
    rows = [procedure_row(one, siblings=Siblings(), entries=(one.title,)) for one in made]
    twins = Twins(rows, Standing(rows))
    targets = twins.one_each(list(range(len(rows))), likely or [0.0] * len(rows), (DAY, period))
    return [[rows[at]["code"] for at in target] for target in targets]


A, B, C = ({"code": f"9.00000{n}"} for n in range(1, 4))
PROVINCE, COMMUNE = {"levels": ("province",)}, {"levels": ("commune",)}


def test_titles_that_read_alike_are_one() -> None:
    assert title_key("Thủ tục Hỗ trợ/ cấp vốn.") == title_key("hỗ trợ / CẤP vốn")
    assert title_key("Cấp vốn ( 1.010727 )") == title_key("Cấp vốn")
    assert title_key("Cấp vốn (cấp tỉnh)") != title_key("Cấp vốn")


def test_a_level_that_is_not_said_may_be_any() -> None:
    assert one_level([], ["province"]) and one_level(["province", "commune"], ["commune"])
    assert not one_level(["ministry"], ["commune"])


def test_codes_of_one_title_are_one_target() -> None:
    assert shown(A, B, C | {"title": "Việc khác"}) == [["9.000001", "9.000002"], ["9.000003"]]


def test_levels_stay_apart() -> None:
    assert shown(A | PROVINCE, B | COMMUNE) == [["9.000001"], ["9.000002"]]


def test_content_goes_before_a_list_and_force_before_what_ended() -> None:
    assert shown(A | {"listed_only": True}, B, likely=[3.0, 0.0])[0][0] == "9.000002"
    assert shown(A | {"validity": ENDED}, B, likely=[3.0, 0.0])[0][0] == "9.000002"


def test_a_time_asked_about_prefers_what_held_then() -> None:
    then = Period(date(2024, 1, 1), date(2024, 12, 31))
    started = Validity(state=ValidityState.IN_FORCE, start=date(2025, 7, 1))
    assert shown(A | {"validity": ENDED}, B | {"validity": started}, period=then)[0][0] == "9.000001"


def test_what_the_question_says_goes_before_area_and_age() -> None:
    assert shown(A, B | {"area": "da-nang"}, likely=[CLOSE / 2, 0.0])[0][0] == "9.000002"
    assert shown(A, B | {"area": "da-nang"}, likely=[CLOSE * 2, 0.0])[0][0] == "9.000001"


def test_search_shows_one_of_a_title_and_names_the_others(tmp_path: Path) -> None:
    records = [Procedure(code=f"9.00000{n}", title=TITLE, steps=(f"Bước {n}",)) for n in range(1, 5)]
    other = Procedure(code="9.000009", title="Cấp giấy phép nuôi cá lồng")
    build(Knowledge(procedures=[*records, other]), home=tmp_path, encoder=HashEncoder())
    here = Search(Snapshot(current(tmp_path) or tmp_path), HashEncoder())
    first, *rest = here.procedures("hỗ trợ nhóm hộ trồng cam", day=DAY).hits
    assert {first.code, *first.twins} == {record.code for record in records}
    assert len(first.twins) == 3 and not {hit.code for hit in rest} & set(first.twins)

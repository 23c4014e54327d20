"""A circumstance told on the way decides which of two sister procedures is meant."""

from __future__ import annotations

import pytest

from bot.answer.sisters import PLAIN, Sisters, circumstances, kind_of
from index.search import Hit, Ranking
from knowledge.text.diacritics import fold
from tests.answer.world import BIRTH, Talk, search

FOREIGN = "2.000528"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("cô ấy là người Hàn Quốc sang đây dạy học", {"foreign"}),
        ("em có chồng Tây, mới về thăm quê", {"foreign"}),
        ("dì tôi là Việt kiều", {"foreign"}),
        ("cháu sinh ra bên Pháp rồi mới theo mẹ về", {"foreign"}),
        ("nó mang quốc tịch Canada", {"foreign"}),
        ("cán bộ xã có xuống tận nhà làm giúp cụ không", {"mobile"}),
        ("tôi đang ở trong nước", {"home"}),
        ("tôi đang sống ở nước ngoài", {"abroad"}),
        ("người anh của tôi đứng tên", set()),
        ("quốc tịch Việt Nam", set()),
        ("nộp tận nơi mấy ngày", set()),
        ("hai vợ chồng đi làm công nhân bên Nhật", set()),
    ],
)
def test_what_a_message_tells_of(text: str, kinds: set[str]) -> None:
    assert circumstances(text) == kinds
    assert kinds <= circumstances(fold(text))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Thủ tục đăng ký khai sinh có yếu tố nước ngoài", ("foreign", "dang ky khai sinh")),
        ("Đăng ký khai sinh (thực hiện tại cấp xã)", (PLAIN, "dang ky khai sinh")),
        ("Nhập quốc tịch Việt Nam ở trong nước", ("home", "nhap quoc tich viet nam")),
    ],
)
def test_a_title_says_its_kind(title: str, kind: tuple[str, str]) -> None:
    assert kind_of(title) == kind


def held(code: str) -> str:
    return code


def ranked(*keys: str) -> Ranking:
    rows = {row["key"]: (place, row["title"]) for place, row in enumerate(search().snapshot.procedure_rows)}
    hits = (Hit(key, rows[key][1], 0.9 - place / 10, rows[key][0]) for place, key in enumerate(keys))
    return Ranking(tuple(hits), confidence=0.9)


@pytest.mark.parametrize("others", [(), (FOREIGN,)])
def test_the_foreign_sister_goes_first_whether_found_or_not(others: tuple[str, ...]) -> None:
    found = Sisters(search()).fitting(
        "bố cháu là người Nhật, làm khai sinh ở đâu", ranked(BIRTH, *others), held
    )
    assert [hit.code for hit in found.hits] == [FOREIGN, BIRTH] and found.confidence == 0.9


@pytest.mark.parametrize(
    ("text", "first"),
    [("làm khai sinh ở đâu", BIRTH), ("bố cháu là người Nhật, làm khai sinh ở đâu", FOREIGN)],
)
def test_else_the_ranking_stays(text: str, first: str) -> None:
    ranking = ranked(first)
    assert Sisters(search()).fitting(text, ranking, held) is ranking
    assert Sisters(search()).fitting(text, Ranking(), held).best is None


def test_a_sister_that_does_not_hold_is_not_called() -> None:
    ranking = ranked(BIRTH)
    assert Sisters(search()).fitting("bố cháu là người Nhật", ranking, lambda code: "") is ranking


def test_what_is_told_later_turns_to_the_sister() -> None:
    talk = Talk()
    assert talk.say("làm khai sinh cho con cần giấy tờ gì").procedure.code == BIRTH  # type: ignore[union-attr]
    reply = talk.say("bố cháu là người Nhật thì nộp ở đâu")
    assert reply.procedure is not None and reply.procedure.code == FOREIGN


@pytest.mark.parametrize(
    "told", ["còn hai vợ chồng đều là người Việt thì sao", "thế không có yếu tố nước ngoài thì sao"]
)
def test_without_a_foreign_party_it_is_the_plain_sister(told: str) -> None:
    called = Sisters(search()).meant(told, FOREIGN, "Thủ tục đăng ký khai sinh có yếu tố nước ngoài")
    assert called.startswith(BIRTH)
    assert Sisters(search()).meant(told, BIRTH, "Thủ tục đăng ký khai sinh") == BIRTH

"""The line below an answer, the yes or no above it, and how long a reply may be."""

from __future__ import annotations

import pytest

from bot.answer.compose.closing import MAX_LINE, closing
from bot.answer.compose.repeats import told_once, without_repeats
from bot.answer.compose.whether import whether
from bot.answer.messages import message
from knowledge.documents import Procedure
from tests.answer.world import BIRTH, NOW, Talk, ask, knowledge

DAYS = {"value": 5, "unit": "working_day"}
LONGEST = 4500  # letters: two and a bit of the narrowest channel's messages
ORDINARY = 2500  # of nine replies in ten


def record(**more: object) -> Procedure:
    return Procedure.model_validate({"code": "9.000001", "title": "Nuôi voi", "agency": "Sở Voi", **more})


def channel(
    how: str, *, amount: int | None = 0, condition: str = "", note: str = "", limit: bool = True
) -> dict[str, object]:
    fee = {"amount": amount, "condition": condition}
    return {"how": how, "fees": [fee], "note": note, "time_limit": DAYS if limit else None}


def test_the_line_has_what_was_not_asked() -> None:
    one = record(channels=[channel("direct", amount=70_000, condition="cấp mới")])
    assert closing(one, ["documents"]) == [
        "Ngoài ra: thời hạn 5 ngày làm việc; phí, lệ phí 70.000 đồng (cấp mới); nơi giải quyết: Sở Voi."
    ]
    assert closing(one, ["time_limit", "fee", "where"]) == []
    assert closing(one, ["overview"]) == []


def test_what_differs_or_has_another_length_in_its_note_is_left_to_be_asked() -> None:
    differing = record(agency="", channels=[channel("direct", amount=1000), channel("online", amount=2000)])
    assert "đồng" not in " ".join(closing(differing, ["documents"]))
    noted = record(agency="", channels=[channel("direct", amount=None, note="voi con: 9 ngày")])
    assert closing(noted, ["documents"]) == []


def test_free_reads_as_free() -> None:
    assert "không mất phí" in closing(record(channels=[channel("direct")]), ["documents"])[0]


def test_the_line_is_one_line() -> None:
    for one in knowledge().procedures:
        for line in closing(one, ["result"]):
            assert len(line) <= MAX_LINE + 20 and "\n" not in line


def test_an_answer_has_the_line_and_a_button_or_the_next_turn_has_not() -> None:
    talk = Talk("", NOW)
    assert "Ngoài ra: " in talk.say("đăng ký khai sinh cho con cần giấy tờ gì").text
    assert "Ngoài ra: " not in talk.say("thế lệ phí bao nhiêu").text
    assert "Ngoài ra: " not in ask("", payload=f"#MC:ASK:{BIRTH}:documents").text


def test_a_yes_or_no_about_money_needs_every_fee() -> None:
    free = record(channels=[channel("direct"), channel("online")])
    assert whether(free, "fee", "có mất tiền không") == message("whether_free", title="Nuôi voi")
    assert whether(free, "fee", "phí bao nhiêu") == ""
    some = record(channels=[channel("direct"), channel("online", amount=None)])
    assert whether(some, "fee", "có mất tiền không") == ""
    only_for_some = record(channels=[channel("direct", condition="voi con")])
    assert whether(only_for_some, "fee", "có mất tiền không") == ""
    paid = record(channels=[channel("direct", amount=500)])
    assert whether(paid, "fee", "có tốn tiền không") == message("whether_paid")


def test_a_yes_or_no_about_the_level_needs_one_level() -> None:
    commune = record(levels=["commune"], agency="Ủy ban nhân dân cấp xã")
    assert whether(commune, "where", "có phải lên tỉnh không") == message("whether_commune")
    assert whether(record(levels=["commune"]), "where", "có phải lên tỉnh không") == "", "a Sở is no commune"
    both = record(levels=["commune", "province"])
    assert whether(both, "where", "có phải lên tỉnh không") == ""
    online = record(levels=["province"], channels=[channel("online")])
    assert whether(online, "where", "xã làm được không") == message("whether_province_online")


def test_nothing_is_told_twice() -> None:
    papers = [{"items": [{"name": "Đơn nuôi voi theo Mẫu số 03.V"}, {"name": "Ảnh voi"}]}]
    assert without_repeats(record(dossier=papers), ["form", "documents"], "") == ["documents"]
    assert without_repeats(record(dossier=papers), ["form"], "") == ["form"]
    assert told_once(["• Phí, lệ phí: 5 đồng", "• Có thể"], "online", ["online", "fee"]) == ["• Có thể"]


@pytest.mark.parametrize(
    "asked", ["cần giấy tờ gì, mất bao lâu, bao nhiêu tiền", "làm thế nào", "mẫu số mấy"]
)
def test_reading_length_stays_in_bounds(asked: str) -> None:
    lengths = sorted(len(ask(f"{one.code} {asked}").text) for one in knowledge().procedures)
    assert lengths[-1] <= LONGEST
    assert lengths[len(lengths) * 9 // 10] <= ORDINARY

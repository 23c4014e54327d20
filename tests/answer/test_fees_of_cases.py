"""Fees and limits that differ by case: each is shown with its words, and what is left unsaid is said to be there."""

from __future__ import annotations

from datetime import date

from bot.answer.compose.fields import current_fees
from bot.answer.compose.procedure import MAX_FEES, fee, online, overview, payment
from bot.answer.messages import message
from knowledge.documents import Procedure
from knowledge.parsers.cells import HEADER, parse_channels

HALF = "kể từ ngày 01/7/2025 đến hết ngày 31/12/2026 theo Thông tư số 9/2025/TT-BTC"


def record(cell: str) -> Procedure:
    return Procedure(code="9.000001", title="Mẫu", channels=parse_channels(HEADER + cell).channels)


def test_each_fee_is_shown_with_its_condition() -> None:
    shown = fee(
        record("Trực tuyến3 Ngày70,000 VNĐ(cấp mới: 70.000 đồng/giấy; cấp lại: 90.000 đồng/giấy)"), ""
    )
    assert shown.lines == ["• 70.000 đồng (cấp mới; mỗi giấy)", "• 90.000 đồng (cấp lại; mỗi giấy)"]
    assert shown.stated


def test_what_people_pay_now_comes_first_and_goes_when_its_time_is_over() -> None:
    reduced = record(f"Trực tuyến3 Ngày800,000 VNĐ((áp dụng mức phí 400.000 đồng/hồ sơ {HALF}))")
    now, later = (fee(current_fees(reduced, day), "").lines for day in (date(2026, 11, 20), date(2027, 1, 1)))
    assert now[0].startswith("• 400.000 đồng (từ ngày 01/07/2025 đến hết ngày 31/12/2026")
    assert now[1:] == later == ["• 800.000 đồng (ngoài thời gian được giảm)"]


def test_where_fees_are_not_what_was_asked_the_rest_is_said_to_be_there() -> None:
    cases = "; ".join(f"loại {letter}: {number}.000 đồng" for number, letter in enumerate("abcdef", 10))
    many = record(f"Trực tuyến3 NgàyMiễn phí({cases})")
    assert len(fee(many, "").lines) == 6
    for composed in (online, overview, payment):
        shown = [line for line in composed(many, "").lines if "000 đồng" in line]
        assert len(shown) == MAX_FEES
        assert message("more_fees") in composed(many, "").lines


def test_online_names_the_limit_of_each_case() -> None:
    cases = "07 ngày (đối với trường hợp cấp mới), 02 ngày (đối với trường hợp cấp lại) kể từ ngày nhận hồ sơ"
    shown = "\n".join(online(record(f"Trực tuyến1Miễn phí{cases}"), "").lines)
    assert "07 ngày (đối với trường hợp cấp mới)" in shown
    assert "02 ngày (đối với trường hợp cấp lại)" in shown
    assert "7 ngày (07" not in shown, "a figure is said once"

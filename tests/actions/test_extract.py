from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.extract import (
    find_code,
    find_contact,
    find_place,
    find_secret,
    find_time,
    is_vague_place,
    tells_time,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("đường Lê Lợi có cái ổ gà to lắm", "đường Lê Lợi"),
        ("tối qua trước số 15 Trần Phú có hố sụt lớn", "trước số 15 Trần Phú"),
        ("ở thôn 3 có bãi rác tự phát", "ở thôn 3"),
        (
            "nắp cống vỡ tại ngã tư Lê Duẩn - Phan Chu Trinh, phường Tân Lợi từ 3 ngày nay",
            "tại ngã tư Lê Duẩn - Phan Chu Trinh, phường Tân Lợi",
        ),
        ("đường trước nhà tôi ngập hết rồi", ""),
        ("đèn đường hẻm tôi tắt ba hôm nay", ""),
        ("cán bộ xã thái độ cáu gắt", ""),
    ],
)
def test_named_places(text: str, place: str) -> None:
    assert find_place(text) == place


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("hôm qua có người té xe", "hôm qua"),
        ("ngập từ 3 ngày nay", "từ 3 ngày nay"),
        ("sáng nay đi qua thấy", "sáng nay"),
        ("rac do day tu hom qua", "tu hom qua"),
        ("mất nước ngày 12/11", "ngày 12/11"),
        ("đường hư", ""),
        ("tới nơi mới thấy", ""),
        ("rác chất đống từ đầu tuần", "từ đầu tuần"),
        ("tu dau tuan toi gio chua don", "tu dau tuan"),
        ("mấy hôm nay nước đục", "mấy hôm nay"),
        ("tối qua cúp điện", "tối qua"),
        ("cả tháng nay đèn tắt", "cả tháng nay"),
        ("cống nghẹt từ cuối tháng trước", "từ cuối tháng trước"),
        ("hồi sáng có xe tải đổ đất", "hồi sáng"),
        ("hổm rày ồn quá", "hổm rày"),
        ("đường bị đào từ tháng 9", "từ tháng 9"),
        ("gần đây có bãi rác", ""),
        ("mưa là ngập", ""),
        ("từ năm cây cầu trở lên", ""),
    ],
)
def test_times(text: str, when: str) -> None:
    assert find_time(text) == when


@pytest.mark.parametrize(
    "text",
    [
        "từ đầu tuần", "mấy hôm nay", "tối qua", "cả tháng nay", "từ hồi tết", "mỗi lần mưa",
        "hễ mưa là bị",
        "mùa mưa nào cũng vậy", "dạo này", "gần đây", "giờ tan trường", "không nhớ rõ nữa", "tối mô cũng rứa",
        "tu hoi tet toi gio", "moi khi mua", "quanh năm", "từ hôm bão tới nay", "rạng sáng", "hôm rày", "nãy giờ",
    ],
)  # fmt: skip
def test_asked_for_the_time_a_rough_one_will_do(text: str) -> None:
    assert tells_time(text)


@pytest.mark.parametrize("text", ["đường Lê Lợi", "trước nhà tôi", "ai biết", "bà Lan", "lâu rồi", ""])
def test_what_tells_no_time(text: str) -> None:
    assert not tells_time(text)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("sđt 0905.123.456 nha", "0905123456"),
        ("+84 905 123 456", "0905123456"),
        ("mail lan.nguyen@thu.vn nhé", "lan.nguyen@thu.vn"),
        ("12345", ""),
        ("số 12 Lê Lợi", ""),
        ("09051234567890", ""),
    ],
)
def test_contacts(text: str, contact: str) -> None:
    assert find_contact(text) == contact


@pytest.mark.parametrize(
    "text", ["PA-2026-000123", "pa 2026 123", "mã PA2026000123 đó", "PA – 2026 – 000123"]
)
def test_ticket_codes_in_any_writing(text: str) -> None:
    assert find_code(text) == "PA-2026-000123"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("PA-2026-000010 ABCD2345", "ABCD2345"),
        ("mã bí mật k7qm2xpa", "K7QM2XPA"),
        ("không nhớ", ""),
        ("nghiêng", ""),
        ("PA-2026-000010", ""),
    ],
)
def test_secrets(text: str, secret: str) -> None:
    assert find_secret(text) == secret


@pytest.mark.parametrize("text", ["chỗ tôi", "trước nhà tôi", "o day", "ngay đây", "đường"])
def test_places_that_help_nobody(text: str) -> None:
    assert is_vague_place(text)


@given(st.text(max_size=400))
def test_nothing_breaks_on_any_text(text: str) -> None:
    for find in (find_place, find_time, find_contact, find_code, find_secret):
        assert isinstance(find(text), str)


@pytest.mark.parametrize("text", ["ở " * 1000, "từ " * 1000, "đường A " * 250, "0 " * 1000, "a.b@" * 500])
def test_long_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    for find in (find_place, find_time, find_contact, find_code, find_secret):
        find(text)
    assert time.process_time() - began < 1.0

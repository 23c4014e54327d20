from bot.answer.compose.abolished import MOST, abolished_lines


def test_an_office_that_is_gone_is_told_with_todays_name() -> None:
    (line,) = abolished_lines("• Nơi nhận: Sở Thông tin và Truyền thông")
    assert "Sở Thông tin và Truyền thông" in line
    assert "Sở Khoa học và Công nghệ" in line
    assert "Báo chí" in line, "what went to another office is told too"


def test_living_offices_and_quoted_issuers_need_no_word() -> None:
    assert abolished_lines("• Sở Xây dựng. Theo Thông tư số 1/2020/TT-BGTVT của Bộ Giao thông vận tải") == []


def test_a_reply_is_no_list_of_reforms() -> None:
    named = "Sở Giao thông vận tải; Sở Kế hoạch và Đầu tư; Công an huyện; Thanh tra huyện"
    assert len(abolished_lines(named)) == MOST

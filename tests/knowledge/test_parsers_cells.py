"""The traps of the glued cell "Cách thức thực hiện", each with a cell of our own making."""

from __future__ import annotations

import pytest

from knowledge.documents import Fee, How, SubmissionChannel, TimeUnit
from knowledge.parsers.cells import HEADER, parse_channels


def only(cell: str) -> tuple[SubmissionChannel, list[str]]:
    """The single channel of a cell, and the reasons of its doubts."""
    parsed = parse_channels(HEADER + cell)
    assert len(parsed.channels) == 1
    return parsed.channels[0], [f"{doubt.field.split('.')[-1]}: {doubt.reason}" for doubt in parsed.doubts]


def fee_of(cell: str) -> tuple[Fee, list[str]]:
    channel, reasons = only(cell)
    assert len(channel.fees) == 1
    return channel.fees[0], reasons


def figure(channel: SubmissionChannel) -> tuple[float | None, TimeUnit | None] | None:
    return (channel.time_limit.value, channel.time_limit.unit) if channel.time_limit else None


def test_splits_glued_rows_with_their_own_times_and_fees() -> None:
    parsed = parse_channels(
        HEADER + "Trực tuyến10 Ngày làm việcMiễn phí10 ngày làm việcTrực tiếp12 Ngày50,000 VNĐ"
        "Dịch vụ bưu chính8 GiờKhông có thông tin"
    )
    assert [(channel.how, figure(channel)) for channel in parsed.channels] == [
        (How.ONLINE, (10, TimeUnit.WORKING_DAY)),
        (How.DIRECT, (12, TimeUnit.DAY)),
        (How.POST, (8, TimeUnit.HOUR)),
    ]
    assert [[fee.amount for fee in channel.fees] for channel in parsed.channels] == [[0], [50_000], []]
    assert [(doubt.field, doubt.reason) for doubt in parsed.doubts] == [("channels.post.fees", "not stated")]


def test_a_channel_word_inside_prose_does_not_split() -> None:
    channel, _ = only("Trực tiếp3 NgàyMiễn phíNộp Trực tiếp tại bộ phận một cửa hoặc Trực tuyến trên cổng")
    assert channel.how is How.DIRECT
    assert channel.note == "Nộp Trực tiếp tại bộ phận một cửa hoặc Trực tuyến trên cổng"


def test_several_rows_of_one_channel_stay_apart_with_their_notes() -> None:
    parsed = parse_channels(
        HEADER + "Trực tuyến3 NgàyMiễn phíHồ sơ thường: 03 ngàyTrực tuyến9 NgàyMiễn phíHồ sơ khó: 09 ngày"
    )
    assert [(figure(channel), channel.note) for channel in parsed.channels] == [
        ((3, TimeUnit.DAY), "Hồ sơ thường: 03 ngày"),
        ((9, TimeUnit.DAY), "Hồ sơ khó: 09 ngày"),
    ]


@pytest.mark.parametrize("number", ["1", "0", "5", "17"])
def test_a_bare_number_has_no_unit(number: str) -> None:
    channel, reasons = only(f"Trực tuyến{number}Miễn phí")
    assert channel.time_limit is None
    assert reasons == ["time_limit: the number has no unit"]


def test_a_bare_number_takes_the_one_figure_of_the_description() -> None:
    channel, reasons = only("Trực tuyến1Miễn phí04 ngày làm việc kể từ ngày nhận đủ hồ sơ")
    assert figure(channel) == (4, TimeUnit.WORKING_DAY)
    assert reasons == []


@pytest.mark.parametrize(
    "description",
    [
        "04 ngày kể từ ngày nhận hồ sơ; 04 ngày kể từ ngày thẩm định",
        "04 ngày kể từ ngày nhận hồ sơ đối với trường hợp phức tạp",
        "Nếu hồ sơ chưa hợp lệ thì báo trong 02 ngày làm việc kể từ khi nhận",
        "Giấy có thời hạn 10 năm",
    ],
)
def test_prose_that_is_not_one_plain_limit_stays_unknown(description: str) -> None:
    channel, _ = only(f"Trực tuyến1Miễn phí{description}")
    assert channel.time_limit is None


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        ("10 ngày làm việc kể từ ngày nhận hồ sơ", "the description gives the time limit another unit"),
        ("20 ngày kể từ ngày nhận hồ sơ", "the description states another time limit"),
        ("Tối đa 02 ngày/tờ; trên 20 tờ thì 10 ngày/bộ", "the description counts the time by piece"),
        ("Tiếp nhận và kiểm tra hồ sơ: 10 ngày.", "the description states one phase only"),
        ("Không quy định cụ thể", "the description says that no time limit is set"),
        (
            "Thẩm định trong 03 ngày kể từ ngày nhận; cấp giấy trong 04 ngày kể từ ngày thẩm định",
            "the description states several other time limits",
        ),
    ],
)
def test_a_column_that_the_description_contradicts_is_unknown(description: str, reason: str) -> None:
    channel, reasons = only(f"Trực tiếp10 NgàyMiễn phí{description}")
    assert channel.time_limit is None
    assert f"time_limit: {reason}" in reasons


@pytest.mark.parametrize(("total", "first", "second"), [(7, 3, 4), (6, 3, 3)])
def test_phases_that_add_up_to_the_column_agree_with_it(total: int, first: int, second: int) -> None:
    phases = (
        f"Thẩm định trong 0{first} ngày kể từ ngày nhận; cấp giấy trong 0{second} ngày kể từ ngày thẩm định"
    )
    channel, _ = only(f"Trực tiếp{total} NgàyMiễn phí{phases}")
    assert figure(channel) == (total, TimeUnit.DAY)


@pytest.mark.parametrize(
    "cell", ["Trực tuyến1100 VNĐ", "Trực tuyến5500,000 VNĐ", "Trực tuyến120 Việt Nam Đồng(20.000 đồng/tờ)"]
)
def test_time_and_fee_that_run_together_are_both_unknown(cell: str) -> None:
    channel, reasons = only(cell)
    assert channel.time_limit is None
    assert [fee.amount for fee in channel.fees] == [None]
    assert set(reasons) == {"time_limit: time and fee run together", "fees: time and fee run together"}


@pytest.mark.parametrize("price", ["40 Việt Nam Đồng", "999 VNĐ"])
def test_an_amount_below_a_thousand_was_scaled(price: str) -> None:
    fee, reasons = fee_of(f"Trực tuyến3 Ngày{price}(100.000 đồng/lần)")
    assert fee.amount is None
    assert fee.condition == "100.000 đồng/lần"
    assert reasons in (["fees: the note states another amount"], ["fees: the amount is too small: scaled"])


def test_a_thousandth_of_the_note_is_the_note() -> None:
    fee, reasons = fee_of("Trực tuyến3 Ngày100 VNĐ(100.000 đồng/lần)")
    assert (fee.amount, fee.condition) == (100_000, "mỗi lần")
    assert reasons == []


def test_dollars_misnamed_in_the_column_are_dollars() -> None:
    fee, _ = fee_of("Trực tiếp3 Ngày145 VNĐ(Thẻ dưới 02 năm: 145 USD/thẻ.)")
    assert (fee.amount, fee.currency, fee.condition) == (145, "USD", "Thẻ dưới 02 năm; mỗi thẻ")


def several(cell: str) -> tuple[list[tuple[int | None, str]], list[str]]:
    """The amounts of the single channel of a cell with their conditions, and the reasons of its doubts."""
    channel, reasons = only(cell)
    return [(fee.amount, fee.condition) for fee in channel.fees], reasons


@pytest.mark.parametrize("price", ["Miễn phí", "70,000 VNĐ", "90,000 VNĐ", "70 VNĐ", "160,000 VNĐ"])
def test_a_note_of_several_amounts_becomes_several_fees(price: str) -> None:
    fees, reasons = several(f"Trực tuyến3 Ngày{price}(cấp mới: 70.000 đồng/giấy; cấp lại: 90.000 đồng/giấy)")
    assert fees == [(70_000, "cấp mới; mỗi giấy"), (90_000, "cấp lại; mỗi giấy")]
    assert reasons == []


@pytest.mark.parametrize("price", ["50,000 VNĐ", "50 VNĐ", "70 USD"])
def test_several_amounts_of_which_none_is_the_column_s_stay_open(price: str) -> None:
    fees, reasons = several(f"Trực tuyến3 Ngày{price}(cấp mới: 70.000 đồng/giấy; cấp lại: 90.000 đồng/giấy)")
    assert [amount for amount, _ in fees] == [None]
    assert len(reasons) == 1


HALF = "từ ngày 01/7/2025 đến hết ngày 31/12/2026 theo Thông tư số 9/2025/TT-BTC"
WHEN = "từ ngày 01/07/2025 đến hết ngày 31/12/2026, theo Thông tư số 9/2025/TT-BTC"


@pytest.mark.parametrize(
    "cell",
    [
        f"800,000 VNĐ((áp dụng mức phí 400.000 đồng/hồ sơ kể {HALF}))",
        f"800,000 VNĐ(Áp dụng mức phí: 400.000 đồng (Bốn trăm nghìn đồng) kể {HALF})Nộp tại quầy",
        f"800,000 VNĐ(áp dụng mức phí: 400.000 đồng {HALF}).",
    ],
)
def test_an_amount_for_a_time_and_the_one_at_other_times(cell: str) -> None:
    fees, reasons = several(f"Trực tuyến3 Ngày{cell}")
    assert fees == [(400_000, WHEN), (800_000, "ngoài thời gian được giảm")]
    assert reasons == []


def test_an_amount_for_a_time_in_the_description() -> None:
    fees, _ = several(
        f"Trực tuyến3 Ngày800,000 VNĐ(/hồ sơ)Phí: 800.000 đồng/hồ sơ (áp dụng mức phí 400.000 đồng/hồ sơ kể {HALF}).\n"
        "Lệ phí: 100.000 đồng/hồ sơ."
    )
    assert fees == [
        (400_000, f"Phí; mỗi hồ sơ; {WHEN}"),
        (800_000, "Phí; mỗi hồ sơ; ngoài thời gian được giảm"),
        (100_000, "Lệ phí; mỗi hồ sơ"),
    ]


def test_only_the_amount_for_a_time_is_known_beside_free() -> None:
    fees, reasons = several(f"Trực tuyến3 NgàyMiễn phí((áp dụng mức phí 400.000 đồng/hồ sơ kể {HALF}))")
    assert fees == [(400_000, WHEN)]
    assert reasons == ["fees: only the amount for a time is stated"]


def test_an_exemption_that_ends() -> None:
    fees, _ = several(
        "Trực tiếp3 Ngày600,000 VNĐ(Lý thuyết 600.000đ/lần(Miễn kể từ ngày 07/4/2026 đến 30/6/2026))"
    )
    assert fees == [
        (0, "Lý thuyết; mỗi lần; được miễn từ ngày 07/04/2026 đến hết ngày 30/06/2026"),
        (600_000, "Lý thuyết; mỗi lần; ngoài thời gian được miễn"),
    ]


@pytest.mark.parametrize(
    "cell",
    [
        f"50,000 VNĐ(áp dụng mức phí 25.000.000 đồng {HALF})",  # a reduction above what it reduces
        f"40 VNĐ(áp dụng mức phí 4.000 đồng {HALF})",  # neither the half nor the whole of a thousandfold
        "500,000 VNĐ(/lần)Phí đăng ký: bằng 50% mức phí của biểu",  # a share that was not read
        "50,000 VNĐ(cấp mới: 50.000 đồng)Cấp lại thu 70.000 đồng",  # the description knows another amount
    ],
)
def test_fees_that_do_not_fit_together_stay_open(cell: str) -> None:
    fees, reasons = several(f"Trực tuyến3 Ngày{cell}")
    assert [amount for amount, _ in fees] in ([None], [50_000])
    assert bool(reasons) == (fees[0][0] is None)


def test_parts_that_add_up_to_the_column() -> None:
    fees, _ = several(
        "Trực tiếp3 Ngày4,000,000 VNĐBao gồm:\n- 1.000.000 đồng (Một triệu đồng) đối với trung tâm\n"
        "- 3.000.000 đồng (Ba triệu đồng) đối với chi nhánh"
    )
    assert fees == [(1_000_000, "Bao gồm: đối với trung tâm"), (3_000_000, "Bao gồm: đối với chi nhánh")]


def test_the_line_of_the_description_that_names_the_fee_is_its_condition() -> None:
    fees, _ = several("Trực tiếp3 Ngày10 USD(/bản)Nộp giấy.\nTại cơ quan đại diện: 10 USD/bản.")
    assert fees == [(10, "Tại cơ quan đại diện: 10 USD/bản")]


def test_a_note_whose_bracket_never_closes_ends_where_the_description_is_glued() -> None:
    channel, _ = only(
        "Trực tiếp15 Ngày600,000 VNĐ(đồng (Miễn phí từ ngày 07/4/2026 đến 30/6/2026)15 ngày kể từ ngày nhận"
    )
    assert channel.note == "15 ngày kể từ ngày nhận"
    assert [fee.amount for fee in channel.fees] == [0, 600_000]


def test_a_description_pasted_into_the_note_is_no_condition() -> None:
    text = "Nộp hồ sơ tại bộ phận một cửa trong giờ hành chính"
    fee, _ = fee_of(f"Trực tiếp15 Ngày600,000 VNĐ({text}){text}")
    assert (fee.amount, fee.condition) == (600_000, "")


@pytest.mark.parametrize(
    "description",
    [
        "07 ngày làm việc (đối với trường hợp cấp mới), 02 ngày làm việc (đối với trường hợp cấp lại) kể từ ngày nhận",
        "Đối với cấp mới là 07 ngày làm việc kể từ ngày nhận; cấp lại trong thời hạn 02 ngày làm việc kể từ ngày nhận",
        "- Trường hợp cấp mới: không quá 07 ngày làm việc\n- Trường hợp cấp lại: không quá 02 ngày làm việc",
    ],
)
def test_a_limit_for_each_case_is_a_channel_for_each_case(description: str) -> None:
    parsed = parse_channels(f"{HEADER}Trực tuyến1Miễn phí{description}")
    assert [figure(channel) for channel in parsed.channels] == [
        (7, TimeUnit.WORKING_DAY),
        (2, TimeUnit.WORKING_DAY),
    ]
    assert ["cấp mới" in channel.note for channel in parsed.channels] == [True, False]
    assert [fee.amount for channel in parsed.channels for fee in channel.fees] == [0, 0]
    assert parsed.doubts == ()


@pytest.mark.parametrize(
    "description",
    [
        "Kiểm tra hồ sơ: 02 ngày kể từ ngày nhận; thẩm định: 33 ngày kể từ ngày nhận",
        "- 03 ngày kể từ ngày nhận; - 07 ngày kể từ ngày nhận trong trường hợp cần kiểm tra thực tế",
        "Thời gian giải quyết 15 ngày làm việc và 47 ngày",
        "Trường hợp cấp mới: 07 ngày kể từ ngày nhận; thông báo trong 02 ngày kể từ ngày nhận",
        "Trường hợp cấp mới: 07 ngày kể từ ngày nhận; trường hợp cấp mới: 07 ngày kể từ ngày nhận",
    ],
)
def test_stages_are_no_cases(description: str) -> None:
    channel, _ = only(f"Trực tuyến1Miễn phí{description}")
    assert channel.time_limit is None


def test_the_rows_of_one_channel_that_go_through_its_phases_are_no_limits() -> None:
    parsed = parse_channels(
        f"{HEADER}Trực tiếp1 NgàyMiễn phíTiếp nhận và kiểm tra hồ sơ ngay trong ngày.Trực tiếp2 NgàyMiễn phí"
        "Thẩm định và trả kết quả: 02 ngày kể từ khi nhận đủ.Trực tuyến3 NgàyMiễn phíThẩm định và trả kết quả: 03 ngày"
    )
    assert [figure(channel) for channel in parsed.channels] == [None, None, (3, TimeUnit.DAY)]


@pytest.mark.parametrize(
    "note", ["Không", "Không có", "không có.", "Miễn phí", "Không thu phí", "Miễn lệ phí", "(Không)"]
)
def test_free_where_the_note_agrees(note: str) -> None:
    fee, reasons = fee_of(f"Trực tuyến3 NgàyMiễn phí({note})")
    assert fee.amount == 0
    assert reasons == []


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("40.000 đồng; xe con 90.000 đồng", "the column says free, the note states an amount"),
        ("Theo quy định tại Thông tư 99/2020/TT-BTC", "the column says free, the note does not"),
        ("Mức cụ thể do Hội đồng nhân dân cấp tỉnh quyết định", "the column says free, the note does not"),
        ("Chưa quy định", "the column says free, the note does not"),
        ("Lệ phí cấp giấy", "the column says free, the note does not"),
    ],
)
def test_free_beside_another_note_is_not_free(note: str, reason: str) -> None:
    fee, reasons = fee_of(f"Trực tuyến3 NgàyMiễn phí({note})")
    assert fee.amount is None
    assert fee.condition == note
    assert reasons == [f"fees: {reason}"]


def test_free_beside_a_description_that_names_a_fee_is_not_free() -> None:
    fee, reasons = fee_of("Trực tuyến3 NgàyMiễn phíLệ phí thu tại nơi nhận kết quả")
    assert fee.amount is None
    assert reasons == ["fees: the column says free, the description speaks of a fee"]


def test_who_sets_the_fee_is_kept() -> None:
    council, _ = fee_of("Trực tiếp5Miễn phí(Mức lệ phí do Hội đồng nhân dân cấp tỉnh quy định)")
    circular, _ = fee_of("Trực tiếp5 NgàyMiễn phí(Phí theo Thông tư số 99/2020/TT-BTC)")
    assert (council.basis, council.kind) == ("Hội đồng nhân dân cấp tỉnh", "charge")
    assert (circular.basis, circular.kind) == ("Thông tư số 99/2020/TT-BTC", "fee")


@pytest.mark.parametrize("price", ["70,000 VNĐ", "70,000 Việt Nam Đồng", "70.000 VNĐ"])
@pytest.mark.parametrize("note", ["", "(70.000 đồng/giấy)", "(/giấy)", "(Lệ phí cấp giấy)"])
def test_an_amount_that_nothing_contradicts_is_stated(price: str, note: str) -> None:
    fee, reasons = fee_of(f"Trực tuyến3 Ngày{price}{note}")
    assert (fee.amount, fee.currency) == (70_000, "VND")
    assert reasons == []


def test_dollars_stay_dollars() -> None:
    fee, _ = fee_of("Trực tiếp3 Ngày25 USD(25 USD/thẻ)")
    assert (fee.amount, fee.currency) == (25, "USD")


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("50.000đ/giấy", "the note states another amount"),
        ("25 USD", "the note states another amount"),
        ("70.000 đồng; 90.000 đồng", "the note states several amounts"),
        ("từ 01/7/2025 đến hết ngày 31/12/2026 thu bằng 50%", "the amount is changed for a time"),
        ("do Hội đồng nhân dân tỉnh quyết định", "the note leaves the amount to another authority"),
        ("Không được quy định trong biểu phí", "the note says that no fee is set"),
        ("Theo biểu phí (mục 2", "the note is cut off"),
    ],
)
def test_an_amount_that_its_note_contradicts_is_unknown(note: str, reason: str) -> None:
    fee, reasons = fee_of(f"Trực tuyến3 Ngày70,000 VNĐ({note}{'' if 'mục' in note else ')'}")
    assert fee.amount is None
    assert note in fee.condition
    assert reasons == [f"fees: {reason}"]


def test_enumerators_do_not_close_a_note() -> None:
    channel, _ = only("Trực tuyến3 Ngày70,000 VNĐ(a) giấy mới, b) giấy đổi)Nộp tại quầy")
    assert channel.fees[0].condition == "a) giấy mới, b) giấy đổi"
    assert channel.note == "Nộp tại quầy"


def test_a_time_in_words_is_not_a_figure() -> None:
    channel, reasons = only("Trực tiếpHệ thống trả lời tự độngKhông có thông tinTại quầy")
    assert channel.time_limit is None
    assert channel.note == "Tại quầy"
    assert reasons == ["time_limit: not stated as one figure", "fees: not stated"]


def test_an_unreadable_cell_states_nothing() -> None:
    parsed = parse_channels(HEADER + "xem phụ lục")
    assert parsed.channels == ()
    assert [doubt.reason for doubt in parsed.doubts] == ["text before the first channel"]

"""Procedures written out in decisions and handbooks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import Fee, How, Level, Procedure, TimeUnit, ValidityState
from knowledge.errors import BadRecord
from knowledge.parsers.decision.labels import Label, read_label
from knowledge.parsers.decision_pdf import looks_like, parse, parse_all
from knowledge.reading.pages import DocumentText, Page
from knowledge.reading.reader import OcrMode, read_document
from tests.knowledge.annex import annex, entry, handbook


def one(**changes: str) -> Procedure:
    """The record of one block of a handbook."""
    (record,) = parse(handbook(entry(1, **changes)), name="so-tay.pdf", area="da-nang")
    return record


def amounts(record: Procedure) -> list[int | None]:
    return [fee.amount for fee in record.channels[0].fees]


def reasons(record: Procedure, field: str) -> list[str]:
    return [doubt.reason for doubt in record.doubts if doubt.field == field]


def test_reads_the_annex_of_a_decision() -> None:
    first, second = parse(annex(), name="qd77.pdf")
    assert (first.code, first.title) == ("9.000021", "Cấp thẻ thư viện mẫu")
    assert (second.code, second.raw_code) == ("9.000022", "")
    assert (first.levels, first.field, first.agency) == (
        (Level.COMMUNE,),
        "Thư viện",
        "Ủy ban nhân dân cấp xã",
    )
    assert (first.decision, first.area) == ("77/QĐ-UBND", "dak-lak")
    assert [step[:7] for step in first.steps] == ["Bước 1:", "Bước 2:", "Bước 3:"]
    assert "giấy tờ và ghi vào sổ" in first.steps[0], "a wrapped line is joined"
    assert first.results == ("Thẻ thư viện",)
    assert first.conditions == ()
    assert (first.provenance.page, second.provenance.page) == (2, 3)
    assert first.provenance.source == "qd77.pdf"


def test_channels_are_those_offered_and_none_ruled_out() -> None:
    first, second = parse(annex(), name="qd77.pdf")
    assert [channel.how for channel in first.channels] == [How.DIRECT, How.POST]
    assert [channel.how for channel in second.channels] == [How.ONLINE, How.DIRECT]
    limit = first.channels[0].time_limit
    assert limit is not None
    assert (limit.value, limit.unit) == (5, TimeUnit.WORKING_DAY)
    assert second.channels[0].time_limit is None, "two cases, two figures"
    assert reasons(second, "channels.time_limit") == ["not stated as one figure"]


def test_a_fee_a_line_with_its_condition() -> None:
    first, second = parse(annex(), name="qd77.pdf")
    fees = {fee.amount: fee.condition for fee in first.channels[0].fees}
    assert fees == {20000: "Người từ đủ 16 tuổi, cho mỗi thẻ", 10000: "Trẻ em, cho mỗi thẻ"}
    assert second.channels[0].fees == (Fee(amount=0, raw="Không."),), "phí and lệ phí in one: none is none"


def test_papers_counts_and_forms() -> None:
    first, second = parse(annex(), name="qd77.pdf")
    (case,) = first.dossier
    (form, either) = case.items
    assert (form.name, form.originals, form.copies) == ("Tờ khai theo Mẫu số 01", 1, None)
    assert form.form is not None
    assert form.form.code == "Mẫu số 01"
    assert (either.originals, either.copies) == (None, 1)
    (old,) = second.dossier[0].items
    assert (old.name, old.originals, old.copies) == ("Thẻ cũ", 1, 0), "the glued 1Bản sao is no count"


def test_legal_basis_and_what_has_no_number() -> None:
    first, _ = parse(annex(), name="qd77.pdf")
    assert [(basis.number, basis.issued) for basis in first.legal_basis] == [
        ("46/2019/QH14", date(2019, 11, 21)),
        ("93/2020/NĐ-CP", date(2020, 8, 18)),
    ]
    assert reasons(first, "legal_basis") == ["no number that can be read"]
    assert all(doubt.page for doubt in first.doubts)


def test_the_number_of_a_document_that_is_amended_is_not_the_entrys() -> None:
    record = one(legal="1. Luật sửa đổi một số điều của Luật Thư viện số 46/2019/QH14")
    assert record.legal_basis == ()


def test_without_a_code_none_is_invented() -> None:
    document = annex(listed=False)
    found = parse_all(document, name="qd77.pdf")
    assert found.procedures == ()
    assert [(left.title, left.page) for left in found.uncoded] == [
        ("Cấp thẻ thư viện mẫu", 2),
        ("Gia hạn thẻ thư viện mẫu", 3),
    ]
    record = found.uncoded[0].with_code("9.000021")
    assert (record.code, record.title) == ("9.000021", "Cấp thẻ thư viện mẫu")
    assert parse(document, name="qd77.pdf") == []


def test_titles_given_lead_to_codes_unless_they_are_ambiguous() -> None:
    titles = {"Thủ tục cấp thẻ thư viện mẫu": "9.000021", "CẤP THẺ THƯ VIỆN MẪU.": "9.000021"}
    found = parse_all(annex(listed=False), name="qd77.pdf", titles=titles)
    (record,) = found.procedures
    assert record.code == "9.000021"
    assert reasons(record, "code") == ["found by the title, not printed"]
    several = titles | {"Cấp thẻ thư viện  mẫu": "9.000099"}
    left = parse_all(annex(listed=False), name="qd77.pdf", titles=several).uncoded
    assert [doubt.reason for doubt in left[0].doubts if doubt.field == "code"] == [
        "the title has several codes"
    ]


def test_a_local_code_is_kept_apart() -> None:
    found = parse_all(handbook(entry(1, "QLKTN003"), entry(2)), name="so-tay.pdf")
    assert [left.local_code for left in found.uncoded] == ["QLKTN003"]
    assert [record.code for record in found.procedures] == ["9.000031"]


def test_before_july_2025_is_of_the_past() -> None:
    (record, _) = parse(annex(year=2024), name="qd77.pdf")
    assert (record.validity.state, record.validity.end) == (ValidityState.SUPERSEDED, date(2025, 6, 30))
    assert (record.variant, record.key) == ("truoc-2025-07", "9.000021@dak-lak~truoc-2025-07")
    (today, _) = parse(annex(year=2026), name="qd77.pdf")
    assert (today.validity.state, today.variant) == (ValidityState.UNKNOWN, "")
    (told, _) = parse(annex(year=2026), name="qd77.pdf", as_of=date(2025, 6, 30))
    assert told.validity.state is ValidityState.SUPERSEDED


def test_a_ministrys_decision_is_of_no_province() -> None:
    text = (
        annex()
        .pages[0]
        .text.replace("ỦY BAN NHÂN DÂN\nTỈNH ĐẮK LẮK", "BỘ VĂN HÓA")
        .replace("QĐ-UBND", "QĐ-BVH")
    )
    document = replace(annex(), pages=(Page(1, text), *annex().pages[1:]))
    (record, _) = parse(document, name="bo.pdf")
    assert (record.area, record.ministry, record.variant) == ("", "Bộ văn hóa", "")


def test_still_in_force_is_not_believed_of_an_old_handbook() -> None:
    record = one()
    assert record.validity.state is ValidityState.SUPERSEDED
    assert record.validity.start == date(2023, 9, 27)
    assert "names an office abolished on 2025-07-01" in reasons(record, "steps")
    later = one(effective="2026-02-01", manner="Nộp trực tiếp tại Bộ phận Một cửa")
    assert later.validity.state is ValidityState.IN_FORCE


@pytest.mark.parametrize(
    ("charge", "fee", "stated"),
    [
        ("Không có", "Văn bản quy định lệ phí", [None]),  # what phí is, nobody says
        ("Không có", "Văn bản quy định lệ phí: Không có", [None]),  # no document is no fee of zero
        ("Không có", "Không", [0]),
        ("600.000 đồng", "Văn bản quy định lệ phí", [600000]),
        ("350.000 đồng/lượt chi phí sát hạch", "", [None]),
        ("Tối đa 200.000 đồng", "", [None]),
        ("325.000 đồng (từ ngày 01/7/2024 đến 31/12/2024)", "", [None]),
        ("1100 VNĐ", "", [None]),
        ("50000 đồng", "", [50000]),
        ("100 VNĐ", "", [None]),
        ("135/700 VNĐ", "", [None]),
        ("Từ 10.000 đồng đến 20.000 đồng", "", [None]),
        ("Theo Nghị quyết số 5/2021/NQ-HĐND", "", [None]),
    ],
)
def test_fees_that_may_be_stated(charge: str, fee: str, stated: list[int | None]) -> None:
    record = one(charge=charge, fee=fee)
    assert amounts(record) == stated
    if stated == [None]:
        assert reasons(record, "channels.fees")


def test_a_fee_stands_under_its_heading() -> None:
    record = one(charge="1. Cấp mới:\n- Cá nhân: 50.000 đồng\n2. Cấp lại:\n- Cá nhân: 20.000 đồng")
    assert {fee.amount: fee.condition for fee in record.channels[0].fees} == {
        50000: "Cấp mới, Cá nhân",
        20000: "Cấp lại, Cá nhân",
    }
    lost = one(charge="Cấp mới\nCá nhân: 50.000 đồng\nCấp lại\nCá nhân: 20.000 đồng")
    assert amounts(lost) == [None], "two amounts for what reads as one case"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Không quá 10 ngày làm việc", 10),
        ("20 (hai mươi) ngày, kể từ ngày nhận đủ hồ sơ", 20),
        ("55 ngày (trong đó 45 ngày đánh giá hồ sơ, 10 ngày trả kết quả)", 55),
        ("09 ngày làm việc, cụ thể:\n- Kiểm tra: 01 ngày\n- Trả kết quả: 08 ngày", 9),
        ("05 ngày làm việc để kiểm tra hồ sơ, sau đó thẩm định", None),
        ("Cấp mới: 06 ngày\nCấp lại: 03 ngày", None),
        ("10 ngày, có thể kéo dài thêm đối với xã miền núi", None),
        ("Ngay trong ngày", None),
        ("5", None),
    ],
)
def test_time_limits_that_may_be_stated(text: str, value: float | None) -> None:
    limit = one(time=text).channels[0].time_limit
    assert (limit.value if limit else None) == value


def test_a_limit_for_each_way() -> None:
    record = one(
        time="- Trực tiếp: 03 ngày\n- Trực tuyến: 02 ngày",
        manner="Nộp trực tiếp, trực tuyến hoặc qua bưu điện",
    )
    limits = {channel.how: channel.time_limit and channel.time_limit.value for channel in record.channels}
    assert limits == {How.ONLINE: 2, How.DIRECT: 3, How.POST: None}


def test_cases_of_a_dossier_by_their_depth() -> None:
    record = one(
        dossier="1. Giấy tờ phải nộp:\no Tờ khai:\nTheo mẫu.\nBản chính: 1\nBản sao: 0\no Ảnh\n"
        "2. Giấy tờ phải xuất trình:\no Thẻ căn cước\nLưu ý:\n• Bản chụp phải rõ."
    )
    assert [(case.case, [item.name for item in case.items]) for case in record.dossier] == [
        ("Giấy tờ phải nộp", ["Tờ khai", "Ảnh"]),
        ("Giấy tờ phải xuất trình", ["Thẻ căn cước"]),
    ]
    assert record.dossier[0].items[0].originals == 1
    assert "Bản chụp phải rõ" in " ".join(record.dossier_notes)


def test_the_same_code_twice_keeps_both_and_says_so() -> None:
    first, second = parse(
        handbook(entry(1), entry(2, title="Cấp thẻ mẫu tại xã")), name="so-tay.pdf", area="da-nang"
    )
    assert first.key != second.key
    assert "this code stands 2 times in the document" in reasons(second, "code")


def test_a_machines_talk_is_no_official_text() -> None:
    record = one(
        legal="1. Luật Thư viện số 46/2019/QH14\nNếu bạn cần thêm chi tiết, đừng ngần ngại yêu cầu nhé!"
    )
    assert reasons(record, "text") == [
        "a chat assistant's words stand in the text: compare it with the decision"
    ]
    assert "ngần ngại" not in str({**record.to_json(), "doubts": []})


def test_offices_and_levels_stop_where_something_else_is_said() -> None:
    record = one(
        agency="Sở Khoa học và Công nghệ (Cơ quan có thẩm quyền quyết định)\nYêu cầu khác: nộp trước 10 ngày"
    )
    assert (record.agency, record.levels) == ("Sở Khoa học và Công nghệ", (Level.PROVINCE,))
    levels = one(agency="UBND xã\nCấp thực hiện: Cấp Tỉnh Cấp Xã Loại thủ tục TTHC được luật giao").levels
    assert levels == (Level.PROVINCE, Level.COMMUNE)
    assert one(agency="Trung tâm Mẫu").levels == (), "its level is not in its name"


def test_a_table_of_contents_and_a_plan_hold_no_procedure() -> None:
    contents = "\n".join(f"THỦ TỤC {number}: Cấp thẻ ........ {number}" for number in range(1, 9))
    plan = (
        "KẾ HOẠCH\nI. MỤC TIÊU\n1. Thủ tục hành chính được đơn giản hóa\na) Cắt giảm thời hạn giải quyết 20%."
    )
    for text in (contents, plan, ""):
        document = DocumentText((Page(1, text),))
        assert not looks_like(document)
        with pytest.raises(BadRecord, match="no procedure is written out"):
            parse(document, name="x.pdf")
    assert looks_like(annex())


@pytest.mark.parametrize(
    ("line", "label", "value"),
    [
        ("Phí", Label.FEE, ""),
        ("b) Cách thức thực hiện: Trực tiếp", Label.MANNER, "Trực tiếp"),
        ("• Lệ phí: 5.000 đồng", Label.CHARGE, "5.000 đồng"),
        ("8. Phí, lệ phí (nếu có):", Label.FEES, ""),
        ("Mã thủ tục 1.009358", Label.CODE, "1.009358"),
        ("k) Yêu cầu, điều kiện thực hiện thủ tục hành chính (nếu có): Không", Label.CONDITIONS, "Không"),
    ],
)
def test_labels(line: str, label: Label, value: str) -> None:
    found = read_label(line)
    assert found is not None
    assert (found.label, found.value) == (label, value)


@pytest.mark.parametrize(
    "line",
    [
        "Phí thẩm định do người dân nộp",
        "lệ phí",
        "Trình tự thực hiện như sau là bắt buộc",
        "o Lệ phí: 5.000 đồng",
        "Phíp",
    ],
)
def test_prose_is_no_label(line: str) -> None:
    assert read_label(line) is None


def test_from_a_file_through_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "quyet-dinh.txt"
    path.write_text("\n".join(page.text for page in annex().pages), encoding="utf-8")
    document = read_document(path, ocr=OcrMode.OFF)
    found = parse_all(document, name=path.name)
    assert [left.title for left in found.uncoded] == ["Cấp thẻ thư viện mẫu", "Gia hạn thẻ thư viện mẫu"]


def test_round_trip() -> None:
    for record in parse(annex(), name="qd77.pdf"):
        assert Procedure.from_json(record.to_json()) == record


@pytest.mark.shared
def test_the_handbook_of_da_nang(shared: Path) -> None:
    document = read_document(shared / "corpus" / "da_nang_2023.pdf", ocr=OcrMode.OFF)
    found = parse_all(document, name="da_nang_2023.pdf")
    records = found.procedures
    assert (len(records), len({record.code for record in records})) == (170, 170)
    assert {left.local_code for left in found.uncoded} == {"QLKTN001", "QLKTN002", "QLKTN003", "DNG-288122_1"}
    assert {record.area for record in records} == {"da-nang"}
    assert {record.validity.state for record in records} == {ValidityState.SUPERSEDED}
    assert {record.validity.end for record in records} == {date(2025, 6, 30)}
    assert {record.variant for record in records} == {"truoc-2025-07"}
    filled = {
        name: sum(bool(getattr(record, name)) for record in records)
        for name in ("steps", "dossier", "channels", "legal_basis", "results", "agency", "decision")
    }
    assert filled["steps"] >= 164 and filled["dossier"] >= 158 and filled["legal_basis"] >= 157
    assert filled["channels"] >= 160 and filled["agency"] >= 169 and filled["decision"] >= 160
    limits = sum(any(channel.time_limit for channel in record.channels) for record in records)
    assert limits >= 70
    assert all(Procedure.from_json(record.to_json()) == record for record in records)
    talk = [doubt.page for record in records for doubt in record.doubts if doubt.field == "text"]
    assert set(talk) == {227, 230, 361}, "pages where a chat assistant's words were left standing"


def _figures(record: Procedure) -> list[str]:
    """Every figure and number that a record states, as it must stand in its text."""
    fees = [f"{fee.amount:,}" for way in record.channels for fee in way.fees if fee.amount]
    limits = [way.time_limit.raw for way in record.channels if way.time_limit]
    return [*fees, *limits, *(basis.number for basis in record.legal_basis)]


def _stands(figure: str, text: str) -> bool:
    return any(form in text for form in (figure, figure.replace(",", "."), figure.replace(",", "")))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_lines_are_lost_nothing_is_stated_that_is_not_printed(seed: int) -> None:
    """Lines dropped, doubled, swapped or cut, as bad text layers and OCR do: fewer facts, never other ones."""
    chance = random.Random(seed)  # noqa: S311  # only spoils a text
    pages = []
    for page in annex().pages:
        lines = page.text.split("\n")
        for _ in range(6):
            place = chance.randrange(len(lines) - 1)
            match chance.randrange(4):
                case 0:
                    del lines[place]
                case 1:
                    lines.insert(place, lines[place])
                case 2:
                    lines[place], lines[place + 1] = lines[place + 1], lines[place]
                case 3:
                    lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
        pages.append(replace(page, text="\n".join(lines)))
    document = replace(annex(), pages=tuple(pages))
    text = " ".join(document.text.split())
    try:
        records = parse(document, name="qd77.pdf")
    except BadRecord:
        return
    for record in records:
        assert all(_stands(figure, text) for figure in _figures(record)), _figures(record)
        assert Procedure.from_json(record.to_json()) == record


@pytest.mark.shared
def test_every_figure_of_the_handbook_stands_on_its_pages(shared: Path) -> None:
    document = read_document(shared / "corpus" / "da_nang_2023.pdf", ocr=OcrMode.OFF)
    text = {page.number: " ".join(page.text.replace("\ufffe", "-").split()) for page in document.pages}
    for record in parse(document, name="da_nang_2023.pdf"):
        first = record.provenance.page or 0
        own = " ".join(text.get(page, "") for page in range(first, first + 8))
        for figure in _figures(record):
            assert _stands(figure, own) or _stands(figure.replace("-", "- "), own), (first, figure)

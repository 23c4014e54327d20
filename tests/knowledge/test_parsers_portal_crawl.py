"""A whole line of the crawl, and the whole crawl when it is here."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from knowledge.documents import CODE_PATTERN, Level, Procedure, TimeUnit
from knowledge.errors import BadRecord
from knowledge.ingest import coverage
from knowledge.parsers.cells import HEADER as CHANNELS
from knowledge.parsers.portal_crawl import parse
from tests.knowledge.crawl import crawl_line


def reasons(record: Procedure) -> list[tuple[str, str]]:
    return [(doubt.field, doubt.reason) for doubt in record.doubts]


def test_reads_every_field() -> None:
    record = parse(crawl_line())
    assert (record.code, record.title, record.raw_code) == ("9.000001", "Cấp giấy mẫu cho người dân", "")
    assert record.levels == (Level.PROVINCE, Level.COMMUNE)
    assert record.subjects == ("Công dân Việt Nam", "Tổ chức (không bao gồm doanh nghiệp, HTX)")
    assert record.agency == "Ủy ban nhân dân cấp xã"
    assert record.steps == ("Bước 1: Nộp hồ sơ.", "Bước 2: Nhận kết quả.")
    assert record.conditions == ()
    assert record.results == ("Giấy mẫu",)
    assert [basis.number for basis in record.legal_basis] == ["60/2014/QH13"]
    assert [(item.name, item.form.file if item.form else "") for item in record.dossier[0].items] == [
        ("Tờ khai mẫu", "Mau01.docx")
    ]
    assert record.ministry == "Bộ Tư pháp"
    online, direct = record.channels
    assert online.time_limit is not None
    assert (online.time_limit.value, online.time_limit.unit) == (3, TimeUnit.WORKING_DAY)
    assert direct.time_limit is None
    assert reasons(record) == [("channels.direct.time_limit", "the number has no unit")]
    assert record.provenance.url == "https://example.test/9.000001"
    assert len(record.provenance.sha256) == 64


def test_decomposed_unicode_reads_the_same() -> None:
    line = crawl_line()
    decomposed = {key: unicodedata.normalize("NFD", value) for key, value in line.items()}
    assert parse(decomposed) == parse(line)


def test_a_local_code_is_normalised_and_kept() -> None:
    record = parse(crawl_line("1.001193.000.00.00.H15"))
    assert (record.code, record.raw_code) == ("1.001193", "1.001193.000.00.00.H15")


@pytest.mark.parametrize(
    "changes",
    [
        {"ma_thu_tuc": "abc"},
        {"ma_thu_tuc": ""},
        {"ten_thu_tuc": " "},
        {"ten_thu_tuc": 5},
        {"can_cu_phap_ly": ["a"]},
        {"ma_thu_tuc": None},
    ],
)
def test_a_damaged_line_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BadRecord):
        parse(crawl_line(**changes))


def test_missing_fields_are_empty_and_doubted() -> None:
    record = parse({"ma_thu_tuc": "9.000001", "ten_thu_tuc": "Giấy mẫu", "cach_thuc_thuc_hien": CHANNELS})
    assert (record.agency, record.dossier, record.legal_basis) == ("", (), ())
    assert {field for field, reason in reasons(record) if reason == "not stated"} >= {
        "agency",
        "dossier",
        "legal_basis",
        "steps",
    }


def test_steps_that_the_crawl_cut_at_a_mention_of_the_dossier_are_joined_again() -> None:
    record = parse(
        crawl_line(
            trinh_tu_thuc_hien="Bước 1. Lập hồ sơ theo mục 2 (",
            thanh_phan_ho_so=") rồi nộp.\nBước 2. Nhận kết quả.",
        )
    )
    assert record.steps == (
        "Bước 1. Lập hồ sơ theo mục 2 ( Thành phần hồ sơ ) rồi nộp.",
        "Bước 2. Nhận kết quả.",
    )
    assert (record.dossier, record.dossier_notes) == ((), ())
    assert ("dossier", "the section is displaced") in reasons(record)


def test_a_field_that_holds_another_section_is_left_empty() -> None:
    record = parse(crawl_line(yeu_cau_dieu_kien="Có đủTên văn bản pháp lýMã văn bảnLuật Mẫu"))
    assert record.conditions == ()
    assert ("conditions", "the section is displaced") in reasons(record)


@pytest.mark.parametrize(
    ("steps", "amount"),
    [
        ("Bước 1: Nộp hồ sơ và nộp lệ phí.", None),
        ("Người dân đóng phí tại quầy.", None),
        ("Người nộp không phải nộp phí.", 0),
        ("Tổ chức thu phí lập biên lai.", 0),
        ("Nộp lệ phí trước bạ ở cơ quan thuế.", 0),
    ],
)
def test_free_is_not_believed_where_the_steps_tell_to_pay(steps: str, amount: int | None) -> None:
    record = parse(
        crawl_line(trinh_tu_thuc_hien=steps, cach_thuc_thuc_hien=f"{CHANNELS}Trực tuyến3 NgàyMiễn phí")
    )
    assert [fee.amount for channel in record.channels for fee in channel.fees] == [amount]
    assert (("channels.fees", "the column says free, the steps tell to pay") in reasons(record)) == (
        amount is None
    )


def test_free_is_not_believed_where_the_legal_basis_sets_a_tariff() -> None:
    record = parse(
        crawl_line(
            can_cu_phap_ly="Tên văn bản pháp lýMã văn bảnQuy định mức thu, chế độ thu phí mẫu85/2019/TT-BTC",
            cach_thuc_thuc_hien=f"{CHANNELS}Trực tuyến3 NgàyMiễn phí",
        )
    )
    assert [fee.amount for channel in record.channels for fee in channel.fees] == [None]


@pytest.mark.parametrize(
    ("other", "marked"),
    [
        ("50,000 VNĐ(50.000đ/thẻ)", True),
        ("50,000 VNĐ(50.000đ/sổ)", False),  # counted by another thing
        ("20,000 VNĐ(20.000đ/thẻ)", False),  # lower than the reduced one
    ],
)
def test_a_full_amount_that_another_row_reduces_for_a_time_says_so(other: str, marked: bool) -> None:
    timed = "25,000 VNĐ(25.000đ/thẻ (áp dụng đến hết ngày 31/12/2026 theo Thông tư số 9/2025/TT-BTC))"
    record = parse(crawl_line(cach_thuc_thuc_hien=f"{CHANNELS}Trực tuyến3 Ngày{timed}Trực tiếp3 Ngày{other}"))
    online, direct = record.channels
    assert (online.fees[0].amount, direct.fees[0].amount) == (25_000, int(other[:2]) * 1000)
    assert direct.fees[0].condition.endswith("ngoài thời gian được giảm") == marked


def _corpus(shared: Path) -> list[dict[str, str]]:
    with (shared / "corpus" / "procedures.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.shared
def test_the_whole_crawl_parses_and_keeps_its_promises(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _corpus(shared)
    records = [parse(line) for line in lines]
    for line, record in zip(lines, records, strict=True):
        _check(line, record)
    stated = coverage(records)
    assert stated["channels"] == len(records)
    assert stated["time limit"] > 0.75 * len(records)
    assert stated["fee or its note"] > 0.85 * len(records)
    assert stated["dossier"] > 0.97 * len(records)
    assert stated["legal basis"] > 0.95 * len(records)
    with capsys.disabled():
        print("\n" + "\n".join(f"{name:<20} {count:>5} of {len(records)}" for name, count in stated.items()))  # noqa: T201


def _check(line: dict[str, str], record: Procedure) -> None:
    """What must hold for every record, read against its own raw line."""
    assert re.match(CODE_PATTERN, record.code)
    assert record.code == line["ma_thu_tuc"]
    assert Procedure.from_json(json.loads(json.dumps(record.to_json()))) == record
    cell = line["cach_thuc_thuc_hien"].replace("\xa0", " ")
    texts = (*record.steps, *record.conditions, *record.results, *record.dossier_notes)
    for marker in ("Chọn cơ quan thực hiện", "Không có thông tinMô tả", "Tên giấy tờMẫu đơn", "Mã: KQ"):
        assert not any(marker in text for text in texts), (record.code, marker)
    for channel in record.channels:
        limit = channel.time_limit
        if limit is not None:
            assert limit.known, record.code
            assert limit.raw.split()[0] in cell, record.code
        for fee in channel.fees:
            if fee.amount:
                assert fee.currency == "USD" or fee.amount >= 1000, (record.code, fee)
                assert re.search(_spelled(fee.amount), cell), (record.code, fee)
            if fee.amount == 0:
                said = "Miễn" if not fee.condition else "[Mm]iễn|[Kk]hông"
                assert re.search(said, cell), record.code
    counts = Counter(re.findall(r"(\d) bản chính", line["thanh_phan_ho_so"]))
    for item in (item for case in record.dossier for item in case.items):
        assert item.originals is None or str(item.originals) in counts, (record.code, item)
        assert "Số lượng" not in item.name or "Mẫu đơn, tờ khai" not in item.name


def _spelled(amount: int) -> str:
    grouped = rf"(?<!\d){f'{amount:,}'.replace(',', '[.,]?')}(?!\d)"
    return rf"{grouped}|(?<!\d)0?{amount / 10**6:g} triệu"

"""Files of the export of Bộ Quốc phòng."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import Level, Procedure, TimeUnit
from knowledge.errors import BadRecord
from knowledge.parsers.quoc_phong import parse
from tests.knowledge.crawl import export_file


def channel(fees: str, time: str = "07 Ngày", text: str = "") -> list[dict[str, str]]:
    return [{"hinh_thuc": "Trực tuyến", "thoi_han_giai_quyet": time, "phi_le_phi": fees, "mo_ta": text}]


def test_reads_a_file() -> None:
    record = parse(export_file(), fetched=date(2026, 7, 1))
    assert (record.code, record.levels, record.decision) == ("9.000002", (Level.MINISTRY,), "7/QĐ-BQP")
    assert record.steps == ("Bước 1: Nộp.", "Bước 2: Nhận.")
    (only,) = record.channels
    assert only.time_limit is not None
    assert (only.time_limit.value, only.time_limit.unit) == (7, TimeUnit.WORKING_DAY)
    assert [fee.amount for fee in only.fees] == [0]
    (item,) = record.dossier[0].items
    assert (item.name, item.originals, item.copies, item.form and item.form.file) == (
        "Tờ khai",
        1,
        0,
        "Mau.doc",
    )
    assert (record.legal_basis[0].issued, record.legal_basis[0].issuer) == (date(2021, 12, 30), "Chính phủ")
    assert record.provenance.fetched == date(2026, 7, 1)
    assert record.doubts == ()


@pytest.mark.parametrize(
    ("fees", "amounts"),
    [
        ("Phí : 2.000.000 Đồng (loại một)\nPhí : 3.500.000 Đồng (loại hai)", [2_000_000, 3_500_000]),
        ("Lệ phí : 03 USD (03 USD/Giấy)", [3]),
        ("Lệ phí : 1.5 USD", [None]),
        ("Phí : không Đồng", [0]),
        ("Phí : 0 Đồng (Theo Thông tư 9/2020/TT-BTC)", [None]),
        ("Phí :  Đồng", [None]),
        ("Phí : 20 Đồng", [None]),
        ("", []),
    ],
)
def test_fees(fees: str, amounts: list[int | None]) -> None:
    (only,) = parse(export_file(hinh_thuc_nop=channel(fees))).channels
    assert [fee.amount for fee in only.fees] == amounts


@pytest.mark.parametrize("time", ["Không quy định", "10-25", "", "0 Giờ", "10"])
def test_a_time_that_is_no_figure_is_unknown(time: str) -> None:
    (only,) = parse(export_file(hinh_thuc_nop=channel("", time))).channels
    assert only.time_limit is None


def test_a_short_sign_is_completed_from_its_title_only() -> None:
    rows = [
        {
            "so_ky_hieu": "12",
            "trich_yeu": "Quyết định số 12/2021/QĐ-TTg về mẫu",
            "ngay_ban_hanh": "24-03-2021",
        },
        {"so_ky_hieu": "13", "trich_yeu": "Thông tư số 99/2021/TT-BQP về mẫu", "ngay_ban_hanh": "31-02-2021"},
        {"so_ky_hieu": "Thông tư số 104/2024/TT-BQP", "trich_yeu": "", "ngay_ban_hanh": ""},
    ]
    record = parse(export_file(can_cu_phap_ly=rows))
    assert [basis.number for basis in record.legal_basis] == ["12/2021/QĐ-TTg", "104/2024/TT-BQP"]
    assert [doubt.reason for doubt in record.doubts] == ["no number that can be read"]


@pytest.mark.parametrize("broken", [{"metadata": 1}, {"tables": {"hinh_thuc_nop": "x"}}, {"content": None}])
def test_a_file_of_another_shape_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(BadRecord):
        parse(export_file() | broken)


@pytest.mark.shared
def test_the_whole_export_parses(shared: Path) -> None:
    files = sorted((shared / "corpus" / "quoc_phong").glob("*.json"))
    records = [parse(json.loads(path.read_text(encoding="utf-8"))) for path in files]
    assert [record.code for record in records] == [path.stem for path in files]
    for record in records:
        assert Procedure.from_json(json.loads(json.dumps(record.to_json()))) == record
        for fee in (fee for one in record.channels for fee in one.fees):
            assert not fee.amount or fee.currency == "USD" or fee.amount >= 1000

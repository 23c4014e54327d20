"""The Word export of a portal record, made here without `w:tblGrid` as the portal makes it."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import How, Level, Procedure, TimeUnit
from knowledge.errors import BadRecord
from knowledge.parsers import docx_export
from knowledge.parsers.docx_export import looks_like, parse
from tests.knowledge.sheets import Sheet, document_xml, write_docx


def made(folder: Path, sheet: Sheet | None = None) -> Path:
    """Named as the portal names it: `.doc`, though OOXML."""
    return write_docx(folder / "ChiTietTTHC_9.000011.doc", document_xml(sheet or Sheet()))


def test_reads_every_part(tmp_path: Path) -> None:
    record = parse(made(tmp_path), fetched=date(2026, 7, 1))
    assert (record.code, record.raw_code) == ("9.000011", "9.000011.000.00.00.H15")
    assert (record.title, record.field, record.decision) == ("Cấp thẻ thư viện mẫu", "Thư viện", "12/QĐ-MAU")
    assert record.levels == (Level.PROVINCE, Level.COMMUNE)
    assert record.subjects == ("Công dân Việt Nam", "Tổ chức (không bao gồm doanh nghiệp, HTX)")
    assert record.steps == ("Bước 1: Người dân nộp hồ sơ.", "Bước 2: Cán bộ trả thẻ.")
    assert (record.conditions, record.results) == ((), ("Thẻ thư viện",))
    assert record.agency == "Ủy ban nhân dân cấp xã"
    assert record.receiving_places == ("Quầy số 1",)
    assert record.provenance.fetched == date(2026, 7, 1)
    assert record.doubts == ()


def test_channels_with_their_fees(tmp_path: Path) -> None:
    online, direct = parse(made(tmp_path)).channels
    assert (online.how, direct.how) == (How.ONLINE, How.DIRECT)
    assert online.time_limit is not None
    assert (online.time_limit.value, online.time_limit.unit) == (3, TimeUnit.WORKING_DAY)
    assert [(fee.amount, fee.kind) for fee in online.fees] == [(0, "fee")]
    assert [(fee.amount, fee.kind) for fee in direct.fees] == [(20000, "charge")]


def test_star_rows_are_cases_and_glued_counts_are_told_apart(tmp_path: Path) -> None:
    hand_in, show = parse(made(tmp_path)).dossier
    assert (hand_in.case, show.case) == ("Giấy tờ phải nộp", "Giấy tờ phải xuất trình")
    assert [(item.name, item.originals, item.copies) for item in hand_in.items] == [
        ("Tờ khai xin thẻ", 1, 0),
        ("Ảnh chân dung", 2, 1),
    ]
    form = hand_in.items[0].form
    assert form is not None
    assert form.file == "ToKhaiThe.docx"


def test_counts_beside_their_heading_are_found_by_what_they_are(tmp_path: Path) -> None:
    """Exports of 2025 print the form under "Số lượng" and the counts in the next column."""
    xml = document_xml(Sheet(cases=(("", (("Đơn mẫu", "Bản chính: 1Bản sao: 2", "Don.docx"),)),)))
    (case,) = parse(write_docx(tmp_path / "x.doc", xml)).dossier
    (item,) = case.items
    assert (item.originals, item.copies, item.form and item.form.file) == (1, 2, "Don.docx")


@pytest.mark.parametrize(
    ("row", "limit", "fee"),
    [
        (("Trực tiếp", "1", "Phí : 0 Đồng", ""), None, 0),  # the unit is lost
        (("Trực tiếp", "5 Ngày", "Phí : 100 Đồng", ""), 5, None),  # scaled
        (("Trực tiếp", "5 Ngày", "Phí : 0 Đồng (50.000 đồng/thẻ)", ""), 5, "paid"),  # free, and not
        (("Trực tiếp", "5 Ngày", "Miễn phí", ""), 5, 0),
        (("Trực tiếp", "5 Ngày", "Miễn phí(Theo quy định của HĐND tỉnh)", ""), 5, None),
        (("Trực tiếp", "5 Ngày", "", "Thời hạn 07 ngày kể từ ngày nhận hồ sơ"), None, "none"),
        (("Trực tiếp", "Không có thông tin", "Không có thông tin", ""), None, "none"),
    ],
)
def test_traps_stay_open(tmp_path: Path, row: tuple[str, ...], limit: float | None, fee: object) -> None:
    (channel,) = parse(made(tmp_path, Sheet(channels=(row,)))).channels
    assert (channel.time_limit.value if channel.time_limit else None) == limit
    if fee == "none":
        assert channel.fees == ()
    elif fee == "paid":
        assert all(stated.amount != 0 for stated in channel.fees)
    else:
        assert [stated.amount for stated in channel.fees] == [fee]


def test_free_is_taken_back_where_the_steps_tell_to_pay(tmp_path: Path) -> None:
    record = parse(
        made(tmp_path, Sheet(steps=("Bước 1: Người dân nộp lệ phí tại quầy.", "Bước 2: Nhận thẻ.")))
    )
    assert record.channels[0].fees[0].amount is None
    assert "channels.fees" in [doubt.field for doubt in record.doubts]


def test_no_information_is_nothing(tmp_path: Path) -> None:
    record = parse(made(tmp_path, Sheet(agency="Không có thông tin", laws=())))
    assert (record.agency, record.legal_basis) == ("", ())
    assert {"agency", "legal_basis"} <= {doubt.field for doubt in record.doubts}


def test_deleted_text_is_not_read(tmp_path: Path) -> None:
    xml = document_xml(Sheet()).replace(
        "<w:p>", "<w:p><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del>", 1
    )
    assert parse(write_docx(tmp_path / "x.doc", xml)) == parse(write_docx(tmp_path / "x.doc", xml))
    assert "bỏ" not in parse(write_docx(tmp_path / "y.doc", xml)).title


def test_two_records_in_one_file_are_refused(tmp_path: Path) -> None:
    xml = document_xml(Sheet()).replace(
        "</w:body>", "<w:p><w:r><w:t>Mã thủ tục: 9.000012</w:t></w:r></w:p></w:body>"
    )
    path = write_docx(tmp_path / "x.doc", xml)
    assert not looks_like(path)
    with pytest.raises(BadRecord, match="several procedures"):
        parse(path)


def test_no_code_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path, replace(Sheet(), code="TEST_01"))
    assert not looks_like(path)
    with pytest.raises(BadRecord, match="no code"):
        parse(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", "<html>Mã thủ tục</html>".encode()])
def test_what_is_no_word_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.doc"
    path.write_bytes(content)
    assert not looks_like(path)
    with pytest.raises(BadRecord, match="damaged or not a Word export"):
        parse(path)


def test_entities_and_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><w:document xmlns:w="w">&a;</w:document>'
    with pytest.raises(BadRecord, match="entities"):
        parse(write_docx(tmp_path / "entities.doc", bomb))
    monkeypatch.setattr(docx_export, "MAX_XML", 1000)
    with pytest.raises(BadRecord, match="larger than"):
        parse(made(tmp_path))
    deep = (
        document_xml(Sheet())
        .replace("<w:body>", "<w:body>" + "<w:sdt>" * 80)
        .replace("</w:body>", "</w:sdt>" * 80 + "</w:body>")
    )
    monkeypatch.undo()
    with pytest.raises(BadRecord, match="nested too deeply"):
        parse(write_docx(tmp_path / "deep.doc", deep))


def test_a_container_without_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.doc"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(BadRecord, match="not a Word export"):
        parse(path)


def test_round_trip_and_recognition(tmp_path: Path) -> None:
    path = made(tmp_path)
    assert looks_like(path)
    record = parse(path, area="dak-lak")
    assert Procedure.from_json(record.to_json()) == record
    assert record.key == "9.000011@dak-lak"

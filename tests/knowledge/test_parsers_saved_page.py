"""Detail pages of the portal as a browser saves them: with their layout, and with nothing but the order of texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.documents import Procedure
from knowledge.errors import BadRecord
from knowledge.parsers import docx_export
from knowledge.parsers.saved_page import looks_like, parse
from tests.knowledge.sheets import Sheet, document_xml, tabular_page, text_page, write_docx

ADDRESS = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/0000-mau"


def content(record: Procedure) -> dict[str, object]:
    """What a record says, without where it came from."""
    return record.model_dump(exclude={"provenance", "portal_url"})


def test_a_tabular_page_says_what_the_export_says(tmp_path: Path) -> None:
    export = docx_export.parse(write_docx(tmp_path / "x.doc", document_xml(Sheet())))
    page = parse(tabular_page(Sheet()))
    assert content(page) == content(export)
    assert (page.portal_url, page.provenance.url, page.provenance.method) == (ADDRESS, ADDRESS, "html")


def test_so_does_the_mere_order_of_texts() -> None:
    assert content(parse(text_page(Sheet()))) == content(parse(tabular_page(Sheet())))


def test_scripts_buttons_and_the_pages_tail_are_not_content() -> None:
    record = parse(tabular_page(Sheet()))
    assert record.code == "9.000011"
    written = str(record.to_json())
    for stray in ("1.999999", "999.000", "Nộp hồ sơ trực tuyến", "Chọn cơ quan", "Trang chủ"):
        assert stray not in written


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://dichvucong.gov.vn.example.test/x", "http://dichvucong.gov.vn/x", "/x"],
)
def test_an_address_that_is_not_the_portals_is_not_kept(address: str) -> None:
    assert parse(tabular_page(Sheet(), address)).portal_url == ""


def test_the_address_a_browser_notes_or_the_caller_gives() -> None:
    noted = f"<!-- saved from url=(0055){ADDRESS} -->" + text_page(Sheet())
    assert parse(noted).portal_url == ADDRESS
    assert parse(text_page(Sheet()), url=ADDRESS).portal_url == ADDRESS


def test_a_glued_cell_is_read_as_the_crawls_is() -> None:
    cell = "Trực tuyến3 Ngày làm việcMiễn phíTrực tiếp1Miễn phí(Mức thu 50.000 đồng)"
    page = text_page(Sheet(channels=())).replace(
        "<div>Hình thức nộp</div><div>Thời hạn giải quyết</div><div>Phí, lệ phí</div><div>Mô tả</div>",
        f"<div>Hình thức nộpThời gianPhí, lệ phíMô tả{cell}</div>",
    )
    online, direct = parse(page).channels
    assert (online.time_limit and online.time_limit.value, [fee.amount for fee in online.fees]) == (3, [0])
    assert direct.time_limit is None
    assert all(fee.amount != 0 for fee in direct.fees), "its note says otherwise"


def test_papers_that_no_count_ends_stay_open() -> None:
    sheet = Sheet(cases=(("", (("Tờ khai", "", "Bản chính: 1"), ("Ảnh không rõ số lượng", "", ""))),))
    record = parse(text_page(sheet))
    assert [item.name for item in record.dossier[0].items] == ["Tờ khai"]
    assert ("dossier", "text behind the last count") in [
        (doubt.field, doubt.reason) for doubt in record.doubts
    ]


def test_days_in_either_order() -> None:
    laws = (
        ("46/2019/QH14", "Luật mẫu", "2019-11-21", "Quốc hội"),
        ("1/2020/NĐ-CP", "Nghị định", "18/08/2020", ""),
    )
    for page in (tabular_page(Sheet(laws=laws)), text_page(Sheet(laws=laws))):
        first, second = parse(page).legal_basis
        assert (str(first.issued), str(second.issued)) == ("2019-11-21", "2020-08-18")


def test_a_page_of_something_else_is_none() -> None:
    for page in (
        "",
        "<html><body><p>Mã thủ tục là gì?</p></body></html>",
        "<table><tr><td>Phí</td></tr></table>",
    ):
        assert not looks_like(page)
        with pytest.raises(BadRecord, match="no code"):
            parse(page)


def test_deep_pages_do_not_exhaust_the_stack() -> None:
    page = "<html><body>" + "<div>" * 20_000 + text_page(Sheet()) + "</body></html>"
    assert looks_like(page) in (True, False)


def test_round_trip_and_recognition() -> None:
    for page in (tabular_page(Sheet()), text_page(Sheet())):
        assert looks_like(page)
        record = parse(page)
        assert Procedure.from_json(record.to_json()) == record

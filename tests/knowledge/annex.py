"""A decision of our own that publishes procedures, in the usual annex form; places and codes are invented."""

from __future__ import annotations

from knowledge.reading.pages import DocumentText, Page, Table

HEAD = """ỦY BAN NHÂN DÂN
TỈNH {province}
Số: 77/QĐ-UBND
{place}, ngày 05 tháng {month} năm {year}
QUYẾT ĐỊNH
Về việc công bố thủ tục hành chính lĩnh vực thư viện
CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH
Căn cứ Luật Thư viện số 46/2019/QH14 ngày 21 tháng 11 năm 2019;
QUYẾT ĐỊNH:
Điều 1. Công bố kèm theo Quyết định này 02 thủ tục hành chính.
PHỤ LỤC
I. DANH MỤC THỦ TỤC HÀNH CHÍNH
1. Cấp thẻ thư viện mẫu ..... 2
2. Gia hạn thẻ thư viện mẫu ..... 3"""

FIRST = """II. NỘI DUNG CỤ THỂ CỦA TỪNG THỦ TỤC HÀNH CHÍNH
A. THỦ TỤC HÀNH CHÍNH CẤP XÃ
I. LĨNH VỰC THƯ VIỆN
1. Thủ tục Cấp thẻ thư viện mẫu
a) Trình tự thực hiện:
Bước 1: Người dân nộp hồ sơ tại Trung tâm Phục vụ hành chính công, cán bộ xem giấy tờ
và ghi vào sổ.
Bước 2: Trong thời hạn 02 ngày làm việc, cán bộ xét hồ sơ.
Bước 3: Trả thẻ.
b) Cách thức thực hiện: Nộp trực tiếp hoặc qua dịch vụ bưu chính. Không tiếp nhận trực tuyến.
c) Thành phần, số lượng hồ sơ:
- Thành phần hồ sơ gồm:
+ Tờ khai theo Mẫu số 01 (01 bản chính);
+ Một trong các giấy tờ sau: giấy xác nhận của trường hoặc thẻ học sinh (01 bản sao).
- Số lượng hồ sơ: 01 bộ.
d) Thời hạn giải quyết: 05 ngày làm việc, kể từ ngày nhận đủ hồ sơ hợp lệ.
đ) Đối tượng thực hiện thủ tục hành chính: Cá nhân.
e) Cơ quan thực hiện thủ tục hành chính: Ủy ban nhân dân cấp xã.
g) Kết quả thực hiện thủ tục hành chính: Thẻ thư viện.
h) Phí, lệ phí:
- Người từ đủ 16 tuổi: 20.000 đồng/thẻ;
- Trẻ em: 10.000 đồng/thẻ.
i) Tên mẫu đơn, mẫu tờ khai: Mẫu số 01.
k) Yêu cầu, điều kiện thực hiện thủ tục hành chính: Không.
l) Căn cứ pháp lý của thủ tục hành chính:
- Luật Thư viện số 46/2019/QH14 ngày 21 tháng 11 năm 2019;
- Nghị định số 93/2020/NĐ-CP ngày 18/8/2020 của Chính phủ quy định chi tiết Luật Thư viện;
- Quy chế nội bộ của thư viện."""

SECOND = """2. Thủ tục Gia hạn thẻ thư viện mẫu
a) Trình tự thực hiện:
- Người dân nộp hồ sơ.
- Cán bộ trả kết quả.
b) Cách thức thực hiện:
- Trực tiếp tại quầy.
- Trực tuyến trên cổng dịch vụ công.
c) Thành phần hồ sơ:
- Thẻ cũ: Bản chính: 1Bản sao: 0
d) Thời hạn giải quyết: Trường hợp thường 02 ngày; trường hợp phải xác minh 05 ngày.
đ) Cơ quan thực hiện: Ủy ban nhân dân cấp xã
e) Phí, lệ phí: Không.
g) Căn cứ pháp lý: Không có thông tin"""

ROWS = (
    ("TT", "Mã số TTHC", "Tên thủ tục hành chính"),
    ("1", "9.000021", "Cấp thẻ thư viện mẫu"),
    ("2", "9.000022.000.00.00.H15", "Gia hạn thẻ thư viện mẫu"),
)


def annex(
    *, year: int = 2026, month: int = 3, province: str = "ĐẮK LẮK", listed: bool = True, extra: str = ""
) -> DocumentText:
    """The decision as pages; `listed`: its list is there as a table, with codes."""
    head = HEAD.format(year=year, month=f"{month:02}", province=province, place=province.title())
    texts = (head, FIRST, SECOND + extra)
    pages = tuple(Page(number, f"{text}\n{number}") for number, text in enumerate(texts, start=1))
    return DocumentText(pages, (Table(ROWS),) if listed else ())


def handbook(*blocks: str) -> DocumentText:
    """A handbook: one block a page, no decision before them."""
    return DocumentText(tuple(Page(number, block) for number, block in enumerate(blocks, start=1)))


def entry(number: int, code: str = "9.000031", **changes: str) -> str:
    """A block as provincial portals print it: labels and values on lines of their own, empty labels left standing."""
    values = {
        "title": "Cấp thẻ mẫu",
        "field": "Thư viện",
        "effective": "2023-09-27",
        "time": "05 ngày làm việc",
        "charge": "Không có",
        "fee": "Văn bản quy định lệ phí",
        "agency": "UBND phường xã",
        "manner": "Hồ sơ nộp trực tiếp tại Bộ phận Tiếp nhận và Trả kết quả UBND cấp huyện",
        "steps": "• Bước 1: Nộp hồ sơ.\n• Bước 2: Nhận kết quả.",
        "dossier": "1. Tờ khai\n2. Bản sao thẻ cũ",
        "legal": "1. Luật Thư viện số 46/2019/QH14 ngày 21/11/2019",
    } | changes
    return f"""THỦ TỤC {number}: {values["title"]}
Mã thủ tục
{code}
Lĩnh vực
{values["field"]}
Thông tin công bố
Số QĐ: 2103/QĐ-UBND
Ngày hiệu lực: {values["effective"]}
Thời hạn giải quyết
{values["time"]}
Lệ phí
{values["charge"]}
Phí
{values["fee"]}
Cơ quan thực hiện
{values["agency"]}
Cơ quan có thẩm quyền quyết định
Cách thức thực hiện
{values["manner"]}
Trình tự thực hiện
{values["steps"]}
Thành phần hồ sơ
{values["dossier"]}
Căn cứ pháp lý
{values["legal"]}
Tình trạng hiệu lực
Còn hiệu lực"""

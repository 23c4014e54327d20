"""Issued texts of our own invention, in the shapes readers hand over: glued columns, blank numbers, broken lines."""

from __future__ import annotations

from knowledge.reading.pages import DocumentText, Page, Table
from knowledge.text.quality import vietnamese_share


def document(*pages: str, tables: tuple[Table, ...] = ()) -> DocumentText:
    return DocumentText(
        tuple(Page(n, text, "text", vietnamese_share(text)) for n, text in enumerate(pages, 1)), tables
    )


DECISION = """ỦY BAN NHÂN DÂN CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
TỈNH ĐẮK LẮK Độc lập - Tự do - Hạnh phúc
Số: 45/2026/QĐ-UBND Đắk Lắk, ngày 09 tháng 02 năm 2026

QUYẾT ĐỊNH
Ban hành Quy chế quản lý bảng tin điện tử tại trụ sở cơ quan

ỦY BAN NHÂN DÂN TỈNH ĐẮK LẮK

Căn cứ Luật Tổ chức chính quyền địa phương ngày 16/6/2025;
Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ về công tác văn thư;
Theo đề nghị của Giám đốc Sở Khoa học và Công nghệ tại Tờ trình số 11/TTr-SKHCN ngày 02/02/2026.

QUYẾT ĐỊNH:

Điều 1. Ban hành kèm theo Quyết định này Quy chế quản lý bảng tin điện tử tại trụ sở cơ quan.

Điều 2. Quyết định này có hiệu lực thi hành từ ngày 01/3/2026 và áp dụng đến hết ngày 31/12/2028.
Quyết định này thay thế Quyết định số 12/2019/QĐ-UBND ngày 04/4/2019 của Ủy ban nhân dân tỉnh về quản lý bảng tin.
Bãi bỏ Điều 5 của Quyết định số 77/2021/QĐ-UBND ngày 10/10/2021 của Ủy ban nhân dân tỉnh.

Điều 3. Giao Sở Khoa học và Công nghệ chủ trì, phối hợp với Văn phòng Ủy ban nhân dân tỉnh kiểm tra
việc vận hành bảng tin, báo cáo kết quả hằng quý.

Nơi nhận:
- Như Điều 3;
- Thường trực Tỉnh ủy;
- Lưu: VT, KSTT. TM. ỦY BAN NHÂN DÂN
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH

Trần Văn Minh
"""

PLAN_FIRST = """UBND TỈNH LÂM ĐỒNG
SỞ Y TẾ
Số:      /KH-SYT
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Lâm Đồng, ngày     tháng 3 năm 2026
KẾ HOẠCH
Truyền thông phòng bệnh mùa mưa năm 2026
Thực hiện Kế hoạch số 88/KH-UBND ngày 15/02/2026 của Ủy ban nhân dân tỉnh về
phòng, chống dịch bệnh năm 2026, Sở Y tế xây dựng kế hoạch như sau:
I. MỤC TIÊU
1. Mục tiêu chung
- Giúp người dân biết cách phòng bệnh tại nhà và báo tin sớm cho trạm y tế khi
có người mắc bệnh trong thôn, buôn.
2. Chỉ tiêu cụ thể: Ít nhất 90% hộ gia đình nhận được tờ gấp trước mùa mưa.
II. NHIỆM VỤ
1. Phát thanh trên loa thôn
- Thời gian thực hiện: 02 lần/tuần, từ tháng 5/2026.
- Chủ trì thực hiện: Trung tâm Y tế khu vực.
- Nội dung thực hiện:
+ Đọc bản tin phòng bệnh bằng tiếng Việt và tiếng dân tộc.
+ Nhắc người dân dọn nước đọng quanh nhà.
"""
PLAN_SECOND = """2

III. TỔ CHỨC THỰC HIỆN
1. Phòng Nghiệp vụ tổng hợp
a) Chủ trì, phối hợp với các đơn vị soạn tài liệu, hoàn thành trước ngày 15/4/2026.
b) Tổng hợp kết quả, báo cáo Lãnh đạo Sở hằng tháng.
2. Trung tâm Kiểm soát bệnh tật tỉnh: Cấp tờ gấp cho các xã, phường trong Quý II/2026.
3. Đề nghị Báo và Phát thanh, Truyền hình Lâm Đồng
Phối hợp với Sở Y tế phát phóng sự về phòng bệnh.
4. Kinh phí thực hiện: Kinh phí lấy từ nguồn chi thường xuyên của ngành y tế năm 2026.
Trên đây là Kế hoạch truyền thông của Sở Y tế; nếu có vướng mắc, các đơn vị báo về Phòng Nghiệp vụ tổng hợp.
GIÁM ĐỐC
Lê Thị Hồng Vân
Nơi nhận:
- UBND tỉnh (báo cáo);
- Giám đốc, các Phó Giám đốc Sở;
- Lưu: VT, NV.
"""

LETTER = """UBND XÃ BẮC BÌNH
VĂN PHÒNG HĐND VÀ UBND
Số: 31/VP
V/v rà soát biển hiệu tại trụ sở thôn
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Bắc Bình, ngày 06 tháng 10 năm 2026
Kính gửi: Trưởng các thôn
Thực hiện chỉ đạo của Chủ tịch Ủy ban nhân dân xã, Văn phòng HĐND và UBND đề nghị:
1. Trưởng các thôn kiểm tra biển hiệu tại trụ sở thôn, gửi kết quả về Văn phòng trước ngày 20/10/2026.
2. Phòng Kinh tế bố trí kinh phí thay biển hỏng.
CHÁNH VĂN PHÒNG
Phạm Quốc Bảo
"""

SCHEDULE = """UBND TỈNH QUẢNG TRỊ
THANH TRA TỈNH
Số: 205/TB-TTr
Quảng Trị, ngày 05 tháng 01 năm 2026
THÔNG BÁO
Lịch tiếp công dân định kỳ năm 2026
I. LỊCH TIẾP CÔNG DÂN
1. Lịch cụ thể như sau:
| STT | Nội dung | Đơn vị chủ trì | Thời gian |
| --- | --- | --- | --- |
| 1 | Tiếp công dân về đất đai | Chánh Thanh tra tỉnh | 08h00 ngày 08/5/2026 |
| 2 | Tiếp công dân về xây dựng | Phó Chánh Thanh tra tỉnh | Từ 13 giờ 30 - 16 giờ ngày 12 tháng 6 |
"""
SCHEDULE_REST = """| STT | Nội dung | Đơn vị chủ trì | Thời gian |
| 3 | Tiếp công dân về môi trường | Chánh Thanh tra tỉnh | Chưa xác định |
2. Địa điểm: Trụ sở Tiếp công dân tỉnh.
CHÁNH THANH TRA
Hoàng Đức Thắng
"""

SCAN = """UBND TINH PAK LAK CONG HOA XA HQI CHU NGHIA VIET NAM
CHI CUC THUY LOI Poc lap - Tu do - Hanh phiic
Sb: 71 /KH-CCTL Pk Lak, ngay 02 thang 3 nam 2026
KE HOACH
Kiém tra hé nuwéc truéc mua lii nam 2026
I. MUC PiCH
- Kiém tra an toan ctia tat ca cac hé chtra nuwéc trén dia ban tinh Dak Lak truéc
mua lii, bao cao két qua vé S¢ Nong nghiép va Moi trwong truéc ngay 15/4/2026.
II. TO CHUC THUC HIEN
1. Phong Quan ly cong trinh
- Chu tri kiém tra 02 lan/thang, téng hgp s6 liéu vé Chi cuc.
Noi nhan:
- Lwu: VT.
Nguyén Vin Ba
"""

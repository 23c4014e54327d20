"""Names of offices in running text, found by how they are built, not by a list of them.

"Sở", "Phòng", "Trung tâm", "Ủy ban nhân dân"… begin a name; it ends where a verb of duty, a colon or the sentence does.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from knowledge.parsers.issued.patterns import vn

LONGEST = 40  # words of a name or a list of names

_AFTER = r"(?=\s+(?:[\pU]|các\b|các\s))"
_HEAD = vn(
    r"(?:"
    rf"(?:Sở|Bộ|Ban|Cục|Chi cục|Tổng cục|Vụ|Viện|Hội|Tổ|Quỹ|Trường|Bệnh viện|Liên đoàn|Thanh tra){_AFTER}"
    r"|(?:Báo|Đài)(?=\s+(?:và\s+|truyền\s+|phát\s+)?[\pU]|\s+(?:truyền|phát)\s)"
    r"|Phòng(?=\s+[\pU])|Ban chỉ đạo\b|Tổ công tác\b|Bộ phận\s|Bộ Chỉ huy\b|Tỉnh [Đđ]oàn\b"
    r"|Văn phòng\b(?! phẩm)|Trung tâm\b|Ủy ban\b|UBND\b|HĐND\b|Hội đồng\s|Thường trực\s|Mặt trận\b|MTTQ\b"
    r"|Ủy ban [Mm]ặt trận\b|Công an\b|Quân đội\b|Tỉnh ủy\b|Thành ủy\b|Đảng ủy\b|Công đoàn\b|Đoàn\s+[A-ZĐ]"
    r"|Kho bạc\b|Ngân hàng\b|Bảo hiểm xã hội\b|Bưu điện\b|Điện lực\b|Công ty\b|Tập đoàn\b|Tòa án\b|Cổng [Tt]hông tin\b"
    r"|Chủ tịch\b|Phó Chủ tịch\b|Thủ trưởng\b|Giám đốc\b|Trưởng\s|Chánh\s|Lãnh đạo\s|Người đứng đầu\b|Thủ tướng\b"
    r"|Chính phủ\b|Quốc hội\b|Các\s+(?:sở|ban|phòng|cơ quan|đơn vị|xã|phường|địa phương|tổ chức|bộ|huyện|trường|"
    r"Sở|Ban|Phòng|Bộ|hội|đoàn thể|thôn)\b"
    r")",
)
_NOT_OFFICE = re.compile(
    r"(?:Ban hành|Báo cáo|Hội nghị|Hội thi|Hội thảo|Hội diễn|Tổ chức|Bộ chỉ số|Bộ TTHC|Bộ thủ tục)\b"
)
_LEAD_IN = re.compile(
    r"^(?:(?:Hàng|Hằng|Mỗi)\s+\w+,\s*|Định kỳ[^,]{0,40},\s*|Trong năm(?:\s+\d{4})?,\s*|Năm\s+\d{4},\s*)?"
    r"(?:(?:Giao|Phân công|Đề nghị|Yêu cầu|Đối với|Trách nhiệm của|Nhiệm vụ của)\s+)?",
)
_VERBS = (
    "chủ trì", "phối hợp", "có trách nhiệm", "chịu trách nhiệm", "có nhiệm vụ", "tổ chức", "xây dựng", "thực hiện",
    "chỉ đạo", "hướng dẫn", "tham mưu", "cân đối", "bố trí", "tổng hợp", "báo cáo", "theo dõi", "đôn đốc", "kiểm tra",
    "thẩm định", "cung cấp", "mở", "đăng", "phát", "căn cứ", "chủ động", "tăng cường", "triển khai", "rà soát",
    "đảm bảo", "bảo đảm", "thường xuyên", "tiếp tục", "chuẩn bị", "được", "ban hành", "lập", "là", "do", "để",
    "tiếp nhận", "tuyên truyền", "khẩn trương", "nghiêm túc", "kịp thời", "gửi", "đề xuất", "quan tâm", "vận động",
    "phát huy", "tạo", "giao", "phân công", "nghiên cứu", "lồng ghép", "hoàn thành", "duy trì", "quản lý", "cập nhật",
    "công khai", "niêm yết", "phát hành", "sử dụng", "đề nghị", "phê duyệt", "quyết định", "ký", "trình", "phải",
    "cần", "có kế hoạch", "có văn bản", "tham gia", "viết", "đẩy mạnh", "xem xét", "giám sát", "tập huấn", "sẽ", "đã",
    "yêu cầu", "thông báo", "công bố", "khuyến khích", "huy động", "quyết toán", "tải", "cụ thể hóa", "nâng cao",
    "đưa", "đánh giá", "khảo sát", "cử", "thành lập", "lắp đặt", "in", "phổ biến", "quán triệt", "trao đổi", "học tập",
    "trực tiếp", "phản ánh", "về", "giải quyết", "xử lý", "trả lời", "giới thiệu", "đặt", "nộp", "dùng", "chấm điểm",
    "tiến hành", "kiện toàn", "bổ sung", "sửa đổi", "có thẩm quyền", "giúp", "thường trực", "tự", "thống kê",
    "trên cơ sở", "khi", "nếu", "nhằm", "định hướng", "tích cực", "chấp hành", "bám sát", "ưu tiên", "rút kinh nghiệm",
)  # fmt: skip
_STOP = re.compile(
    rf"\s+(?:{'|'.join(sorted(_VERBS, key=len, reverse=True))}|ch\w{{1,3}} trì|có(?! liên quan))(?!\w)"
    r"|[:.](?=\s|$)|\s\("
)
_DANGLING = re.compile(r"(?:\s+(?:và|các|cùng|với))+$")
_TIDY = " ,;:.-–"


def leading_unit(text: str, known: Collection[str] = ()) -> tuple[str, str]:
    """The office a piece begins with and what it is to do: ("Sở Nội vụ", "chủ trì, phối hợp …").

    ("", text) when it begins with none. A piece that is nothing but a name leaves no duty. `known` are names the
    document uses as headings: they are taken whole, verbs in them or not ("Trung tâm Dịch vụ tổng hợp").
    """
    start = _LEAD_IN.match(text)
    body = text[start.end() if start else 0 :]
    body = body[:1].upper() + body[1:]
    head = _HEAD.match(body)
    if head is None or _NOT_OFFICE.match(body):
        return "", text
    whole = max((name for name in known if body.startswith(name)), key=len, default="")
    stop = _STOP.search(body, max(_after_first_word(body, head.end()), len(whole)))
    name = _DANGLING.sub("", (body[: stop.start()] if stop else body).strip(_TIDY))
    if len(name.split()) > LONGEST or _runs_on(name):
        return "", text
    return name, body[stop.start() :].strip(_TIDY + "\n") if stop else ""


def heading_unit(title: str) -> str:
    """The office a heading names and nothing else ("7. Sở Tài chính"); "" for a heading on a matter."""
    name, duty = leading_unit(title.strip(_TIDY))
    if name and duty and len(duty.split()) <= 2 and _STOP.fullmatch(f" {duty}"):
        name, duty = f"{name} {duty}", ""  # a verb that ends a heading is part of the name
    return name if name and not duty and len(name.split()) <= 30 else ""


def _runs_on(name: str) -> bool:
    """A long run of small letters is a sentence whose verb is not known here, not a name."""
    longest = run = 0
    for word in name.split():
        run = 0 if word[:1].isupper() or word.endswith((",", ";")) else run + 1
        longest = max(longest, run)
    return longest > 10


def units_in(text: str) -> list[str]:
    """Every office that begins somewhere in the text, in order."""
    found = []
    for head in _HEAD.finditer(text):
        name, _ = leading_unit(text[head.start() :])
        if name:
            found.append(re.split(r"[,;]| và (?=Sở|Báo|Ban|Phòng|Trung tâm)", name)[0].strip())
    return list(dict.fromkeys(found))


def _after_first_word(body: str, at: int) -> int:
    """Past the word after the head: "Ban chỉ đạo", "Trung tâm điều hành" are names, not verbs."""
    word = re.match(r"\s*\S+", body[at:])
    return at + (word.end() if word else 0)

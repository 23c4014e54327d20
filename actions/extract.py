"""Places, times, contacts and ticket codes as people write them inside a sentence. Patterns, no guesses."""

from __future__ import annotations

import re

from knowledge.text.diacritics import fold

_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){9}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"\bPA[\s_–-]*(\d{4})[\s_–-]*(\d{1,6})\b", re.IGNORECASE)
# Eight letters or digits that no Vietnamese syllable makes; look-alikes are left to the desk to refuse.
_SECRET = re.compile(r"(?<![\w-])(?=[A-Za-z0-9]{8}(?![\w-]))(?:[A-Z0-9]{8}|(?=[a-z]*\d)[a-z0-9]{8})")

# The name of a place begins with one of these and ends at a comma or a word that starts another thought.
_PLACE = re.compile(
    r"(?<!\w)(?<!đèn )(?:(?:ở|tại|gần|trước|sau|cạnh|đối diện|ngay|chỗ|đoạn|khu vực)\s+)*"
    r"(?:số\s+\d+|hẻm|ngõ|kiệt|đường|phố|quốc lộ|tỉnh lộ|thôn|xóm|ấp|buôn|bản|làng|tổ dân phố|tổ|khu phố|khu dân cư"
    r"|phường|xã|thị trấn|chợ|trường|cầu|ngã ba|ngã tư|ngã năm|công viên|bến xe|bệnh viện|chung cư|nhà văn hóa"
    r"|bãi|kênh|hồ|sông|suối)\s+[\wÀ-ỹ].*?"
    r"(?=$|[.!?;:\n]|,(?!\s*(?:phường|xã|tỉnh|thành phố|tp|quận|huyện|thôn|tổ|khu phố))"
    r"|\s+(?:bị|có|đang|thì|mà|là|đã|nên|do|vì|hư|hỏng|ngập|tắt|nghẹt|gãy|vỡ|đổ|không|chưa|rất|quá|toàn|nhiều"
    r"|cả|suốt|từ|hôm|mấy|bữa|sáng|trưa|chiều|tối|lúc|xả|mở|hát|họp|mất|cần|lại|vừa|được|tràn|chất|nước|rác|hết"
    r"|thường|hay|luôn|đề nghị|kính|tới|đến|chắn|người|xe|nguy hiểm|phun|bốc|ai|ra|vô|vào|xuống|lầy|xuống cấp)(?!\w))",
    re.IGNORECASE,
)
# "Trước nhà tôi" is true and helps nobody find it: words that name no place, alone or together.
_VAGUE = frozenset(
    [
        "o",
        "tai",
        "gan",
        "truoc",
        "sau",
        "canh",
        "doi",
        "dien",
        "ngay",
        "cho",
        "doan",
        "khu",
        "vuc",
        "duong",
        "hem",
        "ngo",
        "nha",
        "cong",
        "cua",
        "toi",
        "em",
        "minh",
        "tui",
        "chung",
        "ben",
        "kia",
        "do",
        "day",
        "nay",
        "ay",
        "dau",
        "ngoai",
        "trong",
        "lang",
        "xom",
        "xa",
        "phuong",
        "truong",
        "cau",
        "kenh",
        "con",
        "cai",
        "thi",
        "pho",
        "tren",
        "duoi",
        "noi",
    ]
)
# Words around a number that are no name: "số của em là 0905…".
_AROUND_CONTACT = (
    "so dien thoai dt sdt cua toi em minh tui con chau anh chi la nhe a da vang email mail gmail dia "
    "chi lien he lac qua goi zalo cho thoi day ne ho ten o tai va duoc xin gui lai nha ban co the"
)
_CONTACT_WORDS = frozenset(_AROUND_CONTACT.split())
_TIME = re.compile(
    r"(?<!\w)(?:(?:từ|vào|lúc|khoảng|hồi|suốt|cả|trong|mới)\s+)*(?:"
    r"(?:đầu|giữa|cuối) (?:tuần|tháng|năm)(?: (?:này|trước|rồi|qua|ngoái|nay|ni))?"
    r"|(?:rạng sáng|sáng sớm|chiều tối|chập tối|tờ mờ sáng)(?: (?:nay|qua|hôm qua|hôm nay))?"
    r"|(?:hồi|lúc) (?:sáng|trưa|chiều|tối|khuya|đêm|nãy)|nãy giờ|vừa nãy|(?:hôm|bữa|hổm) rày|hôm tê"
    r"|(?:sau|trước|từ) tết"
    r"|tháng (?:\d{1,2}|giêng|chạp|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)(?: (?:này|trước|rồi|qua|nay))?"
    r"|(?:sáng|trưa|chiều|tối|đêm|khuya)(?:\s+(?:nay|qua|hôm qua|hôm kia|hôm nay|ngày|thứ \w+))+"
    r"|hôm (?:nay|qua|kia|trước|nọ|bữa)|hồi hôm|bữa (?:nay|qua|trước|giờ|hổm)|ngày (?:nay|qua|kia)"
    r"|(?:\d+|mấy|hai|ba|bốn|năm|sáu|bảy|nhiều|vài|cả|một|nửa) (?:ngày|hôm|bữa|bựa|tuần|tháng|năm|giờ|tiếng|đêm|buổi)"
    r"(?: (?:nay|liền|trước|rồi|qua|tối|đêm|sáng|ni))*"
    r"|(?:tuần|tháng|năm) (?:này|trước|rồi|qua|ngoái|nay)"
    r"|(?:ngày )?\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|\d{1,2}(?:h|g|:| giờ)\s?\d{0,2}(?: (?:sáng|trưa|chiều|tối|đêm))?"
    r"|nửa đêm|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|mới đây|vừa xong|bây giờ|đang diễn ra|hằng ngày|hàng ngày"
    r"|mỗi (?:ngày|đêm|tối|sáng)|ngày nào|đêm nào|thường xuyên|liên tục)(?!\w)",
    re.IGNORECASE,
)
# Said when asked for the time these are one; inside a report they may mean a place, or nothing.
_LOOSE_TIME = re.compile(
    r"(?<!\w)(?:gần đây|dạo (?:này|ni)|quanh năm|mùa (?:mưa|nắng|lũ|khô|hè|đông)"
    r"|(?:khi|hễ|lần|trời|lúc|cứ|cơn|trận) mưa"
    r"|tết|bão|lũ|giờ (?:cao điểm|tan (?:trường|học|tầm|ca)|hành chính)|hè|(?:sáng|trưa|chiều|tối|đêm|khuya)"
    r"|ban (?:ngày|đêm)|(?:tối|sáng|ngày|đêm) mô|không (?:nhớ|rõ|biết|để ý)|vừa rồi"
    r"|hiện (?:tại|nay|giờ)|(?:bây )?giờ)(?!\w)",
    re.IGNORECASE,
)
_FOLDED_LOOSE_TIME = re.compile(fold(_LOOSE_TIME.pattern), re.IGNORECASE)
_FOLDED_TIME = re.compile(fold(_TIME.pattern), re.IGNORECASE)


def find_contact(text: str) -> str:
    """A telephone number or an e-mail address, "" when there is none."""
    if match := _PHONE.search(text):
        digits = re.sub(r"\D", "", match.group())
        return "0" + digits[2:] if digits.startswith("84") else digits
    match = _EMAIL.search(text)
    return match.group() if match else ""


def contact_details(text: str) -> str:
    """Name, address and number as written; "" when nothing of it can be reached or is a name."""
    found = find_contact(text)
    rest = _EMAIL.sub(" ", _PHONE.sub(" ", text))
    named = [word for word in re.findall(r"[^\W_]+", rest) if fold(word).lower() not in _CONTACT_WORDS]
    if not found:
        return text if sum(word.istitle() for word in named) >= 2 else ""
    said = ", ".join(piece for piece in (one.strip(" .:;-") for one in rest.split(",")) if piece)
    return f"{said}, {found}" if len(named) >= 2 else found


def find_code(text: str) -> str:
    """A ticket code in its one written form: `pa 2026 123` → `PA-2026-000123`."""
    match = _CODE.search(text)
    return f"PA-{match.group(1)}-{int(match.group(2)):06d}" if match else ""


def find_secret(text: str) -> str:
    match = _SECRET.search(_CODE.sub(" ", text))
    return match.group().upper() if match else ""


def is_vague_place(text: str) -> bool:
    """Whether no word of the text could tell an officer where to go."""
    return all(word in _VAGUE for word in re.findall(r"\w+", fold(text).lower()))


def _is_named(place: str) -> bool:
    """A name has a number or a capital past its first word: "thôn 3", "đường Lê Lợi", not "bãi rác to"."""
    rest = place.split(maxsplit=1)[-1]
    return any(char.isdigit() or char.isupper() for char in rest)


def find_place(text: str) -> str:
    """The longest named place of the text, "" when it names none."""
    found = [match.group().strip(" ,") for match in _PLACE.finditer(text)]
    return max((place for place in found if _is_named(place)), key=len, default="")


def find_time(text: str) -> str:
    """The first expression of time, as written; matched without marks when the text has none."""
    match = _TIME.search(text) or (_FOLDED_TIME.search(text) if text == fold(text) else None)
    return match.group().strip() if match else ""


def tells_time(text: str) -> bool:
    """Whether an answer to "since when?" says one, however roughly: "mỗi lần mưa", "dạo này"."""
    if find_time(text) or any(char.isdigit() for char in text) or _LOOSE_TIME.search(text):
        return True
    return text == fold(text) and bool(_FOLDED_LOOSE_TIME.search(text))

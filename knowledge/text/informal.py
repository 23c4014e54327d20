"""How people shorten words when they type, undone for searching. The original text is always kept.

Only spellings with one likely meaning in a question to an office are listed: a wrong expansion costs more
than a missed one.
"""

from __future__ import annotations

import re

INFORMAL = {
    "ko": "không", "k": "không", "khong": "không", "hok": "không", "hem": "không", "kg": "không", "hông": "không",
    "dc": "được", "đc": "được", "đk": "đăng ký", "dk": "đăng ký", "đky": "đăng ký", "dky": "đăng ký",
    "lm": "làm", "lam": "làm", "j": "gì", "gi": "gì", "z": "vậy", "v": "vậy", "vs": "với", "r": "rồi",
    "bn": "bao nhiêu", "bnhiu": "bao nhiêu", "nhiu": "nhiêu", "bnhieu": "bao nhiêu", "bh": "bao giờ",
    "mk": "mình", "mik": "mình", "ck": "chồng", "vk": "vợ", "ny": "người yêu", "ng": "người", "nguoi": "người",
    "cccd": "căn cước", "cmnd": "chứng minh nhân dân", "cmt": "chứng minh nhân dân",
    "gplx": "giấy phép lái xe", "blx": "bằng lái xe", "gks": "giấy khai sinh", "hc": "hộ chiếu",
    "pp": "hộ chiếu", "passport": "hộ chiếu", "pass port": "hộ chiếu", "shk": "sổ hộ khẩu", "hk": "hộ khẩu",
    "bhyt": "bảo hiểm y tế", "bhxh": "bảo hiểm xã hội", "bhtn": "bảo hiểm thất nghiệp",
    "dkkd": "đăng ký kinh doanh", "đkkd": "đăng ký kinh doanh", "hkd": "hộ kinh doanh", "dn": "doanh nghiệp",
    "cty": "công ty", "tnhh": "trách nhiệm hữu hạn", "gcn": "giấy chứng nhận", "qsdđ": "quyền sử dụng đất",
    "qsdd": "quyền sử dụng đất", "ubnd": "ủy ban nhân dân", "tthc": "thủ tục hành chính",
    "dvc": "dịch vụ công", "lltp": "lý lịch tư pháp", "đkkh": "đăng ký kết hôn", "dkkh": "đăng ký kết hôn",
    "tt": "thủ tục", "hs": "hồ sơ", "onl": "trực tuyến", "online": "trực tuyến", "ol": "trực tuyến",
    "renew": "gia hạn", "xe may": "xe máy", "ntn": "như thế nào", "sdt": "số điện thoại", "tgian": "thời gian",
    "xn": "xác nhận", "tphcm": "thành phố hồ chí minh", "csgt": "cảnh sát giao thông",
    "ca phường": "công an phường", "ca phuong": "công an phường", "ca xã": "công an xã", "ca xa": "công an xã",
    "ca tỉnh": "công an tỉnh", "ca tinh": "công an tỉnh",
    "mn": "mọi người", "đt": "điện thoại", "nv": "nhân viên", "vp": "vi phạm",
    "mún": "muốn", "qcáo": "quảng cáo", "đchỉnh": "điều chỉnh", "trog": "trong", "qđ": "quyết định",
    "gtờ": "giấy tờ", "ttục": "thủ tục", "hsơ": "hồ sơ", "gđ": "gia đình", "bik": "biết", "bít": "biết", "trc": "trước",
    "nhìu": "nhiều", "thui": "thôi", "lun": "luôn", "zị": "vậy", "dzậy": "vậy", "zậy": "vậy", "wá": "quá", "cx": "cũng",
    # Regional words, with their marks only: without them they are other words.
    "chừ": "bây giờ", "rứa": "thế", "mần": "làm", "mự": "mợ", "dôn": "chồng", "nỏ": "không", "nớ": "đó", "eng": "anh",
    "mệ": "bà", "choa": "chúng tôi", "hổng": "không", "zô": "vào", "dzô": "vào", "bển": "bên đó", "ổng": "ông ấy",
    "tía": "cha", "mướn": "thuê", "bịnh": "bệnh", "nhứt": "nhất", "chánh": "chính", "sanh": "sinh",
}  # fmt: skip
# Spellings of two words first, then single words; never a part of a word, nor of a code such as 02/TAIN-DK.
_PAIRS = "|".join(short for short in INFORMAL if " " in short)
_WORD = re.compile(
    rf"(?<![^\W_])(?<![^\W_][/.-])(?:{_PAIRS}|[^\W_]+)(?![^\W_])(?![/.-][^\W_])", re.IGNORECASE
)


def expand_informal(text: str) -> str:
    """Replace informal spellings word by word: `lam hc het bn tien` → `làm hộ chiếu het bao nhiêu tien`."""
    return _WORD.sub(lambda match: INFORMAL.get(match.group().lower(), match.group()), text)

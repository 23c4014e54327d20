"""What a message leans on from the turn before: the choice it picks, the thing it means, the aspect it goes on with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.answer.aspects import content
from bot.answer.phrases import Phrases, plain, spelled, spoken
from bot.answer.steering import handling, handling_words
from bot.answer.times import without_time
from knowledge.documents import Procedure
from knowledge.text.diacritics import fold, has_diacritics

SHORT = 9  # words up to which a message may lean on the turn before
_ORDER = {
    "mot": 1, "dau": 1, "dau tien": 1, "nhat": 1, "tren cung": 1, "hai": 2, "nhi": 2, "ba": 3, "bon": 4, "tu": 4,
    "cuoi": -1, "cuoi cung": -1, "duoi cung": -1,
}  # fmt: skip
_PICKED = re.compile(
    r"(?:da |vang |uh |u |em |toi |minh )*(?:chon |lay |muon )?(?:cai |so |thu |y |muc |lua chon |phuong an |cau )*"
    r"(?:loai |truong hop |th |dang )*"
    r"(\d|mot|hai|ba|bon|tu|nhat|nhi|dau tien|dau|tren cung|cuoi cung|cuoi|duoi cung)(?: (?:a|nhe|nha|do|di|ad|ay|oi))*"
)
_THINGS = "giấy|thẻ|sổ|bằng|tờ|tấm|cuốn|quyển|chứng chỉ|chứng nhận|cái|việc|vụ|loại|đơn|thủ tục|hồ sơ"
_POINTS = re.compile(
    spelled(
        rf"\b(?:nó|(?:{_THINGS})(?: (?:phép|tờ|chứng nhận|xác nhận|mới|bị \w+))? (?:đó|này|kia|ấy|đấy|nớ|tê))\b"
    )
)
_LEADS_ON = re.compile(spelled(r"^(?:(?:thế|vậy|à|dạ|nhưng|con|còn|nếu) )+"))
_AND_WHAT = re.compile(r"^(?:the |vay |a |da |nhung |con neu |neu )*con\b|^(?:the |vay )?neu\b")
_SO_WHAT = re.compile(r"\b(?:thi|la|thì|là)? ?(?:sao|răng|rang)(?: a| ạ| vay| vậy| nhi| nhỉ| ad)?$")
# What is done to a thing; without them a title names the thing itself.
_DEED_LIST = (
    ("thủ tục", "cấp lại", "cấp đổi", "cấp mới", "cấp", "đổi", "gia hạn", "thành lập",
     "đăng ký lại", "đăng ký", "điều chỉnh", "làm lại", "làm",
     "trình báo mất", "trình báo",
     "thay đổi", "sửa đổi", "bổ sung", "thu hồi", "xóa", "hủy", "chấm dứt", "tạm ngừng", "xác nhận", "công nhận")
)  # fmt: skip
_DEEDS = Phrases(_DEED_LIST)
_DEED_WORDS = frozenset(word for deed in _DEED_LIST for word in spoken(deed).split())
_PAPERS = frozenset(("giấy", "thẻ", "sổ", "bằng", "đơn", "phép", "phiếu", "bìa"))
_EXTEND = Phrases(("gia hạn",))  # taken out whole, before "hạn" alone is taken for asking
# A kind of paper alone is no thing: "Cấp giấy phép cho trung tâm sát hạch" is about the centre.
_ANY_PAPER = re.compile(
    r"(?:(?:giấy|phép|chứng|nhận|chỉ|xác|thẻ|hồ|sơ|văn|bản|quyết|định|việc|và|các|lại) ?)*"
)
_FOR_WHOM = re.compile(r" (?:có yếu tố|đối với|cho|tại|trong|thực hiện|theo) ")
_BARE_FIGURE = re.compile(
    spelled(
        r"\b(?:bao nhiêu|nhiêu)(?: (?:một|1|mỗi) (?:bản|tờ|trang|lần|bộ|cái|người|chữ ký))?"
        r"(?: (?:vậy|ạ|thế|ta|nhỉ|z|hả|đây|ad|bạn|là|thôi|luôn|rứa))*$"
    )
)
_SAME_AGAIN = Phrases(("khoản đó", "khoản này", "khoản phí đó", "cũng vậy", "cũng thế", "giống vậy", "tương tự",
                       "y vậy", "như vậy luôn", "vậy luôn"))  # fmt: skip
_SPARED = Phrases(("miễn", "giảm", "được miễn", "được giảm"))
_FIGURES = ("fee", "time_limit", "deadline")
_COUNTED = {*_FIGURES, "documents", "payment", "conditions"}
# What a person has or lacks meanwhile: "em có căn cước rồi thì mấy ngày" goes on with what was asked before.
_MEANWHILE = re.compile(
    spelled(
        r"^(?:(?:thế|vậy|à|dạ|nhưng|nếu|giờ|mà|em|tôi|mình|con|cháu|mẹ|ba|bố|má|vợ|chồng|nhà|của|tui|còn) )*"
        r"(?:(?:đã |đang )?có (?:\w+ ){1,6}?rồi ?|(?:chưa|không|hổng) có (?:\w+ ){1,6}?)(?=(?:thì|là|mấy|bao|sao)\b|$)"
    )
)
_SUPPOSES = re.compile(
    spelled(r"(?:(?:à|dạ|ủa|rồi|mà|thế|vậy|còn|nhưng|ví dụ) )*(?:nếu|lỡ|nhỡ|giả sử|giả dụ)\b")
)
# That what was spoken of is done: "báo xong thì…", "nộp hồ sơ xong xuôi rồi", "làm khai sinh xong".
_DONE = re.compile(
    spelled(
        r"^(?:(?:thế|vậy|à|dạ|rồi|mà|nhưng|còn|khi|lúc|sau khi|nếu) )*(?P<what>(?:\w+ ){0,6}?)"
        r"xong(?: (?:xuôi|hết|cả|rồi|hết rồi|đâu đó|đó|này|ạ))*(?: (?:thì|là|mà|rồi|giờ|bây giờ))*(?: |$)"
    )
)
# What is done next is another matter; that something is handed out is not.
_NEXT = re.compile(
    spelled(
        r"^(?:(?:em|tôi|mình|tui|con|tụi em|muốn|phải|cần|đi|mới|có thể|tính) )*"
        r"(?:làm|xin|đăng ký|cấp|đổi|mở|lập|nhập|khai|sang tên|xây|bán|mua|tách|gia hạn|chuyển|xóa|thành lập)\b"
    )
)
# A paper spoken of before is pointed at by its bare kind: "thế giấy bị sai tên thì…".
_BARE_PAPER = re.compile(
    spelled(
        r"^(?:(?:thế|vậy|còn|nếu|khi|lỡ|à|rồi|nhưng|mà|sau này|xin|mất|hỏng|đổi|gia hạn|cấp lại|làm lại) )*"
        r"(?:giấy|thẻ|sổ|bằng|phép|tờ|tấm|cuốn|quyển|chứng chỉ|chứng nhận|nó|cái)"
        r"(?= (?:bị|đó|này|kia|ấy|đấy|tôi|em|mình|cũ|hết|sắp|mất|hỏng|hư|rách|sai|xin|thì|có|loại)\b|$)"
    )
)


def picked(text: str, choices: Sequence[str]) -> str:
    """The choice picked by its number or place: "2", "cái đầu tiên", "loại 2, bao lâu"; "" when none is."""
    first, *_ = re.split(r"[,.;:?]\s+", text, maxsplit=1)
    found = _PICKED.fullmatch(plain(text)) or _PICKED.fullmatch(plain(first))
    if found is None or not choices:
        return ""
    said = found.group(1)
    place = int(said) if said.isdigit() else _ORDER[said]
    if place == -1:
        return choices[-1]
    return choices[place - 1] if 0 < place <= len(choices) else ""


def named(text: str, titles: dict[str, str]) -> str:
    """The choice whose title alone holds all that a short message says: "cấp lại" of "cấp lại", "cấp đổi"."""
    said = set(content(text).split()) or set(plain(text).split())
    if not said or len(plain(text).split()) > SHORT:
        return ""
    holding = [choice for choice, title in titles.items() if said <= set(plain(title).split())]
    return holding[0] if len(holding) == 1 else ""


def own_words(text: str) -> str:
    """The words that could name a procedure: no asking, no time, nothing said of handling any procedure; folded."""
    said = handling(phrases_only=True).remove(_EXTEND.remove(spoken(without_time(text))))
    named = content(said).split()
    kept = _only_alike(said)
    rest = handling().remove(_DEEDS.remove(" ".join(word for word in named if word not in kept)))
    return " ".join([*rest.split(), *(word for word in named if word in kept)])


def _only_alike(said: str) -> set[str]:
    """The words, folded, that only without their marks are those of handling or of a deed: "vàng" is no "vâng"."""
    if not has_diacritics(said):
        return set()
    listed = handling_words() | _DEED_WORDS | _PAPERS
    alike = {fold(word) for word in listed}
    typed = set(said.split())
    others = {
        fold(word) for word in typed if fold(word) in alike and word not in listed and fold(word) != word
    }
    return others - {fold(word) for word in typed & listed}


def without_meanwhile(text: str) -> str:
    """The text without what a person has or lacks meanwhile, where the rest names nothing; else as it is."""
    rest = _MEANWHILE.sub("", spoken(text)).strip()
    return rest if rest and rest != spoken(text) and not own_words(rest) else text


def without_done(text: str, record: Procedure) -> str:
    """The text without its telling that the procedure spoken of is done; as it is where another is."""
    found = _DONE.match(spoken(text))
    if found is None:
        return text
    done, rest = set(own_words(found["what"]).split()), spoken(text)[found.end() :].strip()
    return rest if rest and done <= set(plain(record.title).split()) else text


def is_next(text: str, record: Procedure) -> bool:
    """Whether a message asks for what comes after the procedure spoken of: "báo xong thì làm cuốn mới ở đâu"."""
    rest = without_done(text, record)
    return rest != text and bool(_NEXT.match(rest)) and bool(own_words(rest))


def supposes(text: str) -> bool:
    """Whether a message opens with what might happen: "rồi lỡ chủ cũ không ký thì…" reports nothing."""
    return bool(_SUPPOSES.match(spoken(text)))


def points_back(text: str) -> bool:
    """Whether a message names what it is about only by pointing: "giấy đó", "thế thẻ bị hỏng thì"."""
    return bool(_POINTS.search(spoken(text)) or _BARE_PAPER.search(spoken(text)))


def thing_of(record: Procedure) -> str:
    """The thing a procedure is about: its title without what is done to it, for whom, and where."""
    return thing_in(record.title)


def thing_in(title: str) -> str:
    """The same, of a title."""
    bare = spoken(re.sub(r"\([^)]*\)", " ", title))
    thing = _DEEDS.remove(_FOR_WHOM.split(bare, maxsplit=1)[0])
    return _DEEDS.remove(bare) if _ANY_PAPER.fullmatch(thing) else thing


def names_a_thing(text: str) -> bool:
    """Whether a message says more than what is to be done: "xin cấp lại" names no paper."""
    return bool(content(_DEEDS.remove(spoken(text))))


def goes_on_with(text: str, context: dict[str, Any]) -> list[str]:
    """The aspect that a message goes on with without naming it: "còn … thì sao", "khoản đó cũng vậy hả"."""
    folded = plain(text)
    before = str(context.get("aspect") or "")
    if before and _AND_WHAT.search(folded) and _SO_WHAT.search(folded):
        return [before]
    if before and before != "overview" and _SAME_AGAIN.find(spoken(text)):
        return [before]
    return []


def bare_figure(text: str, said: Sequence[str], context: dict[str, Any]) -> list[str]:
    """What a message that ends in a bare "bao nhiêu" asks: the figure asked for before, else the fee."""
    if set(said) & _COUNTED or not _BARE_FIGURE.search(spoken(text)):
        return []
    before = str(context.get("aspect") or "")
    return [before if before in _FIGURES else "fee"]


def spared(text: str, context: dict[str, Any]) -> bool:
    """Whether a message asks to be let off the fee just spoken of: "có được miễn không"."""
    return (
        context.get("aspect") == "fee" and len(text.split()) <= SHORT + 4 and bool(_SPARED.find(spoken(text)))
    )


def swapped(text: str, record: Procedure) -> str:
    """The deed of before done to another thing: "còn hộ chiếu?" after "cấp lại căn cước"; "" where one is said."""
    if not _AND_WHAT.search(plain(text)) or _DEEDS.find(spoken(text)):
        return ""
    deeds = _DEEDS.find(spoken(record.title).removeprefix("thủ tục "))
    bare = _SO_WHAT.sub("", _LEADS_ON.sub("", spoken(text))).strip()
    return f"{deeds[0]} {bare}" if deeds and bare else ""


def in_cases(text: str, record: Procedure) -> bool:
    """Whether the deed a message names is a case of the record itself: its fee for "cấp lại do hỏng"."""
    deeds = [deed for deed in _DEEDS.find(spoken(text)) if " " in deed]
    fees = [fee.condition for channel in record.channels for fee in channel.fees]
    cases = plain(" . ".join([*fees, *(one.case for one in record.dossier)]))
    return any(plain(deed) in cases for deed in deeds)


def in_fees(text: str, record: Procedure) -> bool:
    """Whether all that a short message names stands in the record's fees: "phí thẩm định?"."""
    said = set(content(text).split())
    fees = [fee for channel in record.channels for fee in channel.fees]
    words = set(plain(" ".join(f"{fee.condition} {fee.raw} {fee.basis}" for fee in fees)).split())
    return bool(said) and len(said) <= 3 and said <= words

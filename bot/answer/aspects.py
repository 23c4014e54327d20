"""Which part of a record a question is about: documents, fee, time limit and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.answer.phrases import Phrases, spelled, spoken
from knowledge.text.diacritics import fold, has_diacritics

_FILE = Path(__file__).with_name("aspects.yml")
# Words that ask or soften and say nothing about which procedure is meant.
_FILLER = (
    "cho em hỏi", "cho mình hỏi", "cho tôi hỏi", "cho hỏi", "xin hỏi", "hỏi", "vậy", "ạ", "ad", "admin", "với",
    "thế", "còn", "thì", "là", "có", "phải", "cần", "làm", "được", "không", "bao nhiêu", "mấy", "nào", "gì", "sao",
    "ở", "đâu", "khi", "nếu", "mà", "và", "cái", "này", "đó", "kia", "em", "mình", "tôi", "anh", "chị", "bạn", "ơi",
    "nhé", "nha", "hả", "hay", "rồi", "lại", "cũng", "nó", "như", "giúp", "dùm", "giùm", "muốn", "xin", "dạ", "nhiêu",
    "tiền", "phí", "ngày", "bữa", "lâu", "nộp", "đóng", "mất", "hết", "tốn", "theo", "thêm", "nữa", "thủ tục",
    "ai", "quy định", "hạn", "đi", "họ", "đem", "giấy", "ra", "lên", "tới", "đến",
    "giải quyết", "cơ quan", "nhận", "xong", "bao giờ", "luôn", "nhà", "vẫn", "rứa", "mần", "hông", "hổng", "hỉ",
)  # fmt: skip


# Words that look like filler and are part of a name: kept, however they are typed.
_NAMES = (
    "hộ chiếu",
    "hộ khẩu",
    "hộ tịch",
    "hộ kinh doanh",
    "hộ nghèo",
    "xe máy",
    "lao động",
    "cấp lại",
    "làm lại",
    "nhà ở",
)
# What asks whether, of anything: an aspect of its own only when nothing else is asked for.
_WHETHER = frozenset(map(fold, ("được không", "có được không", "có được", "có phải")))


# Bare nouns, which a story mentions without asking: "công nhận hộ nghèo để được hỗ trợ tiền điện".
_NOUNS = frozenset(
    map(fold, ("tiền", "phí", "giấy tờ", "hồ sơ", "địa chỉ", "kết quả", "thẩm quyền", "điều kiện", "mang theo",
               "đem theo", "bản sao", "dịch vụ công", "vneid", "thời gian", "thời hạn", "mẫu số", "theo mẫu", "nơi nộp",
               "cách nộp", "đối tượng", "số ngày", "bản vẽ", "biên bản", "ảnh thẻ", "tối thiểu", "tỷ lệ", "tỉ lệ",
               "trình độ", "học vấn", "kinh nghiệm", "độ tuổi"))
)  # fmt: skip
# Verbs a story uses too: they ask about a deadline only where nothing else is asked.
_DUTIES = frozenset(
    map(fold, ("phải khai", "phải báo", "phải đi làm", "có phải", "giờ làm việc", "quá hạn", "trễ hạn", "để lâu",
               "quá thời hạn", "bị muộn", "để trễ", "để quá"))
)  # fmt: skip
# Ways and places that a story mentions: asked about only where nothing else is.
_SAID_OF = frozenset(
    map(
        fold,
        ("tại nhà", "qua bưu điện", "gửi bưu điện", "qua bưu chính", "đường bưu điện", "đường bưu chính"),
    )
)
_WEAK = _WHETHER | _NOUNS | _DUTIES | _SAID_OF
# Money and fees that are no fee of a procedure: "sửa mặt tiền", "đơn xin tiền mai táng", "học phí".
_OTHER_MONEY = Phrases(
    ("mặt tiền", "tiền chất", "tiền án", "tiền sự", "tiền sử", "tiền lương", "tiền công", "tiền hưu", "tiền tuất",
     "tiền mai táng", "tiền tử tuất", "tiền trợ cấp", "tiền hỗ trợ", "tiền giả", "tiền rách", "tiền cũ", "đổi tiền",
     "tiền thuế", "tiền thưởng", "tiền thai sản", "tiền sử dụng đất", "tiền thuê đất", "tiền đặt cọc", "tiền dịch vụ",
     "tiền bồi thường", "tiền chất nổ", "học phí", "kinh phí", "viện phí", "án phí", "cước phí")
)  # fmt: skip
_MONEY = frozenset(map(fold, ("tiền", "phí")))
# After "khai … trong mấy ngày": the office's time is asked, not the person's.
_COMES = Phrases(
    ("có", "thì có", "là có", "xong", "thì xong", "nhận", "lấy", "được cấp", "trả", "mới có", "giải quyết")
)
_STOPS = re.compile(r"[,;.?!…]+(?:\s|$)|\n+")  # what no phrase reaches over
# What leads a list of things asked, and what joins them: "đề nghị hướng dẫn giấy tờ…, lệ phí và thời gian…".
_LEADS = re.compile(
    spelled(
        r"\b(?:cho biết|hướng dẫn|xin hỏi|cho hỏi|hỏi|xin chỉ|nhờ chỉ|chỉ giúp|chỉ cho"
        r"|cho em biết|cho tôi biết|cho mình biết|nêu rõ|muốn biết)"
        r"(?: (?:em|tôi|mình|con|về|rõ|giúp|giùm|dùm|thêm|các|những|loại|là|luôn|cụ thể|mức|số|trường hợp))*"
    )
    + "$"
)
_AND = re.compile(spelled(r"\b(?:và|cùng|với|lẫn|cả|kèm|rồi)(?: (?:các|những|mức|số|cả|luôn|về|là))*") + "$")
_THEN = re.compile(spelled(r"^(?:và|với|cùng)\b"))
_NEAR = 9  # words between two things of one list
# "…được quy định ra sao" asks about what it follows, not how the thing is done.
_SETTLED = Phrases(
    ("quy định ra sao", "quy định thế nào", "quy định như thế nào", "quy định sao", "tính ra sao", "tính thế nào",
     "tính như thế nào", "tính sao", "là như thế nào", "là sao", "bao gồm những gì", "là gì", "là bao nhiêu")
)  # fmt: skip
_QUESTION = Phrases(
    ("gì", "nào", "đâu", "sao", "ai", "bao", "bao nhiêu", "mấy", "không", "hả", "nhiêu", "chưa", "đề nghị cho biết",
     "xin cho biết", "cho biết", "hỏi", "được cấp", "là bao")
)  # fmt: skip
_FEW = 6  # words up to which a noun alone asks: "hồ sơ?", "thế phí"
# Said of a way to do it, not asked: "làm qua mạng mấy ngày" asks how long. Asked when whether it can be is.
_MANNERS = ("online",)
# What is counted decides what "hết bao nhiêu", "mất mấy" ask: "mất bao nhiêu lâu", "nộp mấy bộ".
_COUNTED = {
    "time_limit": Phrases(("lâu", "thời gian", "ngày", "hôm", "bữa", "tuần", "tháng", "giờ", "tiếng")),
    "documents": Phrases(("giấy", "giấy tờ", "bản", "bộ", "tờ", "tấm", "loại giấy")),
    "fee": Phrases(("tiền", "đồng", "nghìn", "ngàn", "trăm", "triệu", "phí")),
}
_HOW_MANY = Phrases(("bao nhiêu", "nhiêu", "mấy"))
# "trong bao nhiêu ngày công ty phải nộp": the time a person has.
_OWED = re.compile(
    spelled(
        r"^(?:thì |là |nữa |sau )?(?:(?:em|tôi|mình|con|cháu|anh|chị|bà|ông|bên em|bên mình|bên tôi|nhà em|nhà tôi|chủ"
        r"|hộ|người|gia đình|công ty|doanh nghiệp|cơ sở|đơn vị|chúng tôi|tụi em|hợp tác xã|trường)(?: \w+){0,2}? )?"
        r"phải (?!chờ|đợi|trả lời|giải quyết|cấp|trả kết quả|xong)"
    )
)
_A_TIME = re.compile(spelled(r"(?:bao|mấy|nhiêu) (?:ngày|lâu|bữa|hôm|tháng|tuần|giờ|tiếng)$"))
# The nearest of these before "trong thời hạn nào" says whose time it is.
_OF_WHOM = re.compile(
    spelled(
        r"(?P<office>\b(?:ra quyết định|quyết định|cấp|công nhận|phê duyệt|trả lời|giải quyết|xem xét|thẩm định|xét"
        r"|trả kết quả|chấp thuận|xác nhận|ban hành)\b)"
        r"|\b(?:nộp|khai|báo|thông báo|đăng ký|gửi|trình|trả lại|làm đơn|xin)\b"
    )
)
_COUNTS = re.compile(spelled(r"\b(?:bao|mấy|vòng|nhiêu)\b"))
_WITHIN = re.compile(spelled(r"trong (?:thời )?hạn nào"))
_WAITS = Phrases(("chờ", "đợi"), exact=True)
# Words that begin or end a phrase and are part of another word: "cung cấp giấy tờ gì" asks for no result.
_SUPPLIED = Phrases(("cung cấp", "bằng cấp", "sơ cấp", "trung cấp", "cao cấp", "kiểm tra", "hoàn trả", "thoái trả",
                     "chi trả"))  # fmt: skip
_NONE_AT_ALL = re.compile(r" cả(?! (?:hai|nhà|gia|vợ|bố|cha|ba|mẹ))\b")  # "chưa báo ai cả" asks nothing
_NOBODY = re.compile(spelled(r"\b(?:chưa|không|chẳng|chả|hổng)(?: có| thấy)? $"))  # "chưa ai nhận" tells
# Words that "trả cho … giấy gì" may not go over: with them papers to bring are asked.
_BROUGHT = Phrases(("cần", "nộp", "mang", "đem", "kèm", "chuẩn bị", "cầm", "hồ sơ", "bổ sung", "xin", "gồm"))
# Regional question words, and what else the same letters begin: "mẫu mô tả", "hồ sơ chi nhánh".
_REGIONAL = {"nào": "mô", "gì": "chi"}
_COMPOUNDS = Phrases(
    ("mô tả", "mô tô", "mô hình", "mô phỏng", "chi nhánh", "chi phí", "chi cục", "chi trả", "chi tiết", "chi tiêu",
     "chi đội", "chi bộ", "thu chi", "ghi chi", "chi hội", "chi phối", "chi thường xuyên", "chi ngân sách")
)  # fmt: skip
_WHETHER_WAY = Phrases(
    ("được không", "được hả", "được chưa", "có thể", "có được", "có không", "được luôn", "hay không", "khỏi đi",
     "không cần lên", "phải lên", "phải ra", "hay phải", "có nộp", "có làm", "có cần lên")
)  # fmt: skip


@cache
def _aspects() -> tuple[tuple[str, Phrases], ...]:
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple((aspect, Phrases(phrases)) for aspect, phrases in listed.items())


@cache
def _regional() -> tuple[tuple[str, Phrases], ...]:
    """The same phrases with the question words of the middle provinces."""
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        (aspect, Phrases(said.replace(word, other) for said in phrases for word, other in _REGIONAL.items()
                         if word in said.split()))
        for aspect, phrases in listed.items()
    )  # fmt: skip


@cache
def _filler(marked: bool) -> Phrases:
    """Where marks are typed, "con" is a child and not "còn"."""
    return Phrases(_FILLER, exact=marked)


@cache
def _names() -> Phrases:
    return Phrases(_NAMES)


class _Said(NamedTuple):
    """A phrase of an aspect where it stands; strength 0 asks nothing alone."""

    aspect: str
    start: int
    end: int
    strength: int
    noun: bool


def find_aspects(text: str, limit: int = 3, *, title: str = "") -> list[str]:
    """Aspects asked for, in the order asked; [] when the question is general.

    Longer phrases are stronger evidence, and take the words they hold: "mấy ngày phải" asks when one must come, though
    "mấy ngày" alone asks how long it takes. Words that stand in `title`, the procedure meant, name it and ask nothing:
    "giấy đủ điều kiện an toàn thực phẩm bao nhiêu tiền". Past `limit` the weakest are left out.
    """
    pieces = [piece for part in _STOPS.split(_lines(text)) if (piece := spoken(part))]
    if not pieces:
        return []
    said = " ".join(pieces)
    found = _found(pieces, title)
    asked = [one for one in found if one.strength]
    asked += _of_a_list([one for one in found if one.noun], asked, said, _starts(pieces))
    if not asked and (
        _QUESTION.find(said) or len(said.split()) <= _FEW or any(not one.start for one in found)
    ):
        asked = found
    return _in_order(_sensible(asked, said), limit)


def _lines(text: str) -> str:
    """The text, in one line where a keyboard or a paste broke it after every word: such a break ends no thought."""
    lines = text.split()
    broken = text.count("\n") >= len(lines) / 2 > 1
    return " ".join(lines) if broken else text


def _starts(pieces: list[str]) -> set[int]:
    """Where each piece but the first begins in the pieces joined."""
    starts, at = set(), 0
    for piece in pieces[:-1]:
        at += len(piece) + 1
        starts.add(at)
    return starts


def _found(pieces: list[str], title: str) -> list[_Said]:
    """The phrases present, none within another and none over a comma, strongest first."""
    named = f" {fold(spoken(title))} "
    spans = []
    for piece, offset in zip(pieces, sorted({0, *_starts(pieces)}), strict=True):
        for order, aspect, start, end, weight in _phrases_in(piece):
            words = piece[start:end]
            if fold(words) in _MONEY and _within(start, end, _OTHER_MONEY.spans(piece)):
                continue
            if " " not in words or f" {fold(words)} " not in named:
                strength = 0 if fold(words) in _WEAK else weight
                spans.append((strength, -order, offset + start, offset + end, aspect, fold(words) in _NOUNS))
    found: list[_Said] = []
    for strength, _, start, end, aspect, noun in sorted(spans, reverse=True):
        if all(end <= other.start or start >= other.end for other in found):
            found.append(_Said(aspect, start, end, strength, noun))
    return found


def _phrases_in(piece: str) -> Iterator[tuple[int, str, int, int, int]]:
    """Order of the aspect, its name, where a phrase of it stands and how strong it is."""
    marked = has_diacritics(piece)
    others = [*_COMPOUNDS.spans(piece), *_SUPPLIED.spans(piece)]
    for finders in (_aspects(), _regional()) if marked else (_aspects(),):
        for order, (aspect, finder) in enumerate(finders):
            for start, end, weight in finder.weighed(piece):
                if _is_other(aspect, piece, start, end, others):
                    continue
                counted, longer = _counted(aspect, piece, start, end)
                yield order, counted, start, longer, weight + longer - end


def _is_other(aspect: str, piece: str, start: int, end: int, others: list[tuple[int, int]]) -> bool:
    """Whether the phrase is part of other words, or of a telling: "chưa ai nhận", "không nộp gì cả"."""
    if any(first < end < last or first < start < last for first, last in others):
        return True
    nobody = piece.startswith("ai ", start) and _NOBODY.search(piece[:start])
    brought = aspect == "result" and _BROUGHT.find(piece[start:end])
    return bool(nobody or brought or _NONE_AT_ALL.match(piece, end))


def _counted(aspect: str, piece: str, start: int, end: int) -> tuple[str, int]:
    """The aspect of "mất bao nhiêu" by what is counted after it, and where that ends."""
    words = piece[start:end]
    if aspect in {"fee", "time_limit"} and any(last == len(words) for _, last in _HOW_MANY.spans(words)):
        for other, counted in _COUNTED.items():
            for first, last in counted.spans(piece[end : end + 20]):
                if first == 1:
                    return other, end + last
    return aspect, end


def _within(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(first <= start and end <= last for first, last in spans)


def _of_a_list(nouns: list[_Said], asked: list[_Said], said: str, stops: set[int]) -> list[_Said]:
    """Bare nouns that are asked because they lead a list of things asked, or go on with one."""
    listed: list[_Said] = []
    settled = _SETTLED.spans(said)
    for noun in sorted(nouns, key=lambda one: one.start):
        before = said[: noun.start].rstrip()
        leads = bool(_LEADS.search(before))
        joined = noun.start in stops or bool(_AND.search(before))
        goes_on = joined and any(_between(said, one, noun) <= _NEAR for one in [*asked, *listed])
        followed = _followed(noun, asked, said, stops)
        is_settled = any(
            0 <= said[noun.end : start].count(" ") <= _NEAR for start, _ in settled if start >= noun.end
        )
        if leads or goes_on or followed or is_settled:
            listed.append(noun)
    return listed


def _followed(noun: _Said, asked: list[_Said], said: str, stops: set[int]) -> bool:
    """Whether something asked comes right after it: "hồ sơ, lệ phí thế nào"."""
    after = said[noun.end :].lstrip()
    start = len(said) - len(after)
    joins = start in stops or bool(_THEN.search(after))
    return joins and any(
        0 <= said[noun.end : one.start].count(" ") <= 3 for one in asked if one.start >= noun.end
    )


def _between(said: str, one: _Said, other: _Said) -> int:
    """Words between the two; many when `one` comes after."""
    return said[one.end : other.start].count(" ") if one.end <= other.start else len(said)


def _sensible(asked: list[_Said], said: str) -> list[_Said]:
    """Without what only looks like an aspect beside the others."""
    aspects = {one.aspect for one in asked}
    settled = _SETTLED.spans(said)
    if "where" in aspects and "online" in aspects:  # "nộp online ở đâu": on which site
        asked = [one for one in asked if one.aspect != "where"]
    elif not _WHETHER_WAY.find(said):
        asked = [one for one in asked if one.aspect not in _MANNERS] or asked
    asked = [one._replace(aspect="time_limit") if _is_waited_for(one, said) else one for one in asked]
    asked = [one._replace(aspect="deadline") if _is_owed(one, said) else one for one in asked]
    manner = [one for one in asked if one.aspect == "steps" and any(s <= one.start < e for s, e in settled)]
    return [one for one in asked if one not in manner] or asked


def _is_waited_for(one: _Said, said: str) -> bool:
    """Whether what looks like a duty's time is an office's: "khai xong trong mấy ngày có giấy"."""
    words = said[one.start : one.end]
    comes = any(start == 0 for start, _ in _COMES.spans(said[one.end :].lstrip()))
    told = bool(_COUNTS.search(words)) and words.startswith(("khai ", "báo ", "bao ")) and comes
    doers = [match["office"] for match in _OF_WHOM.finditer(said[: one.start])]
    by_office = bool(_WITHIN.fullmatch(words) and doers and doers[-1])
    return one.aspect == "deadline" and (told or by_office or bool(_WAITS.find(words)))


def _is_owed(one: _Said, said: str) -> bool:
    """Whether the time asked is what a person has: "trong bao nhiêu ngày công ty phải nộp"."""
    asks = one.aspect == "time_limit" and _A_TIME.search(said[one.start : one.end])
    return bool(asks and _OWED.search(said[one.end :].lstrip()))


def _in_order(asked: list[_Said], limit: int) -> list[str]:
    strongest = dict.fromkeys(one.aspect for one in sorted(asked, key=lambda one: -one.strength))
    kept = set(list(strongest)[:limit])
    return [aspect for aspect in dict.fromkeys(_by_place(asked)) if aspect in kept]


def _by_place(asked: list[_Said]) -> list[str]:
    return [one.aspect for one in sorted(asked, key=lambda one: one.start)]


def content(text: str) -> str:
    """What is left of a question without the words that only ask, folded: empty for "thế lệ phí bao nhiêu"."""
    left = spoken(text)
    names = [f"{fold(name)}" for name in _names().find(left)]
    left = _names().remove(left)
    for _, finder in _aspects():
        left = finder.remove(left)
    rest = re.sub(r"\b\w\b", "", fold(_filler(has_diacritics(text)).remove(left)))
    return " ".join([*names, *rest.split()])

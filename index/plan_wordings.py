"""How people may ask for a verbatim statement, derived from the document's own structure.

A statement we wrote brings its keywords along. One that a parser took from a document has only official prose: who is
to do it, by when, and the heading it stands under tell what can be asked of it. Nothing here knows any one document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from knowledge.documents import Plan, Section, Statement
from knowledge.text.diacritics import fold

_PLAIN_WORDS = Path(__file__).with_name("plain_words.yml")
CLAUSE = 150  # characters from which a piece is also indexed clause by clause
CLAUSES = 8
LEAST = 20
TOPIC_WORDS = 16
_LEADS = "lo, chủ trì, phụ trách, chịu trách nhiệm"

# What a heading is about → what is asked about it.
_ASKED_OF_HEADINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), asked)
    for pattern, asked in (
        (
            r"kinh phi|ngan sach|du toan",
            "tiền, kinh phí lấy từ đâu, tiền đâu ra, nguồn nào, ai chi trả, ai bố trí",
        ),
        (r"muc tieu|muc dich", "mục tiêu, mục đích là gì, những gì, để làm gì, nhằm gì, muốn gì"),
        (r"doi tuong", "đối tượng gồm những ai, dành cho ai, áp dụng với ai"),
        (r"chu de|thong diep|phuong cham", "chủ đề, thông điệp, phương châm là gì"),
        (r"hinh thuc|cach thuc|phuong thuc", "gồm những hình thức nào, bằng cách nào, qua kênh nào"),
        (r"yeu cau|nguyen tac", "yêu cầu, nguyên tắc gì, phải thế nào"),
        (r"noi dung", "gồm những nội dung gì, nói về gì"),
    )
)
# What a piece says → what is asked of it.
_ASKED_OF_TEXT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), asked)
    for pattern, asked in (
        (r"\bbao cao\b.*\b(?:gui|ve|cho|ubnd|uy ban|so)\b", "báo cáo gửi về đâu, gửi cho ai, báo cáo kỳ nào"),
        (r"\b(?:it nhat|toi thieu)\s+\d+", "ít nhất bao nhiêu, tối thiểu mấy, phải có mấy"),
        (r"\d+\s?%", "bao nhiêu phần trăm, tỷ lệ bao nhiêu, chỉ tiêu bao nhiêu"),
        (r"\bco hieu luc\b", "có hiệu lực khi nào, từ ngày nào"),
        (
            r"^(?:can cu|thuc hien|theo de nghi|xet de nghi)\b.*\bso\b",
            "căn cứ vào văn bản nào, thực hiện văn bản số mấy",
        ),
        (r"\bhop bao\b", "họp báo khi nào, ai họp báo"),
        (r"\bchi so\b", "nâng những chỉ số nào, chỉ số gì"),
        (r"https?://", "địa chỉ trang nào, link nào"),
        (r"\bchiu trach nhiem thi hanh\b", "ai thi hành, ai chịu trách nhiệm"),
    )
)
# On folded text: an office's name up to where the motto, glued to it, begins.
_OFFICE = re.compile(
    r"(?:so|ban|phong|cuc|chi cuc|trung tam|van phong|cong an|ubnd|uy ban nhan dan)\b[a-z ]*?"
    r"(?=\s+(?:c[o0]ng h|[dp]oc|doc lap|tu do)|$)"
)
# "Nghị quyết số 57-NQ/TW" is "nghị quyết 57" to people.
_CITED = re.compile(
    r"\b(Nghị quyết|Nghị định|Quyết định|Chỉ thị|Thông tư|Kế hoạch|Đề án|Công văn|Tờ trình|Báo cáo"
    r"|Chương trình hành động)"
    r"\s+(?:số\s+)?(\d+)[/-]"
)
_BREAK = re.compile(r";\s+|(?<=[^\W\d_])\.\s+|,\s+(?=đồng thời|trong đó)")
_DEFINED = re.compile(
    r"(?P<words>(?:[^\W\d_]+\s+){2,8})"
    r"\((?:sau đây\s+)?(?:viết tắt|gọi tắt|gọi chung)?\s*(?:là:?\s*)?(?P<short>[A-ZĐ]{3,8})\)"
)


def clauses(text: str) -> list[str]:
    """The parts of a long sentence that say something alone."""
    return [part.strip(" ,;.") for part in _BREAK.split(text) if len(part.strip()) >= LEAST]


def abbreviations(plan: Plan) -> dict[str, str]:
    """What the document itself shortens: "cải cách hành chính (CCHC)" → {"CCHC": "cải cách hành chính"}."""
    found: dict[str, str] = {}
    for text in (section.text for section in plan.sections):
        for match in _DEFINED.finditer(text):
            short = match["short"]
            words = match["words"].split()[-len(short) :]
            if fold("".join(word[0] for word in words)).upper() == fold(short):
                found.setdefault(short, " ".join(words))
    return found


def spelled_out(text: str, short: dict[str, str]) -> str:
    for abbreviation, words in short.items():
        text = re.sub(rf"\b{abbreviation}\b", words, text)
    return text


def topics(plan: Plan, path: str) -> list[str]:
    """Headings above a piece, the nearest first: `III.7.b`, `III.7`, `III`."""
    titles = {section.path: section.title for section in plan.sections if section.title}
    found = []
    while path:
        if title := titles.get(path):
            found.append(title)
        path = path.rpartition(".")[0]
    return found


def name_of(plan: Plan) -> str:
    """What people call the document: its title without the deed of issuing it, with its kind and office."""
    title = re.sub(r"^Ban hành\s+", "", plan.title)
    kind = "" if fold(title).lower().startswith(fold(plan.type).lower()) else f"{plan.type} "
    office = (
        "" if not plan.issuer or fold(plan.issuer).lower() in fold(title).lower() else f" của {plan.issuer}"
    )
    if re.match(r"(?:Kế hoạch|Chương trình|Quy chế)", title):
        kind, office = "", ""
    return f"{kind.lower()}{title[:1].lower() + title[1:]}{office}"


def asked(plan: Plan, statement: Statement) -> Iterator[str]:
    """Wordings for one statement: its heading, its office, its time, what its kind is asked about."""
    headings = [title for title in topics(plan, statement.section) if fold(title) != fold(statement.unit)]
    topic = headings[0] if headings else " ".join(statement.text.split()[:TOPIC_WORDS])
    if headings:
        yield ": ".join(reversed(headings[:2]))
    yield f"{topic}, {name_of(plan)}"  # people name the document they ask about
    if statement.unit:
        unit = statement.unit
        yield f"{unit} làm gì, phải làm gì, lo việc gì, có nhiệm vụ gì, được giao việc gì, chủ trì việc gì"
        yield f"ai, bên nào, cơ quan nào, đơn vị nào, sở nào, phòng nào {_LEADS} {topic}"
    start = " ".join(statement.text.split()[:TOPIC_WORDS])
    if statement.deadline:
        yield f"{start} trước ngày nào, hạn chót ngày nào, chậm nhất khi nào, bao giờ phải xong"
    if statement.frequency:
        yield f"{topic} bao lâu một lần, mấy tháng một lần, mỗi tháng mấy lần, định kỳ thế nào"
    if statement.schedule:
        yield f"{topic} khi nào, bao giờ, lúc nào, thời gian nào, quý mấy, tháng mấy, ngày nào"
    if cited := [f"{match[1]} {match[2]}" for match in _CITED.finditer(statement.text)]:
        yield f"{', '.join(dict.fromkeys(cited))} của ai, ngày nào, về việc gì, nói gì"
    yield from _by_kind(headings, statement.text, topic)
    if said := plain_words(f"{topic} {statement.text}"):
        yield said


def _by_kind(headings: list[str], text: str, topic: str) -> Iterator[str]:
    heading, said = fold(" ".join(headings[:1])).lower(), fold(text).lower()
    found = [question for pattern, question in _ASKED_OF_HEADINGS if pattern.search(heading)]
    found += [question for pattern, question in _ASKED_OF_TEXT if pattern.search(said)]
    if found:
        yield f"{topic}: {', '.join(found)}"


@cache
def _plain_words() -> tuple[tuple[re.Pattern[str], str], ...]:
    listed: dict[str, str] = yaml.safe_load(_PLAIN_WORDS.read_text(encoding="utf-8"))
    return tuple((re.compile(rf"\b{re.escape(fold(official))}\b"), said) for official, said in listed.items())


def plain_words(text: str) -> str:
    """People's words for the official ones the text has; "" when it has none that are listed."""
    folded = fold(text).lower()
    return ", ".join(dict.fromkeys(said for official, said in _plain_words() if official.search(folded)))


def section_asked(section: Section) -> tuple[str, ...]:
    """Wordings for a section that is only pointed at: its heading and the clauses of a text that reads."""
    return tuple(dict.fromkeys(clauses(section.text)[:CLAUSES]))


def heading_office(plan: Plan) -> str:
    """The office a scan's heading seems to name, folded: to find it by, never to state it."""
    opening = fold(plan.sections[0].text).lower() if plan.sections else ""
    found = [match.group().strip() for line in opening.split("\n") if (match := _OFFICE.match(line))]
    return found[-1] if found else ""


def scan_asked(section: Section, office: str, *, first: bool) -> Iterator[str]:
    """What may be asked of a piece of a scan; its own words go in folded, their marks are not reliable."""
    title = fold(section.title).lower()
    if first:
        yield f"kế hoạch, văn bản của {office} số mấy, số bao nhiêu, ngày nào, ai ký, người ký là ai, ai ban hành"
    elif title:
        yield f"{title} {office} làm gì, được giao gì, nội dung gì trong kế hoạch, văn bản của {office}"

"""The sentence of a record that speaks of what was asked, quoted as published.

Fields answer the common questions exactly. What a person asks beyond them ("trước mấy ngày phải báo") often stands
in the prose of a record; the sentence itself is then shown, as a quotation, rather than paraphrased.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bot.answer.aspects import content
from bot.answer.compose.fields import MAX_NAME, shorten
from bot.answer.phrases import plain
from knowledge.documents import Procedure

_SENTENCE = re.compile(r"(?<=[.;:!?])\s+(?=[A-ZĐÀ-Ỹ+\-–•(])|\n+")
_CLAUSE = re.compile(r"\n+|(?<=[.;])\s+(?=[A-ZĐÀ-Ỹ+\-–•(])|(?<=:)\s+(?=[+\-–•(])")
_BULLET = re.compile(r"[+•–-]\s*(?!\(\d)")  # "+ (2) Đối với…" opens a list as "(2) Đối với…" does
# What a sentence must hold where a sum or a length of time is asked: a law's number is neither.
_OFFICES = (
    r"(?:cơ quan|(?:ủy|uỷ) ban|ubnd|sở|bộ|cục|chi cục|tổng cục|vụ|công an|phòng|trung tâm|ngân hàng nhà nước|chủ tịch"
    r"|hội đồng|bộ phận|văn phòng đăng ký|cơ sở đăng kiểm|cảng vụ|kho bạc|thủ tướng|tòa án|người có thẩm quyền|cán bộ)"
)
# The time of an office: from a dossier received, or before an office that does something.
_OF_AN_OFFICE = re.compile(
    r"từ (?:ngày|khi|thời điểm|lúc)[^,;]{0,30}nhận[^,;]{0,40}(?:hồ sơ|đơn|đề nghị|tờ khai)"
    rf"|,\s*(?:thì )?{_OFFICES}\b(?![^,;]{{0,40}}\b(?:nộp|khai báo)\b)",
    re.IGNORECASE,
)
_FIGURES = {
    "fee": re.compile(
        r"\d[\d.,]*\s*(?:đồng|nghìn|triệu|đ\b|VNĐ|USD|%)|(?:miễn|giảm|không thu)\b.{0,20}phí", re.I
    ),
    "time": re.compile(
        r"\d+\s*(?:\([^)]*\)\s*)?(?:giờ|ngày|tuần|tháng|năm)(?! \d)(?!/)|(?:ngày|tháng|quý) (?:thứ|cuối)"
        r"|ngày \d{1,2}(?: hằng| hàng|/\d{1,2}(?!/|\d)| tháng \d{1,2}(?! năm|\d))",
        re.IGNORECASE,
    ),
}
MAX_QUOTE = 320
ENOUGH = 0.5  # share of the question's content words a sentence must hold to be quoted
FEW = 2  # content words, beyond the title, below which a question asks for nothing particular


def sentences(record: Procedure) -> list[str]:
    """The record's prose, sentence by sentence."""
    parts: Iterable[str] = (*record.deadlines, *record.conditions, *record.steps, *record.dossier_notes)
    found = [s.strip(" -+•–\t") for part in parts for s in _SENTENCE.split(part)]
    return [sentence for sentence in dict.fromkeys(found) if len(sentence) > 20]


def of_an_office(sentence: str) -> bool:
    """Whether the time it gives is an office's, not that of a person who must come."""
    return bool(_OF_AN_OFFICE.search(sentence))


def clauses(text: str) -> list[str]:
    """A long text clause by clause, so that none is cut; a short one whole."""
    if len(" ".join(text.split())) <= MAX_NAME:
        return [text.strip()]
    return [part.strip() for part in _CLAUSE.split(text) if part.strip(" -+•–\t;")]


def nearest(parts: Sequence[str], question: str, title: str, limit: int) -> list[str]:
    """Of many parts those nearest to the question, each with the lead it hangs on, in the order published."""
    if len(parts) <= limit:
        return list(parts)
    words = [set(plain(part).split()) for part in parts]
    often = Counter(word for said in words for word in said)
    asked = {word for word in plain(question).split() if 0 < often[word] <= len(parts) / 3}
    asked -= set(plain(title).split())
    near = [sum(1 / often[word] for word in asked & said) for said in words]
    leads = _leads(parts)
    kept: set[int] = set()
    for place in sorted(range(len(parts)), key=lambda n: (-near[n], n)):
        if len(kept | {leads[place], place}) <= limit:
            kept |= {leads[place], place}
    return [parts[n] for n in sorted(kept) if n + 1 in kept or not parts[n].endswith(":")]


def _leads(parts: Sequence[str]) -> list[int]:
    """For each part the line that opens its list, "Đối với tổ chức:"; itself where none does."""
    leads: list[int] = []
    opened = -1
    for place, part in enumerate(parts):
        if part.endswith(":") and not _BULLET.match(part):
            opened = place
        leads.append(opened if opened >= 0 else place)
    return leads


def excerpts(
    record: Procedure, question: str, *, figures: str = "", hints: str = "", limit: int = 1
) -> list[str]:
    """Sentences nearest to the question, best first.

    `figures` asks for those with a sum ("fee"), a length of time ("time"), or one that no office has ("duty");
    `hints` are words the asked aspect brings along ("nộp hồ sơ tại").
    """
    wanted = set(content(question).split()) - set(plain(record.title).split())
    expected = set(plain(hints).split())
    scored = []
    for position, sentence in enumerate(sentences(record)):
        if figures and not _FIGURES["time" if figures == "duty" else figures].search(sentence):
            continue
        if figures == "duty" and of_an_office(sentence):
            continue
        words = set(plain(sentence).split())
        share = len(wanted & words) / len(wanted) if len(wanted) >= FEW else 0.0
        hint = len(expected & words) / len(expected) if expected else 0.0
        if share >= ENOUGH or hint >= 0.75:
            scored.append((share + hint, -position, sentence))
    return [shorten(sentence, MAX_QUOTE) for _, _, sentence in sorted(scored, reverse=True)[:limit]]

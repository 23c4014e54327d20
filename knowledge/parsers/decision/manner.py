"""How a dossier may be handed in, from sentences: online, in person, by post."""

from __future__ import annotations

import re

from knowledge.documents import How
from knowledge.parsers.decision.blocks import Block
from knowledge.parsers.decision.labels import Label
from knowledge.parsers.decision.words import says_nothing

_WORDS = {
    How.ONLINE: re.compile(
        r"trực tuyến|môi trường (?:mạng|điện tử)|qua (?:mạng|cổng dịch vụ công)", re.IGNORECASE
    ),
    How.DIRECT: re.compile(
        r"trực tiếp|(?:nộp|gửi)(?: hồ sơ)?(?: \d+ bộ hồ sơ)? (?:tại|đến|cho)"
        r" (?:bộ phận|trung tâm (?:phục vụ|hành chính)|quầy|trụ sở|ubnd|ủy ban|uỷ ban|sở |phòng |chi nhánh|văn phòng)",
        re.IGNORECASE,
    ),
    How.POST: re.compile(r"bưu (?:chính|điện)", re.IGNORECASE),
}
_NOT = re.compile(r"\b(?:không|chưa)\b[^.;,]{0,25}$", re.IGNORECASE)
_RESULT = re.compile(
    r"^(?:[-–•+*o\d.)\s]*)(?:hồ sơ )?(?:được )?(?:nhận|trả|gửi|chuyển)\s+(?:trả\s+)?kết quả", re.IGNORECASE
)
_LEVELS: dict[str, str] = {"toàn trình": "full", "một phần": "partial"}


def _said(how: How, text: str) -> bool:
    """Whether a sentence offers this way and does not rule it out."""
    said = _WORDS[how].finditer(text)
    return any(not _NOT.search(text[max(0, match.start() - 40) : match.start()]) for match in said)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.;])\s+|\n", text) if part.strip()]


def ways_of(block: Block) -> tuple[How, ...]:
    """The ways that are offered, in the order of the portal. How a result comes back is no way to hand in."""
    offered = [part for part in _sentences(block.text(Label.MANNER)) if not _RESULT.match(part)]
    online = block.text(Label.ONLINE)
    found = [how for how in How if any(_said(how, part) for part in offered)]
    if How.ONLINE not in found and (_said(How.ONLINE, online) or online_level(block)):
        found.insert(0, How.ONLINE)
    return tuple(found)


def online_level(block: Block) -> str | None:
    """`full` or `partial` where the source says "toàn trình" or "một phần"; the older "mức độ 3, 4" is neither."""
    text = block.text(Label.ONLINE_LEVEL).lower()
    found = {level for words, level in _LEVELS.items() if words in text}
    return found.pop() if len(found) == 1 and not says_nothing(text) else None

"""The first line of an answer to "có … không", said only where the fields of the record say it outright."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from bot.answer.compose.fields import title_of
from bot.answer.messages import message
from bot.answer.phrases import Phrases, spoken
from knowledge.documents import How, Level, Procedure

_FILE = Path(__file__).with_name("whether.yml")


@cache
def _words() -> dict[str, Phrases]:
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {aspect: Phrases(words) for aspect, words in listed.items()}


def whether(record: Procedure, aspect: str, question: str) -> str:
    """One sentence; "" when the question wants no yes or no, or the record gives none."""
    tell = _TELL.get(aspect)
    return tell(record) if tell and _words()[aspect].find(spoken(question)) else ""


def _fee(record: Procedure) -> str:
    fees = [channel.fees for channel in record.channels]
    amounts = [fee.amount for each in fees for fee in each]
    if not fees or not all(fees) or None in amounts:
        return ""
    if not any(amounts) and not any(fee.condition for each in fees for fee in each):
        return message("whether_free", title=title_of(record))
    return message("whether_paid") if all(amounts) else ""


def _level(record: Procedure) -> str:
    """Of one level only, and by an office that is not named as another's."""
    online = any(channel.how is How.ONLINE for channel in record.channels)
    offices = " ".join((record.agency, *record.receiving_places)).lower()
    if record.levels == (Level.COMMUNE,) and not any(word in offices for word in ("tỉnh", "sở ", "bộ ")):
        return message("whether_commune")
    if record.levels == (Level.PROVINCE,) and "xã" not in offices:
        return message("whether_province_online" if online else "whether_province")
    return ""


_TELL: dict[str, Callable[[Procedure], str]] = {"fee": _fee, "where": _level}

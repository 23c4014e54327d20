"""The case that words name: a paper made again, exchanged, extended, closed."""

from __future__ import annotations

import re
from functools import cache

from bot.answer.phrases import Phrases, spoken
from bot.answer.steering import made_again
from index.siblings import load_siblings
from knowledge.text.diacritics import has_diacritics

MADE_AGAIN = "lai"  # the case of what is lost, torn or worn
_NO_CASE = (
    re.compile(  # "mất bao lâu" loses nothing, "đối với" exchanges nothing, a last "hông" breaks nothing
        r"\bmat (?=bao|may|nhieu|tien|phi|le phi|lau|khoang|thoi gian|khoan|cong)|\bdoi (?=voi|tuong|tac)"
        r"|\b(?:hoat|lao|bat|hanh|van|cong|hop|tac|tu|huy|bien|di|chu|xay|nguoi|giao) dong\b"
        r"|\bnghi (?=viec|phep|he|thai san|de|sinh|om|huu|duong|le|tet|lam)|\bhuy (?=hoai)"
        r"|\bdong (?=vat|san|tien|phi|le|bao)|(?<!\bbi )(?<!\blam )(?<!\bdo )\bhong(?: (?:a|ad|vay|ta|z))?$"
    )
)
_WITH_MARKS = re.compile(
    r"\bmất (?=bao|mấy|nhiêu|tiền|phí|lệ phí|lâu|khoảng|thời gian|khoản|công)|\bđối (?=với|tượng|tác)"
    r"|\bnghỉ (?=việc|phép|hè|thai sản|đẻ|sinh|ốm|hưu|dưỡng|lễ|tết|làm)|\bh(?:ủy|uỷ) (?=hoại)"
)


@cache
def _case_words() -> dict[str, Phrases]:
    """The words of each case, marks told apart: "mặt đất" has lost nothing."""
    more = {MADE_AGAIN: made_again()}
    return {name: Phrases([*words, *more.get(name, ())]) for name, words in load_siblings()["cases"].items()}


def cases_said(text: str) -> frozenset[str]:
    """The cases that words name: made again, extended or closed."""
    said = spoken(text)
    said = said if has_diacritics(text) else _NO_CASE.sub(" ", said)
    said = _WITH_MARKS.sub(" ", said)
    return frozenset(name for name, words in _case_words().items() if words.find(said))


def deeds_said(text: str) -> frozenset[str]:
    """The same without the office it is done at, which is no case of the paper."""
    return cases_said(text) - frozenset(load_siblings()["exclusive"])

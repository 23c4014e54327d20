"""Whether a message ends by asking what an office would be asked: a fee, a time limit, a form, papers, where to file.

Trouble is often only the story before such a question ("nhà cháy mất giấy tờ, làm lại khai sinh nộp ở đâu"), and who
needs help now asks for help, not for a form.
"""

from __future__ import annotations

import re

from knowledge.text.acts import as_folded

_END = 24  # words; what is asked stands at the end
_ASKED = re.compile(
    r"\b(?:"
    r"(?:thu|dong|nop|ton|het|mat|phi|la) (?:\w+ ){0,2}?(?:bao nhieu|nhieu|nhiu|may)(?: (?:tien|dong|do|usd))?"
    r"|(?:bao nhieu|may|nhieu) (?:tien|ngay|dong|do|bua)"
    r"|bao lau (?:thi |moi )?(?:xong|co|duoc|tra|cap|giai quyet|nhan)"
    r"|giay (?:to )?gi|to (?:giay )?gi|mau (?:so )?(?:may|nao|gi)|mau ky hieu|ho so (?:gom|can|phai co)"
    r"|(?:nop|lam|xin|dang ky|khai|gui) (?:\w+ ){0,5}?(?:o|cho|tai) (?:dau|nao|co quan nao)"
    r"|co quan nao (?:cap|giai quyet|lam)|thu tuc (?:\w+ ){0,3}?(?:gi|the nao|ra sao|nhu the nao)"
    r")\b"
)


def asks_of_papers(text: str) -> bool:
    """Whether its last words ask for a fee, days, a form, papers or a place to file at."""
    return bool(_ASKED.search(" ".join(re.findall(r"\w+", as_folded(text))[-_END:])))

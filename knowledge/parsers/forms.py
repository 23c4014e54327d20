"""Form files glued to the name of a paper: `Tờ khai theo mẫu.Mau01.docx` → the name, and `Mau01.docx`."""

from __future__ import annotations

import re

from knowledge.parsers.legal import ISSUER
from knowledge.parsers.letters import LOWER, UPPER

_EXTENSION = r"\.(?:docx|doc|xlsx|xls|pdf|rtf|zip|rar|odt|pptx|ppt|jpeg|jpg|png|html|txt)(?![a-z])"
_ENDS_IN_FILE = re.compile(rf"{_EXTENSION}$", re.IGNORECASE)
_SEVERAL = re.compile(rf"({_EXTENSION.replace('(?![a-z])', '')})(?=[{UPPER}\d]|mẫu|phụ lục|tờ khai)")
_NAMES = (
    "mẫu|mau|biểu|bieu|phụ lục|phu luc|phuluc|đơn|don|tờ khai|to khai|tokhai|tk\\d|bm|form|giấy|giay|"
    "văn bản|van ban|công văn|báo cáo|bao cao|danh sách|danh sach|danh mục|quyết định|bản |ban |hợp đồng|"
    "phiếu|phieu|thông báo|thong bao"
)
_FILE_START = re.compile(_NAMES, re.IGNORECASE)
# Where two cells were glued: a small letter or a closing sign, then at once the next name.
_STRONG = re.compile(
    rf"(?<=[{LOWER}])(?=[{UPPER}])|(?<=[)\]”\";:])(?=\w)|(?<=[A-ZĐ]{{2}})(?=[{UPPER}][{LOWER}])|(?<=,)(?=[{UPPER}])"
)
# No word holds another: `quy định|văn bản đề nghị.docx`, `theo mẫu|mau so 12.doc`, `pháp luật|103-Mẫu số 103.docx`.
_WORDS = "mẫu|báo cáo|văn bản|tờ trình|tờ khai|bản khai|phụ lục|đơn |giấy |danh sách|biểu|công văn"
_INSIDE_WORD = re.compile(
    rf"(?:(?<=[{LOWER}])|(?<=[{LOWER}]\.))(?={_WORDS})"
    r"|(?<=[^\W\d_a-zA-Z])[a-z]{0,2}(?=mau|don|phu luc|van ban)"
    rf"|(?<![\w.-])[{LOWER}]{{3,}}(?=\d)"
)
# A document's sign, or a day, and at once the next name: `39/2026/NĐ-CP|mau so 12.doc`, `ngày 15/5/2024|Mus02.docx`.
_BEHIND_NUMBER = re.compile(rf"(?:-\s?(?>{ISSUER})|\d/\d{{1,2}}/\d{{4}})(?=\w)")
# After a stop or a digit only a word that begins form names is a seam: `V_37.2025.TT` is one file.
_WEAK = re.compile(rf"(?<=[^\d\s]\.)(?=[{UPPER}\d])|(?<=[\d.])(?=[{UPPER}])")
_STOP = re.compile(r"(?<=[^\W\d_]\.)(?=\w)|(?<=[)\]”\"]\.)(?=\w)")
_AFTER_STOP = re.compile(r"(?<=[^\d\s]\.)(?=\w)|(?<=\d\.)(?=[^\W\d_])")
_LONGEST = 160


def _seams(pattern: re.Pattern[str], text: str) -> list[int]:
    """Places where the file's name may start: not too far from its end, and never inside brackets."""
    end = len(_ENDS_IN_FILE.sub("", text))
    places = (match.end() for match in pattern.finditer(text))
    near = [place for place in places if max(1, len(text) - _LONGEST) <= place < end]
    return [place for place in near if text.count("(", place) == text.count(")", place)]


def _cut(text: str) -> int | None:
    """Where the file's name starts, or None when no seam can be seen."""
    strong, weak = _seams(_STRONG, text), _seams(_WEAK, text)
    named = [seam for seam in strong if _FILE_START.match(text[seam:])]
    named = named or _seams(_INSIDE_WORD, text) or [seam for seam in weak if _FILE_START.match(text[seam:])]
    named = named or _seams(_BEHIND_NUMBER, text)
    if named:
        return named[0]
    token = text.rfind(" ") + 1  # a name without spaces starts at the first seam of the last word
    inside = sorted(seam for seam in [*strong, *_seams(_STOP, text)] if seam > token)
    if inside:
        return inside[0]
    dots = _seams(_AFTER_STOP, text)
    seams = dots or strong
    return seams[-1] if seams else None


def split_form(name: str) -> tuple[str, str]:
    """The paper's name and its form files (`a.docx; b.docx`), "" when there is none or no seam to cut at."""
    pieces = [piece.strip() for piece in _SEVERAL.sub("\\1\x00", name).split("\x00")]
    if not _ENDS_IN_FILE.search(pieces[-1]):
        return name, ""
    files = [piece for piece in pieces[1:] if _ENDS_IN_FILE.search(piece)]
    cut = _cut(pieces[0]) if _ENDS_IN_FILE.search(pieces[0]) else None
    if cut:
        return pieces[0][:cut], "; ".join([pieces[0][cut:].strip(), *files])
    return pieces[0], "; ".join(files)

"""The labels a written-out procedure uses ("Trình tự thực hiện", …), and the lines that begin with one.

The words are those of the annex form of decisions that publish procedures (Thông tư 02/2017/TT-VPCP) and of the
pages and exports of the national and provincial portals; how a line is numbered or bulleted does not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Label(StrEnum):
    CODE = "code"
    TITLE = "title"
    DECISION = "decision"
    EFFECTIVE = "effective"
    INFO = "info"  # "Thông tin công bố": holds decision and effective date
    LEVELS = "levels"
    KIND = "kind"
    FIELD = "field"
    ONLINE = "online"
    ONLINE_LEVEL = "online_level"
    TIME = "time"
    CHARGE = "charge"  # lệ phí
    FEE = "fee"  # phí
    FEES = "fees"  # both in one
    AGENCY = "agency"
    AUTHORITY = "authority"
    OTHER_AGENCY = "other_agency"
    SUBJECTS = "subjects"
    MANNER = "manner"
    CONDITIONS = "conditions"
    SETS = "sets"
    RESULTS = "results"
    PLACES = "places"
    FORMS = "forms"
    STEPS = "steps"
    DOSSIER = "dossier"
    LEGAL = "legal"
    STATE = "state"
    ATTACHED = "attached"
    RELATED = "related"
    KEYWORDS = "keywords"
    DESCRIPTION = "description"


_OF = r"(?: (?:của )?(?:thủ tục hành chính|thủ tục|tthc))?"
_WORDS: dict[Label, tuple[str, ...]] = {
    Label.CODE: (r"mã(?: số)?(?: thủ tục hành chính| thủ tục| tthc| hồ sơ tthc)",),
    Label.TITLE: (r"tên(?: thủ tục hành chính| thủ tục| tthc)",),
    Label.DECISION: (r"số quyết định(?: công bố)?", r"số qđ(?: công bố)?", r"quyết định công bố"),
    Label.EFFECTIVE: (r"ngày (?:có )?hiệu lực",),
    Label.INFO: (r"thông tin công bố",),
    Label.LEVELS: (r"cấp (?:thực hiện|giải quyết|chính quyền thực hiện)",),
    Label.KIND: (r"loại (?:thủ tục(?: hành chính)?|tthc)",),
    Label.FIELD: (r"(?:tên )?lĩnh vực",),
    Label.ONLINE: (r"cách thức nộp trực tuyến",),
    Label.ONLINE_LEVEL: (r"mức(?: độ)? (?:cung cấp )?(?:dịch vụ công )?trực tuyến", r"mức độ dvc(?:tt)?"),
    Label.TIME: (
        r"(?:thời hạn|thời gian) (?:giải quyết|thực hiện|xử lý)(?: hồ sơ)?" + _OF,
        r"thời gian(?= *:)",
    ),
    Label.FEES: (
        r"phí(?:,| và|/) ?lệ phí(?: mô tả)?",
        r"lệ phí(?:,| và|/) ?phí",
        r"mức (?:thu )?phí, lệ phí",
        r"lệ phí \(phí\)",
    ),
    Label.CHARGE: (r"lệ phí",),
    Label.FEE: (r"phí",),
    Label.AUTHORITY: (r"cơ quan(?: hoặc người)? có thẩm quyền(?: quyết định)?(?: theo quy định)?",),
    Label.OTHER_AGENCY: (
        r"cơ quan(?: hoặc người có thẩm quyền)? được ủy quyền(?: hoặc phân cấp(?: thực hiện)?)?",
        r"cơ quan phối hợp(?: & cq được ủy quyền)?(?: \(nếu có\))?",
        r"cơ quan được (?:phân cấp|giao) thực hiện",
    ),
    Label.AGENCY: (
        r"cơ quan(?: trực tiếp)? (?:thực hiện|giải quyết)" + _OF,
        r"cơ quan, đơn vị thực hiện" + _OF,
    ),
    Label.SUBJECTS: (r"đối tượng (?:thực hiện|áp dụng)" + _OF,),
    Label.MANNER: (r"cách thức (?:thực hiện|nộp hồ sơ|thực hiện nộp hồ sơ)" + _OF,),
    Label.CONDITIONS: (
        r"(?:các )?(?:yêu cầu(?:,| hoặc| và|/) ?)?điều kiện(?: để)? (?:thực hiện|giải quyết)" + _OF,
        r"yêu cầu(?:,| hoặc| và|/) ?điều kiện" + _OF,
    ),
    Label.SETS: (r"số bộ hồ sơ", r"số lượng(?: bộ)? hồ sơ"),
    Label.RESULTS: (r"kết quả (?:thực hiện|giải quyết|xử lý|của việc thực hiện)" + _OF,),
    Label.PLACES: (
        r"địa (?:chỉ|điểm) (?:tiếp nhận(?: và trả kết quả)?|nộp)(?: hồ sơ| hs)?",
        r"(?:địa (?:chỉ|điểm)|nơi) thực hiện" + _OF,
        r"địa chỉ tiếp nhận(?: hồ sơ| hs)?",
    ),
    Label.FORMS: (r"(?:tên )?mẫu đơn, ?(?:mẫu )?tờ khai(?: đính kèm)?", r"tên mẫu đơn"),
    Label.STEPS: (r"trình tự(?:,? (?:và )?cách thức)? (?:thực hiện|giải quyết)" + _OF,),
    Label.DOSSIER: (
        r"thành phần(?:,| và) số lượng hồ sơ",
        r"thành phần hồ sơ",
        r"hồ sơ(?: gồm| bao gồm)?(?= *:)",
    ),
    Label.LEGAL: (r"(?:các )?căn cứ pháp lý" + _OF,),
    Label.STATE: (r"tình trạng(?: hiệu lực)?",),
    Label.ATTACHED: (r"(?:tài liệu|tệp|tập tin|văn bản) (?:đính kèm|gửi kèm)",),
    Label.RELATED: (r"(?:các )?thủ tục(?: hành chính)? liên quan",),
    Label.KEYWORDS: (r"từ khóa",),
    Label.DESCRIPTION: (r"mô tả(?: thủ tục)?",),
}
_FEE_LAW = re.compile(
    r"(?:theo )?văn bản quy định(?: về)?(?: mức thu)?(?: phí,?)?(?: lệ phí)?", re.IGNORECASE
)
_MARK = (
    r"(?P<mark>(?:[-–•●◦*·➢❖►]|\(?\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+|\(?[a-zđ][.)]"
    r"|[IVX]{1,4}[.)])\s*)?"
)
_SUB_MARK = r"(?P<sub>[o+▪■✓]\s+)?"
_PATTERNS = [
    (
        label,
        re.compile(
            rf"{_MARK}{_SUB_MARK}(?P<label>{'|'.join(words)})(?:\s*\(nếu có\))?(?P<colon>\s*:)?\s*(?P<value>.*)",
            re.IGNORECASE | re.DOTALL,
        ),
    )
    for label, words in _WORDS.items()
]
_INLINE = (Label.CODE, Label.DECISION, Label.EFFECTIVE, Label.INFO)
_CODE_VALUE = re.compile(r"\d\.\d{6}|\d+/")
_FUSED = re.compile(r"\s(?=(?:Số quyết định|Số QĐ|Ngày hiệu lực|Ngày có hiệu lực|Loại thủ tục)\b)")
_TAIL = re.compile(
    r"(?<=[.;])\s+(?=(?:Mẫu đơn, tờ khai|Trình tự thực hiện|Thành phần hồ sơ|Căn cứ pháp lý)$)"
)


@dataclass(frozen=True)
class Labelled:
    label: Label
    value: str
    marked: bool  # numbered or bulleted
    colon: bool
    words: str


def _accepted(label: Label, match: re.Match[str]) -> bool:
    value, words = match["value"].strip(), match["label"]
    if match["sub"] and label not in _INLINE:
        return False
    if not words[:1].isupper() and not (match["mark"] and match["colon"]):
        return False
    if match["colon"]:
        return True
    if value:
        return label in (Label.CODE, Label.DECISION) and _CODE_VALUE.match(value) is not None
    return True


def read_label(line: str) -> Labelled | None:
    """The label a line begins with, or None. `Phí` alone, `b) Cách thức thực hiện: …`, `• Lệ phí: 5.000 đồng`."""
    text = line.strip()
    for label, pattern in _PATTERNS:
        match = pattern.match(text)
        if match and _accepted(label, match):
            return Labelled(
                label,
                match["value"].strip(),
                bool(match["mark"]),
                bool(match["colon"]),
                match["label"].lower(),
            )
    return None


def split_fused(line: str) -> list[str]:
    """One line for each label where several stand on one: `Mã thủ tục: 1.0… Số quyết định 427/…`."""
    fused = read_label(line) or _CODE_VALUE.match(line) or line.lstrip("-•o+ ").startswith("Số")
    pieces = _FUSED.split(line) if fused else [line]
    return [part for piece in pieces for part in _TAIL.split(piece)]


def without_fee_law(text: str) -> str:
    """A fee without the lines "Văn bản quy định lệ phí: …" behind it: they name a document, not a fee."""
    return "\n".join(
        line for line in text.split("\n") if not _FEE_LAW.match(re.sub(r"^[-•o+*\s]+", "", line))
    ).strip()

"""Which paragraphs are the heading, the text itself, the signature and the list of recipients.

Readers hand columns over in any order: the name of the office may come after the first page, recipients before or
after who signed, both glued into one line. Each is recognised by its own form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from knowledge.parsers.issued.lines import Paragraph
from knowledge.parsers.issued.markers import marker_of
from knowledge.parsers.issued.patterns import vn
from knowledge.text.diacritics import fold

KINDS = (
    "Kế hoạch", "Quyết định", "Thông báo", "Chỉ thị", "Nghị quyết", "Công văn", "Tờ trình", "Báo cáo", "Hướng dẫn",
    "Chương trình", "Chương trình hành động", "Đề án", "Quy chế", "Quy định", "Công điện", "Thông tư", "Nghị định",
    "Phương án", "Giấy mời", "Lịch", "Danh mục",
)  # fmt: skip
_KIND_LINES = {fold(kind).lower(): kind for kind in KINDS}
_MOTTO = re.compile(
    r"cong hoa xa h\w+ chu nghia|doc lap\s*[-–—]\s*tu do|c[o0]ng h[o0]a xa h\w{2,3} ch[u0] ngh[i1]a"
)
_RECIPIENTS = re.compile(r"^(?:Nơi nhận|NƠI NHẬN|Noi nhan)\s*[:.]?\s*")
_ROLE_WORDS = (
    r"(?:PHÓ\s+)?(?:CHỦ TỊCH|GIÁM ĐỐC|CHÁNH VĂN PHÒNG|CHÁNH THANH TRA|VĂN PHÒNG|TRƯỞNG (?:BAN|PHÒNG|ĐOÀN)|BỘ TRƯỞNG|"
    r"THỨ TRƯỞNG|CỤC TRƯỞNG|VỤ TRƯỞNG|CHI CỤC TRƯỞNG|HIỆU TRƯỞNG|VIỆN TRƯỞNG|TỔNG CỤC TRƯỞNG|THỦ TƯỚNG|BÍ THƯ|"
    r"THỦ TRƯỞNG|ĐỘI TRƯỞNG|TRƯỞNG CÔNG AN|TỔNG GIÁM ĐỐC)"
)
_ROLE = vn(rf"^(?:(?:KT|TM|TL|TUQ|Q|QUYỀN)\s?\.\s*.+|{_ROLE_WORDS}(?:\s+[\pU]{{2,}})*)$")
_GLUED_ROLE = vn(
    rf"^(?P<left>-\s*.+?[;.,:])\s+(?P<role>(?:KT|TM|TL|TUQ)\s?\.\s*[\pU ]{{4,}}|[\pU ]*{_ROLE_WORDS}[\pU ]*)$"
)
_GLUED_NAME = vn(r"^(?P<left>-\s*Lưu:.*?[.)])\s+(?P<name>[\pU][\pL]+(?:\s[\pU][\pL]+){2,4})$")
_NAME = vn(r"^[\pU][\pL]+(?:\s(?:[\pU]\.\s?)?[\pU][\pL]*){1,5}$")
_DEGREE = re.compile(
    r"^(?:(?:TS|ThS|PGS|GS|BS|KS|CN|Đại tá|Thượng tá|Trung tá|Thiếu tướng)\.?\s*)+(?=[A-ZĐ])"
)
_ATTACHED = re.compile(r"^\(?\s*(?:Kèm theo|Ban hành kèm theo|Đính kèm)\b", re.IGNORECASE)
_BEGINS = re.compile(
    r"^(?:Căn cứ|Thực hiện|Để\s|Nhằm|Theo\s|Xét|Tiếp theo|Trên cơ sở|Kính gửi|Trong thời gian|Qua\s)"
)
SIGNATURE_REACH = 6  # short paragraphs between a role and the name below it


@dataclass
class Zones:
    head: list[Paragraph] = field(default_factory=list)
    body: list[Paragraph] = field(default_factory=list)
    attached: list[Paragraph] = field(default_factory=list)  # heading of a text that a decision carries
    recipients: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    signer: str = ""
    office: list[Paragraph] = field(default_factory=list)  # name of the office beside the national motto


def kind_line(paragraph: Paragraph) -> str:
    """The kind a paragraph is nothing but ("Kế hoạch" of "KẾ HOẠCH"); "" otherwise."""
    if not paragraph.capitals:
        return ""
    return _KIND_LINES.get(fold(paragraph.text).lower().strip(" :."), "")


def split(paragraphs: Sequence[Paragraph]) -> Zones:
    """Sort the paragraphs into zones, each in its order."""
    zones = Zones()
    state, kinds, waiting = "head", 0, 0
    for place, paragraph in enumerate(_without_motto(paragraphs, zones)):
        if found := _RECIPIENTS.match(paragraph.text):
            state = "recipients"
            _recipient(zones, paragraph.text[found.end() :])
            continue
        if state != "head" and _ROLE.match(paragraph.text) and paragraph.capitals:
            zones.roles.append(paragraph.text)
            waiting = SIGNATURE_REACH
            continue
        if waiting and not zones.signer and (name := _name(paragraph.text)):
            zones.signer, waiting = name, 0
            continue
        waiting = max(0, waiting - 1)
        if state == "recipients" and _still_recipients(zones, paragraph):
            waiting = max(waiting, 1 if zones.roles and not zones.signer else 0)
            continue
        state = "body" if state == "recipients" else state
        kind = kind_line(paragraph)
        if kind and state != "attached" and kinds:
            if not (paragraph.text.rstrip().endswith(":") or kind == "Quyết định"):
                state = "attached"
                zones.attached.append(paragraph)
            continue
        kinds += bool(kind)
        if state == "head" and _begins(paragraph, place):
            state = "body"
        if state == "attached":
            state = _attached(zones, paragraph)
            continue
        (zones.head if state == "head" else zones.body).append(paragraph)
    return zones


def _attached(zones: Zones, paragraph: Paragraph) -> str:
    """The heading of the carried text: its title, then "(Kèm theo Quyết định …)"."""
    if marker_of(paragraph.text) or _BEGINS.match(paragraph.text) or paragraph.cells:
        zones.body.append(paragraph)
        return "body"
    zones.attached.append(paragraph)
    return "attached"


def _begins(paragraph: Paragraph, place: int) -> bool:
    """Whether the text itself begins here."""
    if paragraph.cells or _BEGINS.match(paragraph.text):
        return True
    marker = marker_of(paragraph.text)
    if marker is not None and not marker.bullet:
        return True
    long = len(paragraph.text) > 160 and paragraph.text[-1:] in ".:;,"
    return long and place > 2


def _without_motto(paragraphs: Sequence[Paragraph], zones: Zones) -> list[Paragraph]:
    """Take out the national motto, and keep the name of the office that stands beside it."""
    left: list[Paragraph] = []
    mottos: list[int] = []
    for paragraph in paragraphs:
        found = _MOTTO.search(fold(paragraph.text).lower())
        if found is None:
            left.append(paragraph)
            continue
        mottos.append(len(left))
        if beside := paragraph.text[: found.start()].strip(" -–"):
            left.append(replace(paragraph, text=beside))
            mottos[-1] = len(left)
    if mottos and mottos[0] > 3:  # columns came in another order: the office stands right above its motto
        at = mottos[0]
        while at and _office_line(left[at - 1]) and len(zones.office) < 3:
            at -= 1
            zones.office.insert(0, left[at])
        del left[at : at + len(zones.office)]
    return left


def _office_line(paragraph: Paragraph) -> bool:
    return paragraph.capitals and not kind_line(paragraph) and not marker_of(paragraph.text)


def _still_recipients(zones: Zones, paragraph: Paragraph) -> bool:
    text = paragraph.text
    listed = text.startswith(("-", "–", "+"))
    if not listed and (paragraph.capitals or not text.endswith((";", ";.", ":"))):
        return False
    if glued := _GLUED_ROLE.match(text):
        zones.roles.append(glued["role"].strip())
        text = glued["left"]
    elif glued := _GLUED_NAME.match(text):
        zones.signer = zones.signer or glued["name"]
        text = glued["left"]
    _recipient(zones, text)
    return True


def _recipient(zones: Zones, text: str) -> None:
    zones.recipients += [part for piece in text.split(" - ") if (part := piece.strip(" -–+;.,"))]


def _name(text: str) -> str:
    """A person's name standing alone, without degree; "" for anything else."""
    bare = _DEGREE.sub("", text.strip(" ./,"))
    return bare if _NAME.match(bare) else ""

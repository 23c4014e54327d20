"""A line of the crawl of the national portal → a `Procedure`, with a doubt for each value it does not state."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.checked import first_fault
from knowledge.documents import (
    DossierCase,
    Doubt,
    LegalBasis,
    Procedure,
    Provenance,
    SubmissionChannel,
    normalise_code,
)
from knowledge.errors import BadRecord
from knowledge.parsers import people
from knowledge.parsers.cells import parse_channels
from knowledge.parsers.cross_check import distrust_free, mark_reduced
from knowledge.parsers.deadlines import citizen_deadlines
from knowledge.parsers.dossier import HEADER as DOSSIER_HEADER
from knowledge.parsers.dossier import parse_dossier
from knowledge.parsers.legal import parse_legal
from knowledge.parsers.prose import paragraphs, related, results
from knowledge.parsers.tail import field
from knowledge.text.diacritics import vietnamese_share
from knowledge.text.normalise import one_line

SOURCE = "Cổng Dịch vụ công quốc gia"
FIELDS = (
    *("ma_thu_tuc", "detail_url", "ten_thu_tuc", "so_quyet_dinh", "cap_thuc_hien", "linh_vuc"),
    *("doi_tuong_thuc_hien", "co_quan_co_tham_quyen", "dia_chi_tiep_nhan", "thu_tuc_lien_quan"),
    *("trinh_tu_thuc_hien", "cach_thuc_thuc_hien", "thanh_phan_ho_so", "can_cu_phap_ly"),
    *("co_quan_thuc_hien", "yeu_cau_dieu_kien", "ket_qua_xu_ly", "bo_nganh"),
)
# Headers of other sections inside a field: the crawl cut the page in the wrong place.
_FOREIGN = re.compile(
    r"Tên giấy tờMẫu đơn|Tên văn bản pháp lýMã văn bản|Hình thức nộpThời gian|Chọn cơ quan thực hiện"
    r"|Cơ quan thực hiện(?=[^\s,.;:)])"
)
_ORDINARY = 0.75  # share of words with a mark in ordinary Vietnamese prose


def looks_like(line: Mapping[str, Any]) -> bool:
    return "ma_thu_tuc" in line and "cach_thuc_thuc_hien" in line


def _texts(line: Mapping[str, Any]) -> dict[str, str]:
    """The fields as texts; a number or a list where text belongs is a damaged line."""
    texts = {}
    for name in FIELDS:
        value = line.get(name)
        if value is not None and not isinstance(value, str):
            raise BadRecord(f"{name}: text is expected, not {type(value).__name__}")
        texts[name] = unicodedata.normalize("NFC", value or "").replace("\xa0", " ")
    return texts


def _rejoin(texts: dict[str, str]) -> list[Doubt]:
    """Steps that mention "Thành phần hồ sơ" were cut there by the crawl, and their end stored as the dossier."""
    cell = texts["thanh_phan_ho_so"]
    if DOSSIER_HEADER in cell or not field(cell):
        return []
    texts["trinh_tu_thuc_hien"] += f" Thành phần hồ sơ {cell}"
    texts["thanh_phan_ho_so"] = ""
    return [Doubt(field="dossier", reason="the section is displaced", raw=field(cell)[:200])]


def _displaced(texts: dict[str, str]) -> list[Doubt]:
    """Empties fields that hold another section's cells; what they say cannot be told apart."""
    doubts = []
    for name, label in (
        ("trinh_tu_thuc_hien", "steps"),
        ("yeu_cau_dieu_kien", "conditions"),
        ("ket_qua_xu_ly", "results"),
        ("co_quan_thuc_hien", "agency"),
    ):
        if _FOREIGN.search(texts[name]):
            doubts.append(Doubt(field=label, reason="the section is displaced", raw=field(texts[name])[:200]))
            texts[name] = ""
    return doubts


def _unstated(procedure: Mapping[str, object]) -> list[Doubt]:
    named = (
        "field",
        "agency",
        "dossier",
        "steps",
        "results",
        "legal_basis",
        "decision",
        "subjects",
        "levels",
    )
    return [Doubt(field=name, reason="not stated") for name in named if not procedure[name]]


def _quality(texts: Mapping[str, str]) -> float:
    prose = " ".join((texts["ten_thu_tuc"], texts["trinh_tu_thuc_hien"]))
    return round(min(1.0, vietnamese_share(prose) / _ORDINARY), 3)


def _provenance(texts: Mapping[str, str], fetched: date | None) -> Provenance:
    raw = json.dumps(texts, ensure_ascii=False, sort_keys=True).encode()
    return Provenance(
        source=SOURCE,
        url=texts["detail_url"].strip(),
        fetched=fetched,
        sha256=hashlib.sha256(raw).hexdigest(),
        text_quality=_quality(texts),
    )


def _agency(texts: Mapping[str, str]) -> str:
    return one_line(field(texts["co_quan_thuc_hien"])) or one_line(field(texts["co_quan_co_tham_quyen"]))


def _channels(texts: Mapping[str, str]) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    parsed = parse_channels(texts["cach_thuc_thuc_hien"])
    channels, doubts = distrust_free(
        parsed.channels,
        steps=texts["trinh_tu_thuc_hien"],
        dossier=texts["thanh_phan_ho_so"],
        conditions=texts["yeu_cau_dieu_kien"],
        legal=texts["can_cu_phap_ly"],
    )
    return mark_reduced(channels), [*parsed.doubts, *doubts]


def _dossier(texts: Mapping[str, str]) -> tuple[tuple[DossierCase, ...], tuple[str, ...], list[Doubt]]:
    parsed = parse_dossier(texts["thanh_phan_ho_so"])
    return tuple(parsed.cases), tuple(dict.fromkeys(parsed.notes)), parsed.doubts


def _legal(texts: Mapping[str, str]) -> tuple[tuple[LegalBasis, ...], list[Doubt]]:
    parsed = parse_legal(texts["can_cu_phap_ly"])
    return parsed.bases, list(parsed.doubts)


def _raw_code(code: str) -> str:
    """The code as published, where it is longer than the national one."""
    return code.strip() if normalise_code(code) != code.strip() else ""


def _plain_fields(texts: Mapping[str, str]) -> dict[str, Any]:
    """The fields that are one text or a list of them."""
    return {
        "code": texts["ma_thu_tuc"],
        "raw_code": _raw_code(texts["ma_thu_tuc"]),
        "title": one_line(texts["ten_thu_tuc"]),
        "field": one_line(field(texts["linh_vuc"])),
        "subjects": people.subjects(texts["doi_tuong_thuc_hien"]),
        "agency": _agency(texts),
        "receiving_places": paragraphs(texts["dia_chi_tiep_nhan"]),
        "steps": paragraphs(texts["trinh_tu_thuc_hien"]),
        "conditions": paragraphs(texts["yeu_cau_dieu_kien"]),
        "results": results(texts["ket_qua_xu_ly"]),
        "decision": one_line(field(texts["so_quyet_dinh"])),
        "portal_url": texts["detail_url"].strip(),
        "ministry": people.ministry(texts["bo_nganh"]),
        "related": related(texts["thu_tuc_lien_quan"]),
        "deadlines": citizen_deadlines(texts["yeu_cau_dieu_kien"], texts["trinh_tu_thuc_hien"]),
    }


def parse(line: Mapping[str, Any], *, fetched: date | None = None) -> Procedure:
    """The record of one line.

    Raises:
        BadRecord: the line has no valid code or title, or a field that is not text.
    """
    texts = _texts(line)
    provenance = _provenance(texts, fetched)
    doubts = _rejoin(texts) + _displaced(texts)
    data = _plain_fields(texts)
    data["channels"], channel_doubts = _channels(texts)
    data["dossier"], data["dossier_notes"], dossier_doubts = _dossier(texts)
    data["legal_basis"], legal_doubts = _legal(texts)
    data["levels"], unknown = people.levels(texts["cap_thuc_hien"])
    doubts += [*channel_doubts, *dossier_doubts, *legal_doubts]
    doubts += [Doubt(field="levels", reason="not a known level", raw=name) for name in unknown]
    data["doubts"] = (*doubts, *_unstated(data))
    with first_fault():
        return Procedure(**data, provenance=provenance)

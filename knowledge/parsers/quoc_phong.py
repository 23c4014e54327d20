"""A file of the official export of Bộ Quốc phòng → a `Procedure`: clean tables, whose figures are checked alike."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from knowledge.checked import first_fault
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Doubt,
    Fee,
    Form,
    How,
    LegalBasis,
    Procedure,
    Provenance,
    SubmissionChannel,
)
from knowledge.errors import BadRecord
from knowledge.parsers import people
from knowledge.parsers.deadlines import citizen_deadlines
from knowledge.parsers.dossier import is_explanation, tidy
from knowledge.parsers.fees import FeeCell, read_fee
from knowledge.parsers.legal import issuer_of, number_in
from knowledge.parsers.limits import read_limit
from knowledge.parsers.prose import paragraphs
from knowledge.parsers.tail import field, is_empty
from knowledge.text.normalise import one_line

SOURCE = "Cơ sở dữ liệu quốc gia về thủ tục hành chính (bản xuất của Bộ Quốc phòng)"
_HOW = {"Trực tuyến": How.ONLINE, "Trực tiếp": How.DIRECT, "Dịch vụ bưu chính": How.POST}
_FEE_LINE = re.compile(r"(?P<kind>Phí|Lệ phí)\s*:\s*(?P<price>[^(]*?)\s*(?:\((?P<note>.*)\))?\s*$", re.DOTALL)
_COUNTS = re.compile(r"Bản chính:\s*(\d+)\s*Bản sao:\s*(\d+)")
_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")


def looks_like(data: Mapping[str, Any]) -> bool:
    return "thu_tuc_id" in data and "metadata" in data


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if not isinstance(part, dict):
        raise BadRecord(f"{name}: an object is expected")
    return part


def _rows(tables: Mapping[str, Any], name: str) -> list[dict[str, str]]:
    rows = tables.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadRecord(f"tables.{name}: a list of rows is expected")
    return [{key: str(value or "") for key, value in row.items()} for row in rows]


def _fees(text: str, description: str) -> tuple[tuple[Fee, ...], list[str]]:
    """A line each: `Phí : 50.000 Đồng (…)`. "Phí : không Đồng" is free in words."""
    fees: list[Fee] = []
    reasons = []
    for line in re.split(r"\n(?=(?:Lệ phí|Phí)\s*:)", text.strip()):
        match = _FEE_LINE.match(line)
        if not match:
            continue
        price = "Miễn phí" if match["price"].lower() in ("không đồng", "không") else match["price"]
        found, why = read_fee(
            FeeCell(price=price, note=one_line(match["note"] or ""), description=description)
        )
        kind = "fee" if match["kind"] == "Phí" else "charge"
        fees += [fee.model_copy(update={"kind": kind}) for fee in found]
        reasons += [why] if why else []
    return tuple(fees), reasons


def read_channels(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    channels, doubts = [], []
    for row in rows:
        how = _HOW.get(row.get("hinh_thuc", "").strip())
        if how is None:
            doubts.append(Doubt(field="channels", reason="not a known channel", raw=row.get("hinh_thuc", "")))
            continue
        description = field(row.get("mo_ta", ""))
        column = row.get("thoi_han_giai_quyet", "").strip()
        limit, why = read_limit(column, description)
        fees, reasons = _fees(row.get("phi_le_phi", ""), description)
        if why:
            doubts.append(
                Doubt(
                    field=f"channels.{how.value}.time_limit",
                    reason=why,
                    raw=f"{column} | {description}"[:300],
                )
            )
        doubts += [
            Doubt(field=f"channels.{how.value}.fees", reason=reason, raw=row["phi_le_phi"][:300])
            for reason in reasons
        ]
        channels.append(SubmissionChannel(how=how, time_limit=limit, fees=fees, note=description))
    return tuple(channels), doubts


def _dossier(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[DossierCase, ...], tuple[str, ...]]:
    items, notes = [], []
    for row in rows:
        name = one_line(field(row.get("ten_giay_to", "")))
        counts = _COUNTS.search(row.get("ghi_chu", ""))
        originals, copies = (int(counts[1]), int(counts[2])) if counts else (None, None)
        if not name:
            continue
        if is_explanation(name, originals, copies):
            notes.append(tidy(name))
            continue
        if originals == 0 and copies == 0:  # a paper of which none is asked: the counts were never filled in
            originals = copies = None
        file = one_line(row.get("so_luong", ""))
        items.append(
            DossierItem(
                name=tidy(name), originals=originals, copies=copies, form=Form(file=file) if file else None
            )
        )
    return ((DossierCase(items=tuple(items)),) if items else ()), tuple(dict.fromkeys(notes))


def _issued(text: str) -> date | None:
    match = _DAY.fullmatch(text.strip())
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def _number(row: Mapping[str, str]) -> str | None:
    """The sign; where only its first part was entered ("12"), the whole one from the title that begins with it."""
    sign, title = row.get("so_ky_hieu", "").strip(), row.get("trich_yeu", "")
    whole = number_in(sign)
    if whole or not sign:
        return whole
    if re.fullmatch(r"\d+/\d{4}/[A-ZĐ\d/-]+", sign):
        return sign
    head = re.search(rf"\bsố\s+({re.escape(sign)}/\S+)", title) if sign.isdigit() else None
    return number_in(head[1]) if head else None


def read_legal(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[LegalBasis, ...], list[Doubt]]:
    bases: dict[str, LegalBasis] = {}
    doubts = []
    for row in rows:
        number = _number(row)
        if number is None:
            raw = f"{row.get('so_ky_hieu', '')} | {row.get('trich_yeu', '')}"
            doubts.append(Doubt(field="legal_basis", reason="no number that can be read", raw=raw[:200]))
            continue
        bases.setdefault(
            number,
            LegalBasis(
                number=number,
                title=one_line(row.get("trich_yeu", "")),
                issued=_issued(row.get("ngay_ban_hanh", "")),
                issuer=one_line(row.get("co_quan_ban_hanh", "")) or issuer_of(number),
            ),
        )
    return tuple(bases.values()), doubts


def parse(data: Mapping[str, Any], *, fetched: date | None = None) -> Procedure:
    """The record of one exported file.

    Raises:
        BadRecord: it has no valid code or title, or parts that are not of the export's shape.
    """
    meta, content, tables = _part(data, "metadata"), _part(data, "content"), _part(data, "tables")
    texts = {key: str(value or "") for key, value in {**meta, **content}.items()}
    channels, doubts = read_channels(_rows(tables, "hinh_thuc_nop"))
    dossier, notes = _dossier(_rows(tables, "thanh_phan_ho_so"))
    bases, legal_doubts = read_legal(_rows(tables, "can_cu_phap_ly"))
    levels, unknown = people.levels(texts.get("cấp_thực_hiện", ""))
    doubts += legal_doubts + [Doubt(field="levels", reason="not a known level", raw=name) for name in unknown]
    decision = texts.get("số_quyết_định", "")
    record: dict[str, Any] = {
        "code": texts.get("mã_thủ_tục", ""),
        "title": one_line(texts.get("tên_thủ_tục", "")),
        "levels": levels,
        "field": one_line(field(texts.get("lĩnh_vực", ""))),
        "subjects": people.subjects(texts.get("đối_tượng_thực_hiện", "")),
        "agency": one_line(
            field(texts.get("cơ_quan_thực_hiện", "")) or field(texts.get("cơ_quan_có_thẩm_quyền", ""))
        ),
        "receiving_places": paragraphs(texts.get("địa_chỉ_tiếp_nhận_hs", "")),
        "channels": channels,
        "dossier": dossier,
        "dossier_notes": notes,
        "steps": paragraphs(texts.get("trình_tự_thực_hiện", "")),
        "conditions": paragraphs(texts.get("yêu_cầu_điều_kiện_thực_hiện", "")),
        "results": paragraphs(texts.get("kết_quả_thực_hiện", "")),
        "legal_basis": bases,
        "decision": number_in(decision) or ("" if is_empty(decision) else one_line(decision)),
        "ministry": people.ministry("bo-quoc-phong"),
        "deadlines": citizen_deadlines(
            texts.get("yêu_cầu_điều_kiện_thực_hiện", ""), texts.get("trình_tự_thực_hiện", "")
        ),
        "doubts": tuple(doubts),
        "provenance": Provenance(
            source=SOURCE,
            fetched=fetched,
            sha256=hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
        ),
    }
    with first_fault():
        return Procedure(**record)

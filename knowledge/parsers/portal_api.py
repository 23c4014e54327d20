"""A detail answer of the portal's 2026 JSON API → a `Procedure`; its keys are undocumented, so each may be missing.

The figures come in fields of their own, but the same faults as on the page: `value: 0` beside a note that states an
amount, a time whose unit is OTHER. They pass the same rules (`fees`, `limits`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from knowledge.checked import first_fault
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Doubt,
    Fee,
    Form,
    How,
    LegalBasis,
    Level,
    Procedure,
    Provenance,
    SubmissionChannel,
    normalise_code,
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

SOURCE = "Cổng Dịch vụ công quốc gia"
PAGE = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/{id}"
_HOW = {"ONLINE": How.ONLINE, "DIRECT": How.DIRECT, "POSTAL": How.POST}
_UNITS = {
    "WORKING_DAY": "Ngày làm việc", "DAY": "Ngày", "WORKING_HOUR": "Giờ làm việc", "HOUR": "Giờ", "MONTH": "Tháng",
    "YEAR": "Năm",
}  # fmt: skip
_LEVELS = {"isMinistry": Level.MINISTRY, "isProvince": Level.PROVINCE, "isWard": Level.COMMUNE}
_CURRENCIES = {"VND": "VNĐ", "VNĐ": "VNĐ", "": "VNĐ"}
_KINDS = {"FEE": "fee", "PHI": "fee", "CHARGE": "charge", "LE_PHI": "charge"}
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")

Data = Mapping[str, Any]


def looks_like(data: Data) -> bool:
    found = _inner(data)
    return "executionMethods" in found or "executionCases" in found or data.get("source") == "portal_api"


def _inner(line: Data) -> Data:
    """The answer in a line as `motcua fetch` keeps it, or the line itself."""
    inner = line.get("data")
    return inner if isinstance(inner, Mapping) else line


def _text(value: object) -> str:
    """Text of a text, a number, or an object with a name; HTML loses its tags, scripts with their content."""
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("value") or ""
    if value is None or isinstance(value, list | bool):
        return ""
    text = str(value)
    if _TAG.search(text):
        tree = LexborHTMLParser(re.sub(r"(?i)<br\s*/?>|</(?:p|li|div|tr)>", "\n", text))
        tree.strip_tags(["script", "style"])
        text = tree.text()
    return text.replace("\xa0", " ").strip()


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for one in values if (text := one_line(field(_text(one)))) and not is_empty(text)]


def _rows(data: Data, name: str) -> list[Data]:
    rows = data.get(name) or []
    if not isinstance(rows, list):
        raise BadRecord(f"{name}: a list is expected, not {type(rows).__name__}")
    return [row for row in rows if isinstance(row, Mapping)]


def _number(value: object) -> str:
    """A figure as the columns of the page have it: `10`, `2.5`; "" when there is none."""
    if isinstance(value, bool) or value is None:
        return ""
    try:
        return f"{float(str(value)):g}" if float(str(value)) < 1e6 else f"{float(str(value)):.0f}"
    except ValueError:
        return ""


def _column(method: Data) -> str:
    figure = _number(method.get("processingTime"))
    unit = _UNITS.get(str(method.get("processingTimeUnit") or "").upper(), "")
    return " ".join(part for part in (figure, unit) if part)


def _fees(method: Data, description: str) -> tuple[tuple[Fee, ...], list[str]]:
    found: list[Fee] = []
    reasons = []
    for row in _rows(method, "fees"):
        currency = str(row.get("currencyId") or "").upper()
        figure = _number(row.get("value"))
        price = (
            "Miễn phí"
            if figure == "0"
            else f"{figure} {_CURRENCIES.get(currency, currency)}"
            if figure
            else ""
        )
        note = one_line(_text(row.get("description")))
        fees, why = read_fee(FeeCell(price=price, note=note, description=description))
        kind = _KINDS.get(str(row.get("type") or "").upper())
        found += [fee.model_copy(update={"kind": kind or fee.kind}) for fee in fees]
        reasons += [why] if why and why != "not stated" else []
    return tuple(found), reasons


def _channels(data: Data) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    channels: list[SubmissionChannel] = []
    doubts: list[Doubt] = []
    for method in _rows(data, "executionMethods"):
        named = _text(method.get("submissionMethod")).upper()
        how = _HOW.get(named)
        if how is None:
            doubts.append(Doubt(field="channels", reason="not a known channel", raw=named))
            continue
        description = field(_text(method.get("description")))
        column = _column(method)
        limit, why = read_limit(column, description)
        fees, reasons = _fees(method, description)
        where = f"channels.{how.value}"
        if why:
            doubts.append(
                Doubt(field=f"{where}.time_limit", reason=why, raw=f"{column} | {description}"[:300])
            )
        doubts += [
            Doubt(field=f"{where}.fees", reason=reason, raw=str(method["fees"])[:300]) for reason in reasons
        ]
        channels.append(SubmissionChannel(how=how, time_limit=limit, fees=fees, note=description))
    return tuple(channels), doubts


def _count(value: object) -> int | None:
    figure = _number(value)
    return int(float(figure)) if figure else None


def _item(row: Data) -> DossierItem | str:
    """A paper, or the text of a row that is only an explanation."""
    name = one_line(field(_text(row.get("name"))))
    originals, copies = _count(row.get("originalQty")), _count(row.get("copyQty"))
    if is_explanation(name, originals, copies):
        return tidy(name)
    if originals == 0 and copies == 0:  # the counts were never filled in
        originals = copies = None
    files = [
        file for one in _rows(row, "attachments") if (file := _text(one.get("fileName") or one.get("name")))
    ]
    code = _text(row.get("code"))
    form = Form(code=code if files else "", file=", ".join(files)) if files else None
    required = row.get("required")
    return DossierItem(
        name=tidy(name), originals=originals, copies=copies, form=form,
        required=required if isinstance(required, bool) else None,
    )  # fmt: skip


def _dossier(data: Data) -> tuple[tuple[DossierCase, ...], tuple[str, ...]]:
    cases, notes = [], []
    for row in _rows(data, "executionCases"):
        named = [one for one in _rows(row, "profileComponents") if one_line(field(_text(one.get("name"))))]
        found = [_item(one) for one in named]
        notes += [one for one in found if isinstance(one, str)]
        items = tuple(one for one in found if isinstance(one, DossierItem))
        if items:
            cases.append(DossierCase(case=one_line(field(_text(row.get("name")))), items=items))
    if len(cases) == 1 and is_empty(cases[0].case):
        cases = [cases[0].model_copy(update={"case": ""})]
    return tuple(cases), tuple(dict.fromkeys(notes))


def _legal(data: Data) -> tuple[tuple[LegalBasis, ...], list[Doubt]]:
    bases: dict[str, LegalBasis] = {}
    doubts = []
    for row in _rows(data, "legalBasisesDetails"):
        number = number_in(_text(row.get("code"))) or number_in(_text(row.get("name")))
        title = one_line(_text(row.get("name")))
        if number is None:
            doubts.append(Doubt(field="legal_basis", reason="no number that can be read", raw=title[:200]))
            continue
        bases.setdefault(number, LegalBasis(number=number, title=title, issuer=issuer_of(number)))
    return tuple(bases.values()), doubts


def _steps(data: Data) -> str:
    """Steps as one text in their order: `name: description`, a line each."""
    rows = [
        (one_line(_text(row.get("name"))), _text(row.get("description")))
        for row in _rows(data, "executionSteps")
    ]
    return "\n".join(": ".join(part for part in row if part) for row in rows)


def _fetched(data: Data, given: date | None) -> date | None:
    try:
        return given or date.fromisoformat(str(data.get("fetched") or ""))
    except ValueError:
        return None


def _plain_fields(data: Data) -> dict[str, Any]:
    code = _text(data.get("code"))
    agencies: Iterable[str] = _texts(data.get("departmentsExecuting")) or _texts(
        data.get("departmentsAuthority")
    )
    conditions = _text(data.get("requirementsAndConditions"))
    decision = _text(data.get("decisionNo"))
    return {
        "code": code,
        "raw_code": code if normalise_code(code) != code else "",
        "title": one_line(_text(data.get("name"))),
        "levels": tuple(level for flag, level in _LEVELS.items() if data.get(flag) is True),
        "field": next(iter(_texts(data.get("category"))), ""),
        "subjects": tuple(s for one in _texts(data.get("subjectTypesDetails")) for s in people.subjects(one)),
        "agency": ", ".join(agencies),
        "receiving_places": tuple(_texts(data.get("dossierReceivingAddresses"))),
        "steps": paragraphs(_steps(data)),
        "conditions": paragraphs(conditions),
        "results": tuple(_texts(data.get("resultsDetails"))),
        "decision": number_in(decision) or ("" if is_empty(decision) else one_line(decision)),
        "portal_url": PAGE.format(id=_text(data.get("id"))) if data.get("id") else "",
        "deadlines": citizen_deadlines(conditions, _steps(data)),
    }


def parse(line: Data, *, fetched: date | None = None) -> Procedure:
    """The record of one detail answer, bare (`{"code": …, "executionMethods": …}`) or as `motcua fetch` keeps it.

    Raises:
        BadRecord: it has no valid code or title, or a list is something else.
    """
    data = _inner(line)
    record = _plain_fields(data)
    record["channels"], doubts = _channels(data)
    record["dossier"], record["dossier_notes"] = _dossier(data)
    record["legal_basis"], legal_doubts = _legal(data)
    record["doubts"] = (*doubts, *legal_doubts)
    record["provenance"] = Provenance(
        source=SOURCE,
        url=record["portal_url"],
        fetched=_fetched(line, fetched),
        method="json",
        sha256=hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
    )
    with first_fault():
        return Procedure(**record)

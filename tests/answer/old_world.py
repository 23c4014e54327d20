"""A small world in which content of several times lies side by side: made records, resolved as read ones are.

Codes, titles and figures are made up, apart from the plans of 2020 and 2026, which are our packs'. Every figure of an
old record stands in no record of today, so that an answer that uses one is seen.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.answer.context import VIETNAM
from bot.answer.service import Answerer
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Fee,
    How,
    Plan,
    Procedure,
    Provenance,
    Quantity,
    Relation,
    RelationKind,
    SubmissionChannel,
    TimeUnit,
    Validity,
    ValidityState,
)
from knowledge.packs_loader import load_areas, load_plans
from knowledge.validity import resolve
from tests.answer.world import SURE, acts

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=VIETNAM)
DA_NANG = "da-nang"
CHANGE = date(2025, 6, 30)
# In a dozen records with no wordings little is sure; what is tested is what is said, not which is found.
BOLD = {name: weights | {"answer": 0.02, "clarify": 0.01} for name, weights in SURE.items()}


def made(code: str, title: str, fee: int, days: int, *papers: str, **changes: Any) -> Procedure:
    channel = SubmissionChannel(
        how=How.DIRECT,
        time_limit=Quantity(value=days, unit=TimeUnit.WORKING_DAY),
        fees=(Fee(amount=fee),),
    )
    dossier = DossierCase(items=tuple(DossierItem(name=paper) for paper in papers))
    fields: dict[str, Any] = {
        "code": code, "title": title, "channels": (channel,), "dossier": (dossier,), "field": title,
    }  # fmt: skip
    return Procedure(**fields | changes)


def past(start: str) -> dict[str, Any]:
    """As a handbook of before July 2025 is read."""
    ended = Validity(
        state=ValidityState.SUPERSEDED, start=date.fromisoformat(start), end=CHANGE,
        by="sắp xếp đơn vị hành chính từ 01/07/2025",
    )  # fmt: skip
    return {"validity": ended, "variant": "truoc-2025-07", "area": DA_NANG}


def since(start: str) -> Validity:
    return Validity(state=ValidityState.IN_FORCE, start=date.fromisoformat(start))


HOUSE, WORK, PAVEMENT, PARKING = "9.100001", "9.100002", "9.100003", "9.100004"
POOR, CARD, WELL, FOREST, BOAT = "9.100005", "9.100006", "9.100007", "9.100008", "9.100009"


def read() -> list[Procedure]:
    """Everything that was read, as it was read."""
    house, work = "Cấp biển số nhà", "Cấp giấy phép lao động cho người nước ngoài"
    card, well, boat = "Cấp thẻ thư viện số", "Đăng ký khoan giếng", "Đăng kiểm thuyền thúng"
    return [
        made(HOUSE, house, 51000, 17, "Tờ trình của phường cũ", decision="1404/QĐ-UBND", **past("2023-07-04")),
        made(HOUSE, house, 21000, 3, "Đơn đề nghị", area=DA_NANG, decision="77/QĐ-UBND", validity=since("2025-09-01")),
        made(WORK, work, 613000, 19, "Hộ khẩu giấy", decision="900/QĐ-UBND", **past("2023-02-01")),
        made(WORK, work, 400000, 5, "Hộ chiếu", decision="12/QĐ-BNV"),
        made(
            PAVEMENT, "Cấp phép thi công vỉa hè", 137000, 9, "Bản vẽ vỉa hè", decision="5013/QĐ-UBND",
            **past("2024-01-15"),
        ),
        Procedure(
            code=PARKING, title="Cấp phép bãi giữ xe tạm thời", area=DA_NANG, listed_only=True, field="Giao thông",
            decision="2112/QĐ-UBND",
        ),
        made(POOR, "Xác nhận hộ khó khăn đột xuất", 0, 23, "Đơn xin xác nhận", decision="31/QĐ-BYT"),
        made(CARD, card, 11000, 6, "Ảnh chân dung", decision="41/QĐ-BVH", validity=since("2024-05-01")),
        made(CARD, card, 71000, 2, "Tài khoản định danh", decision="88/QĐ-BVH", validity=since("2027-03-01")),
        made(WELL, well, 150000, 8, "Sơ đồ giếng", decision="3/QĐ-BNN"),
        made(WELL, well, 190000, 8, "Sơ đồ giếng", decision="4/QĐ-BNN"),
        made(FOREST, "Cấp phép khai thác củi khô", 33000, 4, "Bảng kê", decision="6/QĐ-BNN", area="quang-tri"),
        made(BOAT, boat, 45000, 10, "Giấy tờ thuyền", decision="8/QĐ-BXD"),
        made(BOAT, boat, 29000, 10, "Giấy tờ thuyền", decision="9/QĐ-UBND", area="quang-tri"),
    ]  # fmt: skip


def decisions() -> list[Plan]:
    def one(number: str, area: str, day: str, kind: RelationKind, code: str) -> Plan:
        return Plan(
            id=number.lower().replace("/", "-").replace("đ", "d"), number=number, type="Quyết định", area=area,
            title=f"Công bố thay đổi theo {number}", issued=date.fromisoformat(day),
            relations=(Relation(kind=kind, codes=(code,)),), provenance=Provenance(source="made"),
        )  # fmt: skip

    return [
        one("510/QĐ-BYT", "", "2026-03-01", RelationKind.REPEALS, POOR),
        one("620/QĐ-UBND", "quang-tri", "2026-06-01", RelationKind.AMENDS, FOREST),
    ]


@cache
def answerer() -> Answerer:
    resolved = resolve(read(), [*decisions(), *load_plans()])
    return answering(resolved.procedures, resolved.plans)


def answering(procedures: Sequence[Procedure], plans: Sequence[Plan]) -> Answerer:
    home = Path(tempfile.mkdtemp(prefix="motcua-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    knowledge = Knowledge(procedures=procedures, plans=plans, areas=load_areas())
    build(knowledge, home=home, encoder=HashEncoder())
    folder = current(home)
    assert folder is not None
    snapshot = Snapshot(folder)
    snapshot.manifest = snapshot.manifest.model_copy(update={"confidence": BOLD})
    return Answerer(Search(snapshot, HashEncoder()), Areas.from_pack(), acts())

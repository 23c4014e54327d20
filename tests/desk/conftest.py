"""The database fixtures of tests/gateway, and a small office to route to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from desk.models import Consent, NewReport
from desk.routing import Router
from tests.gateway.conftest import NOW, dsn, empty_dsn, home, now, pool, postgres

__all__ = ["dsn", "empty_dsn", "home", "now", "pool", "postgres"]

CATEGORIES = [
    {"id": "duong", "name": "Đường sá", "examples": ["ổ gà"], "keywords": ["ổ gà", "mặt đường", "vỉa hè"]},
    {"id": "den", "name": "Chiếu sáng", "keywords": ["đèn", "đèn đường"]},
    {"id": "rac", "name": "Rác thải", "keywords": ["rác", "bãi rác"], "needs": ["where"]},
]
RULES = [
    {
        "category": "duong",
        "when": {"any": ["quốc lộ", "tỉnh lộ"]},
        "unit_role": "so-xay-dung",
        "reason": "Đường do tỉnh quản lý.",
        "second_role": "phong-kinh-te",
        "confidence": "sure",
    },
    {
        "category": "duong",
        "unit_role": "phong-kinh-te",
        "reason": "Đường trong xã.",
        "second_role": "khong-co",
    },
    {
        "category": "den",
        "unit_role": "phong-kinh-te",
        "reason": "Xã lo chiếu sáng.",
        "second_role": "phong-kinh-te",
    },
    {"category": "rac", "unit_role": "moi-truong", "reason": "Rác thải."},
]
UNITS = {
    "lam-dong": [
        {"id": "lam-dong-so-xay-dung", "name": "Sở Xây dựng Lâm Đồng", "area": "lam-dong"},
        {"id": "lam-dong-phan-loai", "name": "Văn phòng UBND tỉnh Lâm Đồng", "area": "lam-dong"},
    ],
    "lam-dong-bac-binh": [{"id": "lam-dong-bac-binh-phong-kinh-te", "name": "Phòng Kinh tế xã Bắc Bình"}],
    "chung": [
        {"id": "chung-phong-kinh-te", "name": "Phòng Kinh tế nơi bạn ở"},
        {"id": "chung-phan-loai", "name": "Trung tâm Phục vụ hành chính công nơi bạn ở"},
    ],
}


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    (tmp_path / "routing").mkdir()
    (tmp_path / "units").mkdir()
    for name, rows in {"categories": CATEGORIES, "rules": RULES}.items():
        (tmp_path / "routing" / f"{name}.yml").write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    for name, units in UNITS.items():
        (tmp_path / "units" / f"{name}.json").write_text(json.dumps(units), "utf-8")
    return tmp_path


@pytest.fixture
def router(packs: Path) -> Router:
    return Router.from_packs(packs)


@pytest.fixture
def report() -> NewReport:
    return NewReport(
        what="Mặt đường tỉnh lộ có ổ gà rất sâu",
        where="trước chợ Lương Sơn",
        when="từ đầu tháng",
        contact="Nguyễn Văn A, 0900 000 000",
        area="lam-dong/bac-binh",
        consent=Consent(version="1", text_id="report", at=NOW, channel="web", message_id="m1"),
    )

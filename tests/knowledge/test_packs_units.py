"""Units and routing data: ids by the convention, no invented contacts, every role reachable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.routing import Router
from knowledge.areas import Areas
from knowledge.documents import Level, Unit
from knowledge.packs_loader import PACKS, load_units

UNITS = {unit.id: unit for unit in load_units()}
AREAS = Areas.from_pack()
ROUTING = PACKS / "routing"
CATEGORY_IDS = [
    "duong-giao-thong", "den-chieu-sang", "rac-moi-truong", "ngap-thoat-nuoc", "cay-xanh", "dien", "nuoc-sach",
    "tieng-on", "an-ninh-trat-tu", "lan-chiem-via-he", "xay-dung-trai-phep", "dat-dai", "thai-do-can-bo",
    "ho-so-cham", "dich-vu-cong-truc-tuyen", "y-te", "giao-duc", "an-toan-thuc-pham", "tro-cap-an-sinh",
    "quy-dinh-bat-hop-ly", "vien-thong-lua-dao", "lao-dong", "xang-dau-hang-hoa", "rung-khoang-san",
    "thuy-loi-nong-nghiep", "vat-nuoi", "van-tai", "xe-qua-tai", "giay-to-cong-an", "quang-cao-truyen-thanh",
    "du-lich", "tra-loi-phan-anh", "nha-chung-cu", "di-tich-van-hoa", "khac",
]  # fmt: skip


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


CATEGORIES = _yaml(ROUTING / "categories.yml")
RULES = _yaml(ROUTING / "rules.yml")
OWNERS = _yaml(ROUTING / "owners.yml")


@pytest.mark.parametrize("unit", UNITS.values(), ids=lambda unit: unit.id)
def test_a_unit_is_placed_and_says_what_it_does(unit: Unit) -> None:
    prefix = unit.area.replace("/", "-") or "chung"
    assert re.fullmatch(rf"{prefix}-[a-z0-9-]+", unit.id)
    assert unit.does
    assert not unit.area or unit.area in AREAS
    assert not unit.parent or unit.parent in UNITS


def test_no_contact_is_stated_that_no_source_gives() -> None:
    for unit in UNITS.values():
        assert not (unit.channels.phone or unit.channels.address or unit.channels.mail), unit.id
        assert unit.channels.web in {"", "https://bacbinh.lamdong.gov.vn/"}


def test_no_district_office() -> None:
    assert all(unit.level is not Level.DISTRICT and "huyện" not in unit.name for unit in UNITS.values())


def test_every_area_and_the_rest_of_the_country_have_people_who_sort() -> None:
    for prefix in ["chung", *(area.slug.replace("/", "-") for area in AREAS)]:
        assert f"{prefix}-phan-loai" in UNITS


def test_merged_departments_name_what_they_replaced() -> None:
    assert "Sở Giao thông vận tải tỉnh Lâm Đồng cũ" in UNITS["lam-dong-so-xay-dung"].successor_of
    assert "Sở Kế hoạch và Đầu tư tỉnh Đắk Lắk cũ" in UNITS["dak-lak-so-tai-chinh"].successor_of


def test_categories_are_the_agreed_ones_and_usable() -> None:
    assert [category["id"] for category in CATEGORIES] == CATEGORY_IDS
    for category in CATEGORIES:
        assert set(category) == {"id", "name", "examples", "keywords", "needs"}
        if category["id"] != "khac":
            assert len(category["examples"]) >= 4, category["id"]
            assert len(category["keywords"]) >= 5, category["id"]
        assert category["needs"]


def test_no_keyword_belongs_to_two_categories() -> None:
    keywords = [keyword.lower() for category in CATEGORIES for keyword in category["keywords"]]
    assert len(keywords) == len(set(keywords))


@pytest.mark.parametrize("rule", [*RULES, *OWNERS], ids=lambda rule: rule.get("category") or rule["id"])
def test_a_rule_leads_to_an_office_everywhere(rule: dict[str, Any]) -> None:
    assert {*rule.get("of", ()), *([rule["category"]] if "category" in rule else ())} <= {*CATEGORY_IDS}
    if "unit_role" not in rule:  # it names the topic; whose it is decides
        return
    assert rule.get("confidence", "likely") in {"sure", "likely", "triage"}
    assert rule["reason"].endswith(".")
    for role in filter(None, (rule["unit_role"], rule.get("second_role", ""))):
        assert f"chung-{role}" in UNITS, role


def test_every_category_has_a_general_rule() -> None:
    general = [rule["category"] for rule in RULES if not rule.get("when")]
    assert sorted(general) == sorted(CATEGORY_IDS)


def test_where_ownership_differs_a_rule_is_not_sure_of_itself() -> None:
    by_category = {rule["category"]: rule for rule in RULES if not rule.get("when")}
    for category in ("ngap-thoat-nuoc", "cay-xanh"):
        assert by_category[category]["confidence"] != "sure"
        assert by_category[category]["second_role"]
    for category in ("den-chieu-sang", "duong-giao-thong"):
        assert "unit_role" not in by_category[category]


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.from_packs()


@pytest.mark.parametrize(
    ("what", "where", "area", "category", "unit"),
    [
        ("Ổ gà to giữa đường", "quốc lộ 28", "lam-dong/bac-binh", "duong-giao-thong", "lam-dong-so-xay-dung"),
        ("o ga truoc nha", "thon 3", "dak-lak", "duong-giao-thong", "chung-kinh-te"),
        ("Đường lún sâu", "cạnh chợ", "lam-dong/bac-binh", "duong-giao-thong", "lam-dong-bac-binh-phan-loai"),
        ("đèn đường hỏng", "hẻm 12", "quang-tri", "den-chieu-sang", "chung-kinh-te"),
        ("den duong tat", "chung cu A", "dak-lak", "den-chieu-sang", "chung-ban-quan-tri-chung-cu"),
        ("đèn đường không sáng", "tỉnh lộ 1", "dak-lak", "den-chieu-sang", "dak-lak-so-xay-dung"),
        ("rác không ai gom", "", "lam-dong/bac-binh", "rac-moi-truong", "lam-dong-bac-binh-kinh-te"),
        ("mưa là ngập nửa bánh xe", "", "", "ngap-thoat-nuoc", "chung-kinh-te"),
        ("cây to sắp đổ vào dây điện", "", "quang-tri", "cay-xanh", "chung-dien-luc"),
        ("mất điện từ sáng", "", "", "dien", "chung-dien-luc"),
        ("nước máy đục ngầu", "", "dak-lak", "nuoc-sach", "chung-cap-nuoc"),
        ("nhà bên hát karaoke khuya", "", "lam-dong/bac-binh", "tieng-on", "lam-dong-bac-binh-cong-an-xa"),
        ("quán nhậu lấn chiếm vỉa hè", "", "dak-lak", "lan-chiem-via-he", "chung-kinh-te"),
        ("cán bộ cộc lốc", "", "lam-dong/bac-binh", "thai-do-can-bo", "lam-dong-bac-binh-pvhcc"),
        ("hồ sơ quá hẹn 10 ngày", "", "lam-dong/bac-binh", "ho-so-cham", "lam-dong-bac-binh-pvhcc"),
        ("thủ tục rườm rà quá", "", "dak-lak", "quy-dinh-bat-hop-ly", "dak-lak-van-phong-ubnd"),
        ("có con mèo lạ", "", "lam-dong", "khac", "lam-dong-phan-loai"),
        ("", "", "", "khac", "chung-phan-loai"),
    ],
)
def test_where_a_report_goes(
    router: Router, what: str, where: str, area: str, category: str, unit: str
) -> None:
    route = router.route(what, where=where, area=area)
    assert (route.category, route.unit_id) == (category, unit)
    assert route.reason


def test_each_category_is_reached_by_most_of_its_own_examples(router: Router) -> None:
    for category in CATEGORIES:
        found = [router.route(example).category == category["id"] for example in category["examples"]]
        assert sum(found) * 2 >= len(found), category["id"]

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk.routing import Router, Said
from knowledge.errors import BadRecord

BAC_BINH = "lam-dong/bac-binh"


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Đèn đường hỏng", "đèn", True),
        ("den duong hong", "đèn", True),
        ("Tôi đến xã", "đèn", False),
        ("toi den xa", "đèn", True),  # without marks nobody can tell: the rules' order decides
        ("ĐÈN ĐƯỜNG", "đèn đường", True),
        ("đèn đuờng hỏng", "đèn đường", True),
        ("ổ gàng", "ổ gà", False),
        ("xe độ chở gỗ", "xe đò", False),
        ("đồ đạc mốc meo", "đo đạc", False),
        ("đỗ rác bừa", "đổ rác", True),
        ("xe do cho go", "xe đò", True),
        ("rac thai", "rác", True),
        ("rắc rối", "rác", False),
        ("", "rác", False),
        ("rác", "", False),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, phrase: str, found: bool) -> None:
    assert Said(text).has(phrase) is found


def test_the_first_rule_whose_phrase_is_said_decides(router: Router) -> None:
    route = router.route("Ổ gà trên tỉnh lộ 716", area=BAC_BINH)
    assert (route.unit_id, route.confidence, route.category) == ("lam-dong-so-xay-dung", "sure", "duong")
    assert (route.second_choice, route.second_name) == (
        "lam-dong-bac-binh-phong-kinh-te",
        "Phòng Kinh tế xã Bắc Bình",
    )
    assert route.reason == "Đường do tỉnh quản lý."
    assert route.category_name == "Đường sá"


@pytest.mark.parametrize(
    ("area", "unit"),
    [
        (BAC_BINH, "lam-dong-bac-binh-phong-kinh-te"),
        ("lam-dong", "chung-phong-kinh-te"),
        ("", "chung-phong-kinh-te"),
        ("quang-tri", "chung-phong-kinh-te"),
    ],
)
def test_a_place_without_its_own_office_uses_the_one_above(router: Router, area: str, unit: str) -> None:
    route = router.route("den duong bi hong", area=area)
    assert route.unit_id == unit
    assert route.second_choice == ""  # the same office twice is no choice


def test_where_the_provinces_own_office_is_not_known_the_second_one_of_the_province_gets_it(
    packs: Path,
) -> None:
    units = json.loads((packs / "units" / "chung.json").read_text("utf-8"))
    units.append({"id": "chung-moi-truong", "name": "Sở của tỉnh", "level": "province"})
    (packs / "units" / "chung.json").write_text(json.dumps(units), "utf-8")
    rules = (packs / "routing" / "rules.yml").read_text("utf-8")
    named = rules.replace("reason: Rác thải.", "reason: Rác thải.\n  second_role: so-xay-dung")
    for text, unit in ((rules, "lam-dong-phan-loai"), (named, "lam-dong-so-xay-dung")):
        (packs / "routing" / "rules.yml").write_text(text, "utf-8")
        own = json.loads((packs / "units" / "lam-dong.json").read_text("utf-8"))
        own[0]["level"] = "province"
        (packs / "units" / "lam-dong.json").write_text(json.dumps(own), "utf-8")
        assert Router.from_packs(packs).route("rác đầy", area="lam-dong").unit_id == unit


def test_keywords_choose_the_category_when_no_phrase_does(router: Router) -> None:
    assert router.route("vỉa hè lún", area=BAC_BINH).category == "duong"


def test_what_happened_decides_before_where(router: Router) -> None:
    route = router.route("Đèn đường hỏng", where="cạnh tỉnh lộ", area=BAC_BINH)
    assert route.category == "den"
    assert router.route("Hư hỏng nặng", where="mặt đường thôn 2", area=BAC_BINH).category == "duong"


@pytest.mark.parametrize("text", ["Tôi có việc muốn nói", "Rác đầy mặt", "đèn với lại rác", "", "🙂"])
def test_anything_unsure_goes_to_people_who_sort(router: Router, text: str) -> None:
    route = router.route(text, area="lam-dong")
    if "Rác" in text:
        assert route.category == "rac"  # its office is in no pack
    assert route.unit_id == "lam-dong-phan-loai"
    assert route.confidence == "triage"
    assert route.reason


def test_a_category_chosen_before_is_kept(router: Router) -> None:
    assert router.route("nó hỏng rồi", category="den").unit_id == "chung-phong-kinh-te"
    unknown = router.route("nó hỏng rồi", category="la-lung")
    assert (unknown.category, unknown.unit_id) == ("khac", "chung-phan-loai")


def test_without_any_pack_there_is_still_someone(tmp_path: Path) -> None:
    route = Router(categories=[], rules=[], units=[]).route("gì cũng được")
    assert route.unit_id == "chung-phan-loai"
    assert route.unit_name


@pytest.mark.parametrize("text", ["- {unit_role: x}", "nope: [", "3", "- [1]"])
def test_a_damaged_file_is_named(packs: Path, text: str) -> None:
    (packs / "routing" / "rules.yml").write_text(text)
    with pytest.raises(BadRecord, match="rules.yml"):
        Router.from_packs(packs)


def test_categories_are_listed_for_forms(router: Router) -> None:
    assert [category.id for category in router.categories] == ["duong", "den", "rac"]

from importlib.util import find_spec

import pytest

from knowledge.areas import Areas
from knowledge.gazetteer import Gazetteer, gazetteer
from knowledge.gazetteer.build import commune_slugs, data_folder, gather, slug_of


@pytest.fixture(scope="module")
def places() -> Gazetteer:
    return gazetteer()


def test_the_country_has_34_provinces_and_3321_communes(places: Gazetteer) -> None:
    assert (len(places.provinces), len(places.communes)) == (34, 3321)
    assert len(places.by_slug) == 34 + 3321, "every slug is one place"


def test_the_counts_of_three_provinces_are_those_of_the_law(places: Gazetteer) -> None:
    inside = [place.slug.partition("/")[0] for place in places.communes]
    assert {slug: inside.count(slug) for slug in ("dak-lak", "lam-dong", "quang-tri")} == {
        "dak-lak": 102, "lam-dong": 124, "quang-tri": 78,
    }  # fmt: skip


def test_two_packages_agree_on_the_places_of_today(places: Gazetteer) -> None:
    other = pytest.importorskip("vietnam_provinces")
    ours = {(place.slug.partition("/")[0], slug_of(place.name, whole=True)) for place in places.communes}
    provinces = {int(p.code): p.name for p in other.Province.iter_all()}
    theirs = {
        (slug_of(provinces[int(w.province_code)]), slug_of(w.name, whole=True))
        for w in other.Ward.iter_all()
    }  # fmt: skip
    assert ours == theirs


@pytest.mark.skipif(find_spec("vietnamadminunits") is None, reason="a development package")
def test_the_pack_is_what_the_package_says_today(places: Gazetteer) -> None:
    made = gather(data_folder())
    assert [slug for _, slug, _ in made["communes"]] == [place.slug for place in places.communes]


@pytest.mark.parametrize(
    ("text", "slug", "exists"),
    [
        ("huyện Krông Búk", "dak-lak", False),
        ("UBND huyen krong buk", "dak-lak", False),
        ("Phú Yên", "dak-lak", False),
        ("tỉnh hoa binh", "phu-tho", False),
        ("thị xã Buôn Hồ", "dak-lak", False),
        ("đặc khu Phú Quý", "lam-dong/phu-quy", True),
        ("xã Bắc Bình", "lam-dong/bac-binh", True),
        ("xã Hòa Bắc, huyện Hòa Vang", "da-nang/hai-van", False),
        ("phường 5, quận 3", "ho-chi-minh/ban-co", False),
        ("Thừa Thiên Huế", "hue", True),
        ("tp hcm", "ho-chi-minh", True),
        ("Bà Rịa - Vũng Tàu", "ho-chi-minh", False),
        ("quận Hải Châu", "da-nang", False),
    ],
)
def test_a_name_of_then_leads_to_the_place_of_today(
    places: Gazetteer, text: str, slug: str, exists: bool
) -> None:
    first = places.find(text)[0]
    assert (first.slug, first.exists) == (slug, exists)


@pytest.mark.parametrize(
    "text",
    [
        "hue hong", "TT 04/2025", "quản lý xã hội", "phương án", "thị trường", "cho xã", "quan 7 gio", "",
        "tôi tân tiến", "thông tin bình thường",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_places(places: Gazetteer, text: str) -> None:
    assert [n for n in places.find(text) if n.said != "quan 7"] == []


def test_a_name_that_several_places_bear_is_left_open_until_a_province_is_named(places: Gazetteer) -> None:
    alone = places.find("xã Tân Thành")[0]
    assert (alone.today, alone.slug) == ((), "")
    near = places.find("xã Lương Sơn, huyện Bắc Bình")[0]
    assert near.slug == "lam-dong/luong-son"
    assert places.find("xã Lương Sơn", within="lam-dong/bac-binh")[0].slug == "lam-dong/luong-son"


def test_a_divided_district_is_the_communes_it_became(places: Gazetteer) -> None:
    assert {place.name for place in places.find("huyện Krông Búk")[0].today} == {
        "Xã Krông Búk", "Xã Cư Pơng", "Xã Pơng Drang",
    }  # fmt: skip


def test_slugs_tell_namesakes_apart() -> None:
    assert commune_slugs(["Phường Mỹ Tho", "Xã Mỹ Thọ", "Xã A Lưới 1"]) == [
        "phuong-my-tho",
        "xa-my-tho",
        "a-luoi-1",
    ]
    assert slug_of("Thành phố Hồ Chí Minh") == "ho-chi-minh"


def test_areas_know_the_whole_country_and_serve_their_own() -> None:
    areas = Areas.from_pack()
    assert areas.get("da-nang").name == "Thành phố Đà Nẵng"
    assert areas.find("xã Cư Pơng") == "dak-lak/cu-pong"
    assert areas.find("quận Hải Châu") is None
    elsewhere = areas.elsewhere("kế hoạch của quận Hải Châu")
    assert elsewhere is not None and elsewhere.slug == "da-nang"
    assert areas.elsewhere("kế hoạch của Đắk Lắk") is None
    assert areas.elsewhere("từ Hà Nội về Đắk Lắk") is None

import unicodedata

import pytest

from knowledge.areas import Areas
from knowledge.documents import Area
from knowledge.errors import UnknownArea


@pytest.fixture(scope="module")
def areas() -> Areas:
    return Areas.from_pack()


def test_the_pack_holds_the_three_provinces_and_the_commune(areas: Areas) -> None:
    assert [area.slug for area in areas] == ["dak-lak", "lam-dong", "lam-dong/bac-binh", "quang-tri"]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Sở Xây dựng tỉnh Đắk Lắk", "dak-lak"),
        ("so xay dung dak lak", "dak-lak"),
        ("ĐẮK LẮK", "dak-lak"),
        ("Đắk Lak", "dak-lak"),
        ("tỉnh Phú Yên cũ", "dak-lak"),
        ("Phú Yên nay là Đắk Lắk", "dak-lak"),
        ("ở Bình Thuận", "lam-dong"),
        ("dak nong", "lam-dong"),
        ("xã Bắc Bình tỉnh Lâm Đồng", "lam-dong/bac-binh"),
        ("bac binh", "lam-dong/bac-binh"),
        ("huyện Bắc Bình", "lam-dong"),
        ("Quảng Bình", "quang-tri"),
        (unicodedata.normalize("NFD", "Quảng Trị"), "quang-tri"),
        ("Tuy Hoà", "dak-lak"),
        ("tôi làm đồng bộ dữ liệu", None),
        ("từ Đắk Lắk về Quảng Trị", None),
        ("Hà Nội", None),
        ("", None),
    ],
)
def test_find(areas: Areas, text: str, slug: str | None) -> None:
    assert areas.find(text) == slug


def test_path_and_name_go_through_the_parents(areas: Areas) -> None:
    assert areas.path("lam-dong/bac-binh") == ("lam-dong", "lam-dong/bac-binh")
    assert areas.name("lam-dong/bac-binh") == "Xã Bắc Bình, tỉnh Lâm Đồng"
    assert areas.name("dak-lak") == "Tỉnh Đắk Lắk"


def test_every_area_has_its_parents(areas: Areas) -> None:
    for area in areas:
        assert all(part in areas for part in areas.path(area.slug))


@pytest.mark.parametrize("call", ["get", "path", "name"])
def test_an_unknown_area_is_an_error(areas: Areas, call: str) -> None:
    with pytest.raises(UnknownArea, match="atlantis"):
        getattr(areas, call)("atlantis")


def test_no_areas_find_nothing() -> None:
    assert Areas([]).find("Đắk Lắk") is None
    assert Areas([Area(slug="x", name="Tỉnh X")]).find("tỉnh X") == "x"

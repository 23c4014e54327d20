from __future__ import annotations

import pytest

from desk.places import understood

SERVED = frozenset({"dak-lak", "lam-dong", "quang-tri"})


@pytest.mark.parametrize(
    ("where", "area", "found"),
    [
        ("Chợ Lầu, huyện Bắc Bình cũ", "", "lam-dong/bac-binh"),
        ("Sông Lũy, huyện Bắc Bình", "lam-dong/bac-binh", "lam-dong/song-luy"),
        ("huyện Bắc Bình", "", "lam-dong"),
        ("thi xa Buon Ho", "", "dak-lak"),
        ("Đạ Tẻh", "", "lam-dong/da-teh"),
        ("huyện Quảng Ninh", "", "quang-tri"),  # a district of old, not the province
        ("Đakrông", "", "quang-tri/dakrong"),
        ("Hà Nội", "dak-lak", "dak-lak"),  # not served: nothing is known of it
        ("đường Đồng Hới", "dak-lak", "dak-lak"),
        ("thôn Bình An", "lam-dong/bac-binh", "lam-dong/bac-binh"),
        ("trước chợ Lương Sơn", "lam-dong/bac-binh", "lam-dong/bac-binh"),  # a market may have any name
        ("trước chợ Lương Sơn", "", "lam-dong/luong-son"),
        ("", "quang-tri", "quang-tri"),
        ("gần nhà tôi", "", ""),
        ("Đông Hà và Đà Lạt", "", ""),  # two provinces: a person asks
        ("phường Đông Hà", "lam-dong/bac-binh", "quang-tri/dong-ha"),
        ("🙂" * 50, "dak-lak", "dak-lak"),
    ],
)
def test_typed_places_of_old_and_today(where: str, area: str, found: str) -> None:
    assert understood(where, area=area, served=SERVED) == found

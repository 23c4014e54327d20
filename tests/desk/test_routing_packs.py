"""The real rules, tried with reports of our own, spelled as people spell."""

from __future__ import annotations

import pytest

from desk.routing import Router
from knowledge.packs_loader import load_units

BAC_BINH = "lam-dong/bac-binh"


@pytest.fixture(scope="module")
def real() -> Router:
    return Router.from_packs()


@pytest.mark.parametrize(
    ("what", "where", "area", "unit"),
    [
        ("duong lien thon lay loi xe khong di duoc", "thon Binh An", BAC_BINH, "lam-dong-bac-binh-kinh-te"),
        ("Mặt đường bị nứt dài cả chục mét", "quốc lộ 14", "dak-lak", "dak-lak-so-xay-dung"),
        ("Nắp hố ga vỡ đôi giữa ngã ba", "đường Nguyễn Huệ", "quang-tri", "chung-kinh-te"),
        ("Cột đèn trước nhà văn hóa tối thui", "xóm 4", BAC_BINH, "lam-dong-bac-binh-kinh-te"),
        ("Ai đó đổ rác bừa xuống kênh", "", BAC_BINH, "lam-dong-bac-binh-kinh-te"),
        ("trai heo mui hoi khong chiu noi", "", "dak-lak", "chung-kinh-te"),
        ("Cống nghẹt, nước dâng vào bếp", "hẻm 7", "lam-dong", "chung-kinh-te"),
        ("Cành cây gãy treo lơ lửng trên lối đi", "", BAC_BINH, "lam-dong-bac-binh-kinh-te"),
        ("dây điện rơi sát mái tôn", "", "quang-tri", "chung-dien-luc"),
        ("cup dien lien tuc buoi trua", "", "", "chung-dien-luc"),
        ("Ống nước vỡ phun trắng đường", "", "dak-lak", "chung-cap-nuoc"),
        ("loa keo keo hat den 12 gio dem", "", BAC_BINH, "lam-dong-bac-binh-cong-an-xa"),
        ("Thanh niên nẹt pô trước trường", "", "quang-tri", "chung-cong-an-xa"),
        ("Có người tự xưng công an gọi bắt chuyển tiền", "", "lam-dong", "chung-cong-an-xa"),
        ("Hàng rong bày bán kín vỉa hè", "", BAC_BINH, "lam-dong-bac-binh-kinh-te"),
        ("Nhà bên xây không phép, làm nứt tường nhà tôi", "", "dak-lak", "chung-kinh-te"),
        ("Cán bộ một cửa hạch sách, đòi thêm giấy tờ", "", BAC_BINH, "lam-dong-bac-binh-pvhcc"),
        ("Giấy hẹn ghi hôm qua mà vẫn chưa có kết quả", "", "quang-tri", "chung-pvhcc"),
        ("Bà tôi ba tháng nay chưa có tiền trợ cấp", "", BAC_BINH, "lam-dong-bac-binh-van-hoa-xa-hoi"),
        ("Quy định chồng chéo, hai nơi đòi một loại giấy", "", "quang-tri", "quang-tri-van-phong-ubnd"),
        ("Tôi không biết phải nói với ai", "", "quang-tri", "quang-tri-phan-loai"),
        ("🙂🙂🙂", "", "", "chung-phan-loai"),
    ],
)
def test_reports_reach_the_office_that_can_act(
    real: Router, what: str, where: str, area: str, unit: str
) -> None:
    route = real.route(what, where=where, area=area)
    assert route.unit_id == unit, route
    assert route.reason
    assert route.second_choice != route.unit_id


@pytest.mark.parametrize("area", ["", "dak-lak", "lam-dong", BAC_BINH, "quang-tri", "khong-co/o-dau"])
def test_every_category_finds_a_known_unit_wherever_one_lives(real: Router, area: str) -> None:
    known = {unit.id for unit in load_units()}
    for category in real.categories:
        route = real.route("việc này", area=area, category=category.id)
        assert route.category == category.id
        assert route.unit_id in known
        foreign = [place for place in ("dak-lak", "quang-tri", "lam-dong") if not area.startswith(place)]
        assert not route.unit_id.startswith(tuple(foreign))

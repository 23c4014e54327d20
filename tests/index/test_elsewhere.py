"""A procedure that only another place's records hold is known, and what holds here is never mistaken for it."""

from __future__ import annotations

from datetime import date

import pytest

from index.build import build
from index.dense import HashEncoder
from index.elsewhere import Elsewhere
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.corpus import Knowledge
from knowledge.documents import Procedure

DAY = date(2026, 11, 20)
STALL, RAFT, KITE = "9.300001", "9.300002", "9.300003"
RECORDS = [
    Procedure(code=STALL, title="Cấp phép đặt sạp bán hoa ven đường"),
    Procedure(code=RAFT, title="Đăng ký bè nuôi hàu trên đầm", area="quang-tri"),
    Procedure(code=KITE, title="Cấp phép thả diều sáo ban đêm", area="da-nang"),
    Procedure(code=KITE, title="Cấp phép thả diều sáo ban đêm"),
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    home = tmp_path_factory.mktemp("elsewhere")
    build(Knowledge(procedures=RECORDS), home=home, encoder=HashEncoder())
    return Elsewhere(Search(Snapshot(current(home) or home), HashEncoder()))


def test_what_only_another_place_publishes_is_named(elsewhere: Elsewhere) -> None:
    assert elsewhere.meant("đăng ký bè nuôi hàu trên đầm", area="da-nang", day=DAY) == f"{RAFT}@quang-tri"


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("đăng ký bè nuôi hàu trên đầm", "quang-tri"),
        ("cấp phép đặt sạp bán hoa ven đường", "da-nang"),
        ("cấp phép thả diều sáo ban đêm", "quang-tri"),
        ("cấp phép đặt sạp bán hoa trên bè", ""),
    ],
)
def test_what_holds_here_or_is_about_as_likely_is_not(elsewhere: Elsewhere, text: str, area: str) -> None:
    assert elsewhere.meant(text, area=area, day=DAY) == ""

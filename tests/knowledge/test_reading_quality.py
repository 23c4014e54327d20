from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.text.diacritics import fold
from knowledge.text.quality import is_syllable, vietnamese_share

PROSE = (
    "Ủy ban nhân dân xã giao Văn phòng làm đầu mối tiếp nhận phản ánh của người dân, phân loại và chuyển đến đơn vị "
    "có trách nhiệm trả lời trong 05 ngày làm việc; kết quả được công khai trên Trang thông tin điện tử của xã. Các "
    "phòng chuyên môn phối hợp, không chuyển lòng vòng, không yêu cầu nộp thêm giấy tờ đã có trong cơ sở dữ liệu."
)
ENGLISH = (
    "The commune receives what people report, sorts it and sends it to the unit that has to answer in time."
)
HEADINGS = [
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "IV. TỔ CHỨC THỰC HIỆN",
    "- CVP, các PCVP UBND tỉnh;",
    "Điều 1.",
]
# What a program that knows no Vietnamese makes of a scanned page.
BAD_LAYER = (
    "Uy ban nhan dan xa giao Van phong 1am dau méi tiép nhan phan anh cua nguoi dan, phan loai va chuyén dén don vi "
    "c6 trach nhiém tra loi trong 05 ngay lam viéc; két qua dugc céng khai trén Trang théng tin dién tr ctia xa."
)


VALID = "nghiêng quỳ gì giữ khuyến thuở Đắk Lắk xoong quốc ươm yêu ỷ Nguyễn huỷ ngoằn"
INVALID = "nwéc ctia gê ngi kă côc tiêp hoat truong ghà qa with and tiếnǵ strength"


def test_a_syllable() -> None:
    assert [word for word in VALID.split() if not (is_syllable(word) and is_syllable(word.upper()))] == []


def test_no_syllable() -> None:
    assert [word for word in INVALID.split() if is_syllable(word)] == []


def test_good_prose_is_vietnamese() -> None:
    assert vietnamese_share(PROSE) >= 0.97
    assert vietnamese_share(PROSE.upper()) >= 0.97


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_is_vietnamese(heading: str) -> None:
    assert vietnamese_share(heading) >= 0.95


@pytest.mark.parametrize("text", [fold(PROSE), fold(PROSE).upper(), ENGLISH, ENGLISH.upper(), BAD_LAYER])
def test_what_lost_its_marks_or_is_english_is_not(text: str) -> None:
    assert vietnamese_share(text) < 0.4


def test_half_a_page_of_english_is_half() -> None:
    assert 0.3 < vietnamese_share(f"{PROSE}\n{' '.join([ENGLISH] * 3)}") < 0.75


def test_numbers_and_addresses_count_neither_way() -> None:
    figures = (
        "0156/KH-UBND 26/12/2025 5.000.000 1.001193.000.00.00.H15 https://xa.example.vn/a@b www.xa.vn QĐ-TTg"
    )
    assert vietnamese_share(f"{PROSE} {' '.join([figures] * 8)}") == vietnamese_share(PROSE)
    assert vietnamese_share(figures) == 0.5


@pytest.mark.parametrize(
    ("text", "share"), [("", 0.0), (" \n\t", 0.0), ("--- ...", 0.0), ("12", 0.5), ("UBND", 0.5)]
)
def test_a_page_with_nothing_to_judge(text: str, share: float) -> None:
    assert vietnamese_share(text) == share


def test_decomposed_text_is_the_same() -> None:
    import unicodedata

    assert vietnamese_share(unicodedata.normalize("NFD", PROSE)) == vietnamese_share(PROSE)


def test_it_is_light(root: Path) -> None:
    """It runs inside the dialogue environment: the standard library and nothing of ours."""
    code = "import sys; before = set(sys.modules); import knowledge.text.quality; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    ours = {name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {"knowledge", "knowledge.text", "knowledge.text.quality"}


@pytest.mark.shared
def test_the_bad_scan_among_the_seeds_shows(shared: Path) -> None:
    shares = {
        path.name[:3]: vietnamese_share(path.read_text("utf-8")) for path in (shared / "seeds").glob("*.txt")
    }
    assert shares.pop("002") < 0.4
    assert min(shares.values()) > 0.95

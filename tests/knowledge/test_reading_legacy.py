from __future__ import annotations

import shutil
import subprocess

import pytest

from knowledge.reading.legacy import decoded, from_tcvn3, from_vni, repaired

LETTERS = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ"
PROSE = "Ủy ban nhân dân xã tiếp nhận phản ánh của người dân và trả lời trong thời hạn đã hẹn trước."


@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv is not on this machine")
def test_tcvn3_is_as_the_standard_has_it() -> None:
    raw = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "TCVN"], input=LETTERS.encode(), capture_output=True, check=True
    )
    assert from_tcvn3(raw.stdout.decode("latin-1")) == LETTERS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
        ("Ñoäc laäp - Töï do - Haïnh phuùc", "Độc lập - Tự do - Hạnh phúc"),
        ("ÔÛ NÔI TREÂN BÔØ SOÂNG", "Ở NƠI TRÊN BỜ SÔNG"),
        ("nhöõng ngöôøi ñöôïc höôûng", "những người được hưởng"),
    ],
)
def test_vni(typed: str, meant: str) -> None:
    assert from_vni(typed) == meant
    assert repaired(typed) == (meant, "VNI")


def test_a_page_half_in_an_old_font() -> None:
    text = "Céng hoµ x· héi chñ nghÜa ViÖt Nam\nCăn cứ Luật tổ chức chính quyền địa phương"
    assert repaired(text) == (
        "Cộng hoà xã hội chủ nghĩa Việt Nam\nCăn cứ Luật tổ chức chính quyền địa phương",
        "TCVN3",
    )


@pytest.mark.parametrize(
    "text", [PROSE, "", "plain English words here", "Où est la mairie de la ville, s'il vous plaît ?"]
)
def test_what_is_in_no_old_font_is_left_alone(text: str) -> None:
    assert repaired(text) == (text, "")


def test_windows_1258_and_tcvn3_files() -> None:
    import unicodedata

    windows = "".join(
        letter if letter in "ăâđêôơưĂÂĐÊÔƠƯ" else unicodedata.normalize("NFD", letter)
        for letter in _tones_apart(PROSE)
    )
    assert decoded(windows.encode("cp1258")) == (PROSE, "cp1258")
    tcvn = {letter: byte for byte, letter in _table().items()}
    lower = PROSE.replace("Ủ", "ủ")
    assert decoded(bytes(tcvn.get(letter, ord(letter)) for letter in lower)) == (lower, "TCVN3")


def _table() -> dict[int, str]:
    return {code: from_tcvn3(chr(code)) for code in range(0xA1, 0xFF) if from_tcvn3(chr(code)) != chr(code)}


def _tones_apart(text: str) -> str:
    """Windows-1258 has the letters with their hats, and tones as marks of their own."""
    import unicodedata

    made = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        made.append(
            unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones)) + tones
        )
    return "".join(made)

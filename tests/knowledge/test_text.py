"""One canonical text: whatever is typed or published compares equal when it reads equal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text.diacritics import fold, has_diacritics, vietnamese_share
from knowledge.text.informal import INFORMAL, expand_informal
from knowledge.text.normalise import normalise, one_line, strip_hidden
from knowledge.text.words import bigrams, folded_tokens, syllables, words

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
VIETNAMESE = st.text(alphabet=LETTERS + LETTERS.upper() + " \n\t0123456789.,/-", max_size=80)


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert one_line(one_line(text)) == one_line(text)


@given(VIETNAMESE)
def test_both_ways_to_write_a_mark_are_one(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))


@given(st.text(max_size=200))
def test_what_is_left_can_be_sent_and_seen(text: str) -> None:
    clean = normalise(text)
    clean.encode("utf-8")
    assert "  " not in clean and "\t" not in clean
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in clean)


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u202e",
        "\u2066",
        "\U000e0041",
        "\x00",
        "\x1b",
        "\ud83d",
    ],
)
def test_what_nobody_sees_is_gone(hidden: str) -> None:
    assert normalise(f"khai{hidden}sinh") == "khaisinh"
    assert strip_hidden(hidden) == ""


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\t", "\u3000", "  "])
def test_every_space_is_one_space(space: str) -> None:
    assert normalise(f" khai{space}sinh ") == "khai sinh"


def test_lines_are_kept_or_joined() -> None:
    assert normalise("một \r\n\r\n hai\rba") == "một\nhai\nba"
    assert one_line("một \r\n\r\n hai\rba") == "một hai ba"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hoà giải", "hòa giải"),
        ("HOÀ", "HÒA"),
        ("thuỷ sản", "thủy sản"),
        ("uỷ ban", "ủy ban"),
        ("khoẻ mạnh", "khỏe mạnh"),
        ("quý khách", "quý khách"),
        ("quỳ", "quỳ"),
        ("hoàn công", "hoàn công"),
        ("tuyết", "tuyết"),
        ("Thuý", "Thúy"),
    ],
)
def test_tone_marks_stand_where_they_stand_today(old: str, new: str) -> None:
    assert normalise(old) == new


@given(VIETNAMESE)
def test_folding_keeps_the_length_and_leaves_no_mark(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    folded = fold(composed)
    assert len(folded) == len(composed)
    assert not has_diacritics(folded)
    assert fold(folded) == folded


def test_folding_knows_the_barred_d() -> None:
    assert fold("Đăng ký tạm trú ở Đắk Lắk") == "Dang ky tam tru o Dak Lak"


def test_how_vietnamese_a_text_reads() -> None:
    assert vietnamese_share("") == vietnamese_share("123 !!!") == 0.0
    assert vietnamese_share("Đăng ký thường trú") == 1.0
    assert vietnamese_share("Dang ky thuong tru") == 0.0


@given(VIETNAMESE)
def test_writing_out_twice_changes_nothing(text: str) -> None:
    assert expand_informal(expand_informal(text)) == expand_informal(text)


def test_no_short_spelling_leads_to_another() -> None:
    for short, long in INFORMAL.items():
        assert expand_informal(long) == long, short


def test_short_spellings_are_whole_words() -> None:
    assert expand_informal("lm hc het bn tien") == "làm hộ chiếu het bao nhiêu tien"
    assert expand_informal("TK01-k2, hcm") == "TK01-k2, hcm"


@pytest.mark.parametrize("code", ["02/TAIN-DK", "23/ĐK-TCT", "TNHH-1", "mẫu 01.HK", "1.001193"])
def test_no_part_of_a_code_is_written_out(code: str) -> None:
    assert expand_informal(code) == code


def test_a_shift_or_a_singer_is_no_police() -> None:
    assert expand_informal("làm ca đêm") == "làm ca đêm"
    assert expand_informal("ca sĩ nước ngoài") == "ca sĩ nước ngoài"
    assert expand_informal("lên ca phường") == "lên công an phường"


def test_short_spellings_of_two_words_are_written_out_too() -> None:
    assert expand_informal("đổi pass port bị mất") == "đổi hộ chiếu bị mất"
    assert expand_informal("bằng xe may") == "bằng xe máy"


@given(st.text(max_size=120))
def test_syllables_are_lower_case_words(text: str) -> None:
    for syllable in syllables(text):
        assert syllable == syllable.lower() and " " not in syllable


def test_codes_and_numbers_stay_whole() -> None:
    assert syllables("Mã 1.001193 theo 118/2025/NĐ-CP.") == ["mã", "1.001193", "theo", "118/2025/nđ-cp"]


def test_bigrams_join_neighbours() -> None:
    assert bigrams(["a", "b", "c"]) == ["a_b", "b_c"]
    assert bigrams(["a"]) == bigrams([]) == []
    assert folded_tokens("Khai sinh") == ["khai", "sinh", "khai_sinh"]


@given(VIETNAMESE)
def test_tokens_without_marks_are_those_with_marks_folded(text: str) -> None:
    assert folded_tokens(fold(text.lower())) == folded_tokens(text)


def test_words_are_joined_syllables() -> None:
    assert "khai_sinh" in words("Đăng ký  khai\u00a0sinh")
    assert words("") == words("   ") == words("!!!") == []


@pytest.mark.parametrize(
    "text", ["hoà giải ở cơ sở", unicodedata.normalize("NFD", "hòa giải ở cơ sở"), "hòa  giải\nở cơ sở"]
)
def test_words_are_the_same_however_typed(text: str) -> None:
    assert words(text) == words("hòa giải ở cơ sở")

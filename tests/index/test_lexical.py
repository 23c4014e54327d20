"""BM25 over two views: rows stay in place, save and load change nothing, a score never exceeds its ceiling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import LexicalIndex
from knowledge.text.diacritics import fold

TEXTS = [
    "đăng ký khai sinh",
    "",
    "đăng ký kết hôn",
    "cấp lại giấy phép lái xe bị mất",
    "!!!",
    "đổi giấy phép lái xe",
]
WORDS = sorted({word for text in TEXTS for word in text.split()}) + ["vàng", "xyz", "12"]


@pytest.fixture(scope="module")
def folded() -> LexicalIndex:
    return LexicalIndex.build(TEXTS, "folded")


@pytest.fixture(scope="module", params=["folded", "words"])
def index(request: pytest.FixtureRequest) -> LexicalIndex:
    return LexicalIndex.build(TEXTS, request.param)


def test_the_text_itself_comes_first(index: LexicalIndex) -> None:
    for row, text in enumerate(TEXTS):
        if text.strip("!"):
            assert int(index.scores(text).argmax()) == row


def test_a_text_without_words_keeps_its_row_and_scores_nothing(index: LexicalIndex) -> None:
    scores = index.scores("giấy phép lái xe")
    assert scores.shape == (len(TEXTS),)
    assert scores[1] == scores[4] == 0
    assert scores[3] > 0 and scores[5] > 0


def test_marks_matter_in_words_only() -> None:
    texts = ["bán hàng rong", "bạn hàng rong"]
    assert len(set(LexicalIndex.build(texts, "folded").scores("ban hang").round(4).tolist())) == 1
    by_words = LexicalIndex.build(texts, "words").scores("bán hàng")
    assert by_words[0] > by_words[1]


@pytest.mark.parametrize("query", ["", "   ", "xyzzy", "😀", "\x00"])
def test_an_unknown_query_scores_nothing(index: LexicalIndex, query: str) -> None:
    scores = index.scores(query)
    assert scores.shape == (len(TEXTS),)
    assert not scores.any()


def test_without_marks_scores_as_with(folded: LexicalIndex) -> None:
    for text in TEXTS:
        assert np.array_equal(folded.scores(text), folded.scores(fold(text)))


def test_saved_and_loaded_it_scores_the_same(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical", index.view, index.size)
    for query in [*TEXTS, "giay phep", "không có"]:
        assert np.array_equal(index.scores(query), loaded.scores(query))
        assert loaded.ceiling(query) == pytest.approx(index.ceiling(query))


def test_loaded_scores_are_pages_of_the_file(folded: LexicalIndex, tmp_path: Path) -> None:
    folded.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical", "folded", len(TEXTS))
    assert isinstance(loaded._scores.base, np.memmap)


@given(words=st.lists(st.sampled_from(WORDS), max_size=12, unique=True))
def test_no_score_exceeds_its_ceiling(words: list[str]) -> None:
    index = LexicalIndex.build(TEXTS, "folded")
    query = " ".join(words)
    assert float(index.scores(query).max(initial=0.0)) <= index.ceiling(query) + 1e-4


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), times=st.integers(2, 5))
def test_a_word_said_often_does_not_break_the_ceiling(words: list[str], times: int) -> None:
    """People repeat themselves ("giấy giấy giấy"): a share over the ceiling must stay a share."""
    index = LexicalIndex.build(TEXTS, "folded")
    query = " ".join(words * times)
    assert float(index.scores(query).max(initial=0.0)) <= index.ceiling(query) + 1e-4


def test_pairs_are_found_side_by_side_only(folded: LexicalIndex) -> None:
    licence = TEXTS.index("đổi giấy phép lái xe")
    assert folded.share_of_pairs("giay phep lai xe", licence) == 1.0
    assert folded.share_of_pairs("cấp lại giấy phép", licence) < 1.0
    assert (
        folded.share_of_pairs("xe lái phép giấy", licence) == 1.0
    )  # no text has such a pair: nothing is said
    assert folded.share_of_pairs("", licence) == 1.0


def test_a_pair_of_another_text_counts_against_this_one(folded: LexicalIndex) -> None:
    assert folded.share_of_pairs("khai sinh", TEXTS.index("đăng ký kết hôn")) == 0.0

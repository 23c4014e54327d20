"""The question is found inside a long message, and several views of it make one ranking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.answer.story import asking, is_story, sentences, views
from bot.answer.together import together
from index.search import Hit, Ranking

STORIES = Path(__file__).parent / "data" / "stories.jsonl"
ROOF = (
    "Nhà em lợp tôn từ hồi má còn sống. Mưa xuống là dột, em đi vay được một ít. "
    "Ông thợ nói khỏi xin ai hết. Em muốn sửa lại mái. Xin hỏi sửa nhà thì có phải xin giấy phép không ạ?"
)


def test_a_message_is_cut_where_its_sentences_end() -> None:
    assert sentences("Tôi ở TP. Huế. Con tôi sinh ngày 3. 4 năm nay. Hỏi ai ạ?") == [
        "Tôi ở TP. Huế.",
        "Con tôi sinh ngày 3. 4 năm nay.",
        "Hỏi ai ạ?",
    ]


def test_a_tag_stays_with_its_sentence() -> None:
    assert sentences("Cần giấy tờ gì? Cảm ơn.") == ["Cần giấy tờ gì? Cảm ơn."]


def test_a_short_message_is_looked_at_whole() -> None:
    assert not is_story("Em mất bằng lái. Làm lại ở đâu?")
    assert views("Em mất bằng lái. Làm lại ở đâu?") == ["Em mất bằng lái. Làm lại ở đâu?"]


def test_what_asks_is_told_from_what_tells() -> None:
    assert asking(ROOF) == ["Xin hỏi sửa nhà thì có phải xin giấy phép không ạ?"]


def test_what_others_say_is_not_the_question() -> None:
    told = "Hàng xóm hỏi làm giấy chưa, tôi nói chưa. " + ROOF
    assert asking(told) == asking(ROOF)


def test_a_story_is_also_searched_by_its_wish() -> None:
    whole, wanted = views(ROOF)
    assert whole == ROOF
    assert wanted == f"Em muốn sửa lại mái. {asking(ROOF)[0]}"


def test_a_question_that_says_what_it_is_about_needs_no_wish() -> None:
    told = ROOF.replace("Xin hỏi sửa nhà", "Xin hỏi sửa mái tôn của căn nhà cấp bốn")
    assert views(told) == [told, asking(told)[0]]


def test_a_story_without_a_question_mark_asks_at_its_end() -> None:
    told = (
        "ba em mat tuan truoc o que. nha khong ai ranh giay to. hang xom keu de lau bi phat. "
        "cho em hoi lam giay bao tu can mang theo gi"
    )
    assert asking(told) == ["cho em hoi lam giay bao tu can mang theo gi"]


def _ranking(confidence: float, *scores: tuple[str, float]) -> Ranking:
    return Ranking(tuple(Hit(key, key, score, 0) for key, score in scores), confidence=confidence)


def test_the_surer_view_decides() -> None:
    story = _ranking(0.3, ("1.000001", 0.9), ("1.000002", 0.8))
    question = _ranking(0.9, ("1.000002", 0.95), ("1.000001", 0.5))
    fused = together([story, question])
    assert [hit.id for hit in fused.hits] == ["1.000002", "1.000001"]
    assert fused.confidence == pytest.approx(0.9)


def test_a_view_that_names_nothing_does_not_overrule() -> None:
    story = _ranking(0.9, ("1.000001", 0.9))
    pronoun = _ranking(0.02, ("1.000002", 0.7))
    assert [hit.id for hit in together([story, pronoun]).hits][0] == "1.000001"


def test_between_views_as_sure_the_whole_message_decides() -> None:
    story = _ranking(0.6, ("1.000001", 0.9), ("1.000002", 0.6))
    question = _ranking(0.8, ("1.000002", 0.9), ("1.000003", 0.6))
    assert [hit.id for hit in together([story, question]).hits][0] == "1.000001"


def test_one_view_stays_as_it_is() -> None:
    alone = _ranking(0.4, ("1.000001", 0.9))
    assert together([alone]) == alone
    assert together([Ranking()]) == Ranking()


def test_every_story_of_ours_has_a_question_found_in_its_last_half() -> None:
    for line in map(json.loads, STORIES.read_text(encoding="utf-8").splitlines()):
        assert is_story(line["q"])
        assert set(asking(line["q"])) & set(sentences(line["q"])[-2:]), line["id"]

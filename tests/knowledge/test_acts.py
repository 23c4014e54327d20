"""The dialogue-act classifier on lines written apart from its examples (tests/evaluation/test_acts.py: measured)."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.text.acts import ACTS, SAFE_ACT, ActClassifier, cues, is_question, load_nlu_examples
from knowledge.text.diacritics import fold

Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def bank(root: Path) -> Pairs:
    return load_nlu_examples(root / "bot" / "nlu")


@pytest.fixture(scope="module")
def classifier(bank: Pairs) -> ActClassifier:
    return ActClassifier.fit(bank)


@pytest.fixture(scope="module")
def apart(root: Path) -> Pairs:
    lines = (root / "tests/dialogue/data/acts.jsonl").read_text(encoding="utf-8").splitlines()
    return [(line["text"], line["act"]) for line in map(json.loads, lines)]


def test_every_act_has_enough_varied_examples(bank: Pairs) -> None:
    counts = Counter(act for _, act in bank)
    assert set(counts) == set(ACTS)
    assert min(counts.values()) >= 25
    assert counts["ask"] == max(counts.values())
    assert len({text.lower() for text, _ in bank}) == len(bank)


def test_accuracy_on_lines_apart_from_the_bank(classifier: ActClassifier, apart: Pairs, bank: Pairs) -> None:
    known = {text.lower() for text, _ in bank}
    assert len(apart) >= 120
    assert not [text for text, _ in apart if text.lower() in known]
    right = sum(classifier.predict(text)[0] == act for text, act in apart)
    assert right / len(apart) >= 0.93


def test_people_who_type_without_marks_are_understood(classifier: ActClassifier, apart: Pairs) -> None:
    right = sum(classifier.predict(fold(text))[0] == act for text, act in apart)
    assert right / len(apart) >= 0.85


def test_what_people_call_procedures_is_a_question(
    classifier: ActClassifier, bank: Pairs, root: Path
) -> None:
    """Names of procedures hold words of small talk and of reports: "hủy giám hộ", "xin trồng cây ven kênh"."""
    known = {text.lower() for text, _ in bank}
    wordings: list[str] = []
    for path in sorted((root / "knowledge/packs/questions").glob("*.jsonl")):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            wordings += [*line["aliases"], *line["questions"]]
    sample = [text for text in wordings[::60] if text.lower() not in known]
    taken = [text for text in sample if classifier.predict(text)[0] != SAFE_ACT]
    assert len(sample) > 200
    assert len(taken) / len(sample) <= 0.03, taken


def test_small_talk_is_made_of_its_own_words(classifier: ActClassifier) -> None:
    assert classifier.predict("thôi không gửi nữa")[0] == "cancel"
    assert classifier.predict("hủy giám hộ")[0] == "ask"


def test_a_long_story_is_decided_by_what_it_asks_at_its_end(classifier: ActClassifier) -> None:
    story = "Nhà tôi ở cuối hẻm, mấy hôm nay mưa lớn, đường ngập, đi lại rất khổ. " * 20
    assert classifier.predict(story + "Vậy tôi xin giấy xác nhận cư trú ở đâu và cần gì ạ?")[0] == "ask"


def test_the_same_text_decomposed_or_with_odd_spaces_is_the_same(classifier: ActClassifier) -> None:
    text = "Đường trước nhà tôi ngập hết rồi"
    odd = unicodedata.normalize("NFD", text).replace(" ", "\u00a0 ")
    assert classifier.predict(odd) == classifier.predict(text)


@given(text=st.text(max_size=300))
@settings(deadline=None)
def test_any_text_gets_an_act(classifier: ActClassifier, text: str) -> None:
    act, share = classifier.predict(text)
    assert act in ACTS
    assert 0 <= share <= 1


@pytest.mark.parametrize(
    "text",
    [
        "ông hàng xóm trữ ve chai tràn ra ngõ, chuột chạy đầy nhà tôi",
        "mấy trụ đèn dọc kênh tắt lâu rồi không thấy ai thay",
        "may tru den doc kenh tat lau roi khong thay ai thay",
        "truong bat dong quy ma khong co bien nhan",
    ],
)
def test_a_complaint_without_a_question_is_a_report(classifier: ActClassifier, text: str) -> None:
    assert classifier.predict(text)[0] == "report"


@pytest.mark.parametrize(
    "text",
    [
        "nha kho bi chay giay to mat het, lam lai giay khai sinh co ton phi khong a",
        "xe bị tông nát, muốn trả biển số thì nộp ở đâu vậy",
        "bão sập chuồng bò, xin hỗ trợ thì mấy ngày có tiền",
        "viết giùm em lời bài hát về cây cầu gãy",
        "tính hộ tôi: ba vòi nước hỏng chảy vào bể",
        "từ giờ em là bác sĩ của tôi nhé",
    ],
)
def test_trouble_that_ends_in_a_question_or_an_order_reports_nothing(
    classifier: ActClassifier, text: str
) -> None:
    assert classifier.predict(text)[0] == "ask"


def test_words_typed_without_marks_are_found_beside_short_words(classifier: ActClassifier) -> None:
    """ "khong" written out is "không": the text was typed without marks all the same."""
    assert "group:trouble" in cues("quan nhau lan chiem via he, khong co loi di")


def test_unsure_means_a_question(classifier: ActClassifier) -> None:
    assert classifier.decide("phim gì", [("chitchat", 0.45)]) == (SAFE_ACT, 0.45)
    assert classifier.decide("x", [("report", 0.2)]) == (SAFE_ACT, 0.2)
    assert classifier.decide("báo ai", [("report", 0.6)]) == (SAFE_ACT, 0.6)
    assert classifier.decide("đường hư", [("report", 0.6)]) == ("report", 0.6)


@pytest.mark.parametrize("text", ["lệ phí bao nhiêu", "le phi bao nhieu", "nộp ở đâu vậy ạ", "được không?"])
def test_words_that_ask(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["đường hư hết rồi", "0905123456", "", "số 12 đường Lê Lợi"])
def test_words_that_do_not_ask(text: str) -> None:
    assert not is_question(text)


def test_marks_tell_words_apart_where_they_are_typed() -> None:
    assert "light" not in cues("hông đồng ý")
    assert "system" not in cues("hông đồng ý")


@pytest.mark.parametrize(
    "text",
    [
        "có tốn tiền không",
        "co mat phi khong a",
        "có phải đi cả hai vợ chồng không",
        "được nộp hộ không",
        "đề nghị cho biết phí cấp chứng chỉ hành nghề",
        "các bước làm giấy phép là gì ạ",
    ],
)
def test_a_whether_is_a_question_and_no_yes(classifier: ActClassifier, text: str) -> None:
    assert classifier.predict(text)[0] == "ask"


@pytest.mark.parametrize("text", ["có", "có ạ", "được", "không"])
def test_a_yes_or_no_stays_one(classifier: ActClassifier, text: str) -> None:
    assert classifier.predict(text)[0] in {"affirm", "deny"}

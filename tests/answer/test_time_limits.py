"""How long it takes: what a note says, a number without its unit, and the time a person has."""

from __future__ import annotations

from bot.answer.aspects import content, find_aspects
from bot.answer.compose.limits import durations, time_limit
from bot.answer.compose.procedure import proxy
from knowledge.documents import How, Procedure, Quantity, SubmissionChannel


def _record(**more: object) -> Procedure:
    return Procedure.model_validate({"code": "1.000001", "title": "Cấp phép nuôi voi", **more})


def test_a_length_of_time_in_a_note_is_the_time_limit() -> None:
    note = "Nộp ở cổng. - Thời hạn: trong 06 giờ làm việc từ khi đủ hồ sơ. - Theo Quyết định ngày 3/4/2024."
    record = _record(channels=(SubmissionChannel(how=How.ONLINE, note=note),))
    composed = time_limit(record, "mấy ngày xong")
    assert composed.stated
    assert "06 giờ làm việc" in composed.lines[0]
    assert "Quyết định" not in composed.lines[0]


def test_a_note_without_a_length_of_time_states_none() -> None:
    assert durations("Tiếp nhận thứ 2 đến thứ 6, ngày 5/6/2024 nghỉ.") == ""


def test_a_number_without_its_unit_is_told_and_not_guessed() -> None:
    record = _record(channels=(SubmissionChannel(how=How.DIRECT, time_limit=Quantity(raw="7")),))
    composed = time_limit(record, "mấy ngày xong")
    assert not composed.stated
    assert "số 7" in composed.lines[0]
    assert "7 ngày" not in " ".join(composed.lines)


def test_the_time_a_person_has_is_told_when_no_waiting_is_meant() -> None:
    record = _record(deadlines=("Báo trong 20 ngày kể từ ngày voi sinh con.",))
    assert "20 ngày" in " ".join(time_limit(record, "có thời hạn không").lines)
    assert "20 ngày" not in " ".join(time_limit(record, "mấy ngày thì có giấy").lines)


def test_whether_somebody_else_may_go_is_quoted() -> None:
    record = _record(steps=("Người nuôi nộp đơn ở xã, không ủy quyền cho người khác nộp.", "Nhận kết quả."))
    assert proxy(record, "").stated
    assert "không ủy quyền" in proxy(record, "").lines[0]
    assert not proxy(_record(steps=("Nộp đơn ở xã cho đủ giấy tờ.",)), "").stated


def test_words_of_the_title_do_not_ask() -> None:
    question = "lệ phí làm giấy đủ điều kiện nuôi voi bao nhiêu"
    assert find_aspects(question, title="Cấp giấy chứng nhận đủ điều kiện nuôi voi") == ["fee"]
    asked = "ủy quyền lĩnh lương hưu cho người khác nộp được không"
    assert "proxy" in find_aspects(asked)


def test_a_bare_noun_in_a_story_asks_nothing() -> None:
    assert find_aspects("em muốn công nhận hộ nghèo để được hỗ trợ tiền điện") == []
    assert find_aspects("hồ sơ?") == ["documents"]


def test_a_marked_word_is_not_taken_for_filler() -> None:
    assert content("nhận con bao lâu xong") == "con"
    assert content("còn bao lâu xong") == ""
    assert content("con bao lau xong") == ""


def test_what_stands_in_a_gap_is_kept() -> None:
    assert content("tờ khai nuôi voi số mấy") == "nuoi voi"


def test_the_steps_are_quoted_where_they_give_the_unit_of_the_bare_number() -> None:
    bare = (SubmissionChannel(how=How.DIRECT, time_limit=Quantity(raw="7")),)
    granted = "Trong thời hạn 07 ngày làm việc kể từ ngày nhận đủ hồ sơ, Sở cấp giấy phép nuôi voi."
    checked = "Trong thời hạn 07 ngày kể từ ngày nhận hồ sơ, Sở kiểm tra hồ sơ, nếu thiếu thì trả lại để cấp bổ sung."
    composed = time_limit(_record(channels=bare, steps=(granted, checked)), "mấy ngày xong")
    assert composed.stated
    assert [line for line in composed.lines if "07 ngày làm việc" in line]
    assert not [line for line in composed.lines if "kiểm tra" in line]
    other = granted.replace("07", "09")
    assert not time_limit(_record(channels=bare, steps=(granted, other)), "mấy ngày xong").stated

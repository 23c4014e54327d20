"""Forms with their whole code, fees and times with their conditions, what is doubtful in the record's own words."""

from __future__ import annotations

import pytest

from bot.answer.compose.excerpt import excerpts
from bot.answer.compose.fields import item_text, tidy
from bot.answer.compose.limits import deadline, hours, lasts, time_limit
from bot.answer.compose.papers import documents, form, form_code
from bot.answer.compose.procedure import ALL_FEES, MAX_CONDITIONS, conditions, fee, proxy, steps, where
from bot.answer.messages import message
from bot.answer.times import time_asked
from knowledge.documents import DossierItem, Procedure
from tests.answer.world import NOW


def record(**more: object) -> Procedure:
    return Procedure.model_validate({"code": "9.000001", "title": "Nuôi voi", **more})


def papers(*names: str) -> list[dict[str, object]]:
    return [{"items": [{"name": name} for name in names]}]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Đơn theo Mẫu số 04/VOI/X ban hành", "04/VOI/X"),
        ("Đơn theo Mẫu số 25.NV Phụ lục I", "25.NV"),
        ("Đơn (mẫu V-CC-08)", "V-CC-08"),
        ("Tờ khai mẫu TK01a.", "TK01a"),
        ("Đơn theo mẫu tại Phụ lục II", ""),
    ],
)
def test_a_form_has_its_whole_code(name: str, code: str) -> None:
    assert form_code(name) == code


def test_a_form_is_said_once_and_one_without_code_is_said_to_have_none() -> None:
    assert form(record(dossier=papers("a) Đơn nuôi voi theo Mẫu số 25.NV;")), "").lines == [
        "• Đơn nuôi voi theo Mẫu số 25.NV"
    ]
    bare = form(record(dossier=papers("Đơn xin nuôi voi", "Ảnh voi")), "")
    assert (bare.lines, bare.stated, bare.lack) == (["• Đơn xin nuôi voi"], False, "lack_form_code")
    assert message(bare.lack)


def test_sets_are_counted_where_the_record_counts_them() -> None:
    noted = record(dossier=papers("Đơn"), dossier_notes=["Số lượng hồ sơ: 02 bộ."])
    assert "02 bộ" in documents(noted, "cần giấy tờ gì").lines[-1]
    stepped = record(dossier=papers("Đơn"), steps=["Chủ voi lập 03 bộ hồ sơ và nộp ở xã."])
    assert "03 bộ" in documents(stepped, "nộp mấy bộ hồ sơ").lines[-1]
    assert "03 bộ" not in " ".join(documents(stepped, "cần giấy tờ gì").lines)


def test_marks_of_a_list_are_left_out() -> None:
    assert tidy("a) Đơn;") == tidy("- Đơn") == tidy("1. Đơn") == "Đơn"
    assert tidy("01 ảnh voi") == "01 ảnh voi"
    assert item_text(DossierItem(name="+ Ảnh voi", originals=2)) == "Ảnh voi (2 bản chính)"


def test_steps_are_numbered_once() -> None:
    told = steps(record(steps=["Trình tự thực hiện:", "- Bước 1: nộp đơn.", "Bước 2. nhận giấy."]), "")
    assert told.lines == ["1. Nộp đơn.", "2. Nhận giấy."]


def _fees(*fees: dict[str, object], how: str = "direct") -> Procedure:
    return record(channels=[{"how": how, "fees": list(fees)}])


def test_the_fee_asked_for_comes_first() -> None:
    both = _fees({"amount": 5000, "condition": "voi con"}, {"amount": 9000, "condition": "voi già"})
    assert "9.000" in fee(both, "voi già thì bao nhiêu tiền").lines[0]
    assert "5.000" in fee(both, "bao nhiêu tiền").lines[0]
    back = _fees(
        {"amount": 5000, "condition": "voi con"},
        {"basis": "Thông tư 1", "condition": "voi già: 50% mức trên"},
    )
    assert "5.000" in fee(back, "voi già thì bao nhiêu tiền").lines[0], "what is above stays above"


def test_many_fees_are_cut_with_that_said() -> None:
    many = _fees(*({"amount": 1000 * n, "condition": f"voi nặng {n} tạ"} for n in range(1, 20)))
    assert len(fee(many, "").lines) == ALL_FEES + 1
    assert fee(many, "").lines[-1] == message("more_fees_page")


def test_a_fee_that_cannot_be_read_is_quoted() -> None:
    said = fee(_fees({"raw": "Miễn phí"}), "")
    assert "“Miễn phí”" in said.lines[0]
    assert not said.stated and said.lack == "lack_fee_quoted"


def test_a_figure_that_is_not_trusted_is_not_quoted() -> None:
    assert "1250" not in " ".join(fee(_fees({"raw": "1250 VNĐ"}), "").lines)


def test_the_case_asked_about_comes_first_and_chance_words_do_not_count() -> None:
    cases = [
        {"case": "Voi trong rạp xiếc", "items": [{"name": "Đơn"}]},
        {"case": "Ủy quyền: thêm một trong các giấy tờ", "items": [{"name": "Giấy ủy quyền"}]},
    ]
    both = record(dossier=cases)
    assert "Đơn" in documents(both, "cần các giấy tờ gì").lines[1]
    assert "ủy quyền" in documents(both, "ủy quyền thì thêm giấy gì").lines[1]


def test_who_signs_for_whom_is_no_answer_about_a_proxy() -> None:
    assert not proxy(record(steps=["Giám đốc thừa ủy quyền Bộ trưởng ký giấy phép."]), "").stated


def test_a_figure_is_said_once() -> None:
    assert fee(_fees({"amount": 7000, "condition": "7.000 đồng/con"}), "").lines == ["• 7.000 đồng/con"]
    assert fee(_fees({"amount": 7000, "condition": "/con"}), "").lines == ["• 7.000 đồng/con"]


def _limit(**more: object) -> dict[str, object]:
    return {"how": "direct", **more}


def test_two_places_of_one_record_are_both_told() -> None:
    doubt = {
        "field": "channels.direct.time_limit",
        "reason": "differs",
        "raw": "9 Ngày | 20 ngày đối với voi già",
    }
    case = time_limit(
        record(channels=[_limit(note="20 ngày đối với voi già")], doubts=[doubt]), "mấy ngày xong"
    )
    assert (
        "9 Ngày" in case.lines[0].replace("9 ngày", "9 Ngày") and "20 ngày đối với voi già" in case.lines[0]
    )
    assert case.stated, "one holds for everybody, the other for a case"
    doubt = {**doubt, "raw": "9 Ngày | 20 ngày làm việc"}
    against = time_limit(record(channels=[_limit(note="20 ngày làm việc")], doubts=[doubt]), "mấy ngày xong")
    assert not against.stated and against.lack == "lack_limit_differs"
    raw = time_limit(
        record(channels=[_limit(time_limit={"raw": "9 ngày / 9 ngày làm việc"})]), "mấy ngày xong"
    )
    assert "9 ngày / 9 ngày làm việc" in raw.lines[0] and not raw.stated


def test_a_limit_keeps_its_condition_and_leaves_out_what_is_none() -> None:
    days = {"value": 3, "unit": "day"}
    note = "Nộp ở chuồng. Phí do chủ trả. Voi con thì trong 5 ngày."
    shown = time_limit(record(channels=[_limit(time_limit=days, note=note)]), "mấy ngày xong").lines[0]
    assert "5 ngày" in shown and "chuồng" not in shown and "Phí" not in shown


def test_office_hours_are_never_a_time_limit() -> None:
    days = {"value": 3, "unit": "day"}
    assert not hours(record(channels=[_limit(time_limit=days)]), "mấy giờ mở cửa").stated
    noted = record(channels=[_limit(note="Nhận voi giờ hành chính, thứ 2 đến thứ 6.")])
    assert "thứ 6" in hours(noted, "mấy giờ mở cửa").lines[0]


def test_how_long_a_result_is_good_is_never_a_time_limit() -> None:
    days = {"value": 3, "unit": "day"}
    assert not lasts(record(channels=[_limit(time_limit=days)]), "thẻ có giá trị bao lâu").stated
    good = record(results=["Thẻ voi có giá trị trong 05 năm."])
    assert "05 năm" in lasts(good, "thẻ có giá trị bao lâu").lines[0]


def test_who_may_ask_is_told_where_it_is_asked() -> None:
    whose = record(subjects=["Công dân Việt Nam"])
    assert conditions(whose, "ai làm được").stated
    assert not conditions(whose, "điều kiện là gì").stated


def test_an_office_is_named_once() -> None:
    lines = where(record(agency="Công an cấp xã", receiving_places=["Công an cấp xã"]), "").lines
    assert sum("Công an cấp xã" in line for line in lines) == 1


def test_last_year_in_a_story_is_no_time_asked() -> None:
    day = NOW.date()
    assert time_asked("mua voi từ năm ngoái rồi, giờ cần giấy gì", day) is None
    assert time_asked("năm ngoái phí nuôi voi bao nhiêu", day) is not None


def test_long_conditions_are_told_clause_by_clause_and_the_asked_ones_first_of_many() -> None:
    vets = "(1) Người trông voi phải đáp ứng:\n+ Đủ sức khỏe;\n+ Tốt nghiệp trung cấp thú y trở lên;"
    barns = "(2) Chuồng voi phải đáp ứng:\n" + "\n".join(
        f"+ Có hạng mục thứ {number} của chuồng theo bản vẽ đã duyệt;" for number in range(12)
    )
    told = conditions(record(conditions=(vets + "\n" + barns,)), "người trông cần tốt nghiệp gì").lines
    assert told[:2] == ["• Người trông voi phải đáp ứng:", "• Đủ sức khỏe"]
    assert told[2] == "• Tốt nghiệp trung cấp thú y trở lên"
    assert "• Chuồng voi phải đáp ứng:" in told, "a clause never hangs on another list's lead"
    assert (told[-1], len(told)) == (message("more_conditions"), MAX_CONDITIONS + 1)


def test_a_short_condition_is_told_whole() -> None:
    assert conditions(record(conditions=("Có chuồng; có nước.",)), "").lines == ["• Có chuồng; có nước."]


def test_a_quoted_sentence_of_a_fee_or_a_time_has_one() -> None:
    law = "Chủ voi xin giấy nuôi voi con theo khoản 1 và khoản 2 Điều 25 của luật này."
    day = "Chủ voi xin giấy nuôi voi con chậm nhất là ngày thứ 10 sau khi voi con sinh ra."
    voi = record(title="Cấp giấy", steps=(law, day))
    asked = "chủ voi xin giấy nuôi voi con"
    assert excerpts(voi, asked, figures="time") == [day]
    assert excerpts(voi, asked, figures="fee") == []
    last = day.replace("ngày thứ 10 sau khi voi con sinh ra", "ngày cuối cùng của tháng thứ ba")
    assert excerpts(record(title="Cấp giấy", steps=(last,)), asked, figures="duty") == [last]
    assert excerpts(voi, asked) == [law]


def test_the_time_of_an_office_is_no_deadline_of_a_person() -> None:
    office = "Trong thời hạn 05 ngày kể từ ngày nhận đủ hồ sơ, Sở cấp giấy nuôi voi con."
    answer = "Trong thời hạn 02 ngày kể từ ngày cấp giấy, Chi cục trả giấy nuôi voi con cho chủ voi."
    person = "Chủ voi phải gửi giấy báo về Chi cục trước ngày voi sinh con ít nhất 20 ngày."
    asked = "giấy nuôi voi con phải làm trong mấy ngày"
    assert not deadline(record(steps=(office, answer)), asked).stated
    told = deadline(record(steps=(office, answer, person)), asked)
    assert told.lines == [message("quote_lead", quote=person)]

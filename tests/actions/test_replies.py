from __future__ import annotations

from actions.replies import merge, reply, with_form
from bot.answer.reply import Reply


def test_one_reply_stays_as_it_is() -> None:
    only = reply("answered", "Xin chào", context={"a": 1})
    assert merge([only]) is only


def test_an_answer_and_the_forms_question_are_one_reply() -> None:
    answer = {
        "status": "answered",
        "text": "Lệ phí 8.000 đồng.",
        "blocks": [{"kind": "text", "text": "Lệ phí 8.000 đồng."}],
        "sources": [{"kind": "procedure", "title": "Đăng ký"}],
        "choices": [{"title": "Khác"}],
        "procedure": {"code": "1.001193", "title": "Đăng ký"},
        "context": {"procedure": "1.001193"},
    }
    form = {"name": "report", "asked": "where"}
    question = reply("report_started", "Ở đâu?", choices=[{"title": "Hủy"}], context={"old": 1, "form": form})
    merged = merge([answer, question])
    assert merged["status"] == "answered"
    assert merged["text"] == "Lệ phí 8.000 đồng.\n\nỞ đâu?"
    assert merged["choices"] == [{"title": "Hủy"}]
    assert merged["context"] == {"procedure": "1.001193", "form": form}
    assert merged["procedure"]["code"] == "1.001193"
    assert [block["text"] for block in merged["blocks"]] == ["Lệ phí 8.000 đồng.", "Ở đâu?"]
    assert Reply.model_validate(merged).sources[0].title == "Đăng ký"


def test_a_closed_form_leaves_the_context() -> None:
    assert with_form({"form": {"name": "report"}, "area": "dak-lak"}, None) == {"area": "dak-lak"}

"""The finished reply: blocks for screens, text that stands alone, and a kind sentence when we fail."""

from __future__ import annotations

import logging

import pytest

from bot.answer.compose.fields import title_of
from bot.answer.context import Question
from bot.answer.messages import message
from bot.answer.pipeline import steps
from bot.answer.render import blocks, source_line
from bot.answer.reply import Source
from bot.answer.service import Answerer
from knowledge.documents import Procedure
from knowledge.gazetteer import Naming
from tests.answer.world import BIRTH, NOW, ask, search


def test_lines_become_blocks() -> None:
    made = blocks(
        ["Hồ sơ gồm:", "• Tờ khai", "• Giấy chứng sinh", "Lưu ý nhỏ", "Các bước:", "1. Nộp", "2. Nhận"]
    )
    assert [(b.kind, b.title, b.text, b.items) for b in made] == [
        ("list", "Hồ sơ gồm:", "", ["Tờ khai", "Giấy chứng sinh"]),
        ("text", "", "Lưu ý nhỏ", []),
        ("steps", "Các bước:", "", ["Nộp", "Nhận"]),
    ]


def test_a_heading_without_a_list_is_text() -> None:
    assert [(b.kind, b.text) for b in blocks(["Không có gì:"])] == [("text", "Không có gì:")]
    assert blocks([]) == []


def test_blocks_say_what_the_text_says() -> None:
    for aspect in ("documents", "fee", "steps", "where", "overview"):
        reply = ask("", payload=f"#MC:ASK:{BIRTH}:{aspect}")
        for block in reply.blocks:
            for part in (block.title, block.text, *block.items):
                assert part in reply.text


def test_a_source_names_its_number_decision_and_section() -> None:
    source = Source(
        kind="plan",
        title="Kế hoạch X",
        number="26/KH",
        section="III.1",
        decision="12/QĐ",
        validity_text="Còn.",
    )
    line = source_line(source)
    for part in ("Kế hoạch X", "26/KH", "III.1", "12/QĐ", "Còn."):
        assert part in line
    assert source_line(Source(kind="guide", title="Luật Y")).startswith("Nguồn: Luật Y")


def test_places_of_one_plan_are_one_line() -> None:
    reply = ask("năm 2020 sở nội vụ tuyên truyền gì", area="dak-lak")
    assert len(reply.sources) > 1
    lines = [line for line in reply.text.splitlines() if line.startswith("Nguồn: ")]
    assert len(lines) == len({(source.title, source.number) for source in reply.sources})
    assert all(source.section in reply.text for source in reply.sources)


def test_names_in_a_title_keep_their_capitals() -> None:
    record = Procedure(code="9.000001", title="Thủ tục ghi sổ của công dân Việt Nam ở Lào")
    assert title_of(record) == "Ghi sổ của công dân Việt Nam ở Lào"


class Broken:
    def find(self, text: str) -> str | None:
        raise RuntimeError("a failure of ours with a secret inside")

    def elsewhere(self, text: str) -> Naming | None:
        raise RuntimeError("a failure of ours with a secret inside")


def test_a_failure_of_ours_is_a_kind_sentence_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    broken = Answerer(search(), Broken())
    with caplog.at_level(logging.ERROR):
        reply = broken.answer(Question("khai sinh", context={"procedure": BIRTH}, now=NOW))
    assert reply.status == "error"
    assert reply.text == message("error_try_again")
    assert reply.context == {"procedure": BIRTH}
    assert "secret" in caplog.text


def test_the_pipeline_is_a_list_to_read() -> None:
    assert [name for name, _ in steps(search(), Broken(), None)] == [
        "guard", "understand", "decline", "act", "retrieve", "advise", "halve", "judge", "compose", "ground",
        "rephrase",
    ]  # fmt: skip


def test_without_a_classifier_every_message_is_a_question() -> None:
    class Nowhere:
        def find(self, text: str) -> str | None:
            return None

        def elsewhere(self, text: str) -> Naming | None:
            return None

    reply = Answerer(search(), Nowhere()).answer(Question("con mới sinh làm giấy khai sinh cần gì", now=NOW))
    assert reply.procedure is not None and reply.procedure.code == BIRTH


def test_steps_that_did_not_run_left_no_time() -> None:
    assert set(ask("cháy nhà rồi").timings) == {"guard", "render"}
    assert set(ask("khai sinh con cần gì").timings) >= {
        "guard",
        "understand",
        "act",
        "retrieve",
        "judge",
        "render",
    }

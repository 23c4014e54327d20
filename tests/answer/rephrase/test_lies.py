"""An endpoint that lies: whatever it says, people read the composed reply. Honest rewordings are used."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from bot.answer.context import Question
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from tests.answer.rephrase.endpoint import Endpoint, Handler
from tests.answer.world import MARRIAGE, NOW, ask

PASSPORT = "1.001456"
FEE = f"#MC:ASK:{PASSPORT}:fee"
# What the model is shown for FEE; the tests below write in these tokens, and one test holds them to be so.
SHOWN = [
    "Phí, lệ phí ⟦A⟧:",
    "Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)",
    "Nộp trực tiếp: ⟦C⟧ (cấp lại do hỏng hoặc mất)",
]
HEAD = "1|Dạ, phí, lệ phí khi làm ⟦A⟧ như sau:"
FIRST = "2|Nếu bạn cấp hộ chiếu, nộp trực tiếp thì mức thu là ⟦B⟧ nhé."
SECOND = "3|Nếu bạn cấp lại do hỏng hoặc mất thì nộp trực tiếp là ⟦C⟧."


def asked(assistant: Answerer, *, payload: str = FEE, text: str = "") -> Reply:
    return assistant.answer(Question(text, payload=payload, now=NOW))


def fell_back(reply: Reply, *, payload: str = FEE) -> bool:
    composed = ask("", payload=payload)
    return (reply.status, reply.text, reply.blocks) == (composed.status, composed.text, composed.blocks)


def shown(endpoint: Endpoint) -> list[str]:
    (request,) = endpoint.asked
    return [line["noi_dung"] for line in json.loads(request["messages"][-1]["content"])["dong"]]


def test_the_model_sees_tokens_and_no_figure_link_or_name(assistant: Answerer, endpoint: Endpoint) -> None:
    endpoint.says("\n".join([HEAD, FIRST, SECOND]))
    reply = asked(assistant)
    assert shown(endpoint) == SHOWN
    sent = json.dumps(endpoint.asked[0]["messages"][-1], ensure_ascii=False)
    assert "000" not in sent and "đồng" not in sent and "phổ thông" not in sent
    assert reply.rephrasing is not None and reply.rephrasing.outcome == "used"


LIES = {
    "a token nobody sent": ["2|Nộp trực tiếp: ⟦Z⟧ (cấp hộ chiếu)"],
    "the fee written out instead": ["2|Nộp trực tiếp: 500.000 đồng (cấp hộ chiếu)"],
    "the fee and another one": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu), cộng 50.000 đồng"],
    "a unit behind the token": ["2|Nộp trực tiếp: ⟦B⟧ ngày làm việc (cấp hộ chiếu)"],
    "fees of two cases swapped": [
        "2|Nộp trực tiếp: ⟦C⟧ (cấp hộ chiếu)",
        "3|Nộp trực tiếp: ⟦B⟧ (cấp lại do hỏng hoặc mất)",
    ],
    "the condition dropped": [FIRST, "3|Nộp trực tiếp: ⟦C⟧"],
    "half of the condition dropped": [FIRST, "3|Nộp trực tiếp: ⟦C⟧ (cấp lại do hỏng)"],
    "conditions swapped": [
        "2|Nộp trực tiếp: ⟦B⟧ (cấp lại do hỏng hoặc mất)",
        "3|Nộp trực tiếp: ⟦C⟧ (cấp hộ chiếu)",
    ],
    "or becomes and": ["3|Nếu bạn cấp lại do hỏng và mất thì nộp trực tiếp là ⟦C⟧."],
    "a link": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu), xem https://lua-dao.example"],
    "a link without its scheme": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu) tại lua-dao.vn"],
    "a paper nobody asks for": ["2|Nộp trực tiếp: ⟦B⟧ và sổ hộ khẩu (cấp hộ chiếu)"],
    "an office": ["2|Nộp trực tiếp tại Sở Ngoại vụ: ⟦B⟧ (cấp hộ chiếu)"],
    "an office that is no more": ["2|Nộp trực tiếp ở Ủy ban nhân dân huyện: ⟦B⟧ (cấp hộ chiếu)"],
    "another procedure": ["1|Phí, lệ phí gia hạn hộ chiếu ngoại giao:"],
    "another procedure beside the name": ["1|Phí, lệ phí ⟦A⟧ và cấp thị thực:"],
    "another aspect": ["1|Thời hạn giải quyết ⟦A⟧:"],
    "a negation": ["2|Không nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)"],
    "free of charge": ["2|Nộp trực tiếp: miễn phí, không phải ⟦B⟧ (cấp hộ chiếu)"],
    "rounded": ["2|Nộp trực tiếp: khoảng ⟦B⟧ (cấp hộ chiếu)"],
    "at most": ["2|Nộp trực tiếp: tối đa ⟦B⟧ (cấp hộ chiếu)"],
    "only": ["2|Chỉ nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)"],
    "a figure in words": ["2|Nộp trực tiếp: ⟦B⟧, thêm năm mươi nghìn (cấp hộ chiếu)"],
    "a figure in words alone": ["2|Nộp trực tiếp: hai trăm nghìn đồng (cấp hộ chiếu)"],
    "a figure in another script": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu) ²"],
    "full-width digits": ["2|Nộp trực tiếp: ５００ ⟦B⟧ (cấp hộ chiếu)"],
    "a date": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu), áp dụng từ tháng sau"],
    "a token twice": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu), ⟦B⟧"],
    "a token in another sentence too": [
        FIRST,
        "3|Nếu cấp lại do hỏng hoặc mất thì nộp trực tiếp là ⟦C⟧, ⟦B⟧",
    ],
    "English": ["2|You pay ⟦B⟧ in person (new passport)"],
    "English about it": ["Sure! Here is the text:", FIRST],
    "Chinese": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu) 谢谢"],
    "markup": ["2|**Nộp trực tiếp**: ⟦B⟧ (cấp hộ chiếu)"],
    "HTML": ["2|<b>Nộp trực tiếp</b>: ⟦B⟧ (cấp hộ chiếu)"],
    "a script": ["2|<script>alert()</script> Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)"],
    "the instruction": ["2|Quy tắc: giữ nguyên mọi ký hiệu, mỗi ký hiệu đúng một lần"],
    "the instruction after an honest line": [FIRST, "Bạn sửa câu chữ cho một cơ quan nhà nước."],
    "what it thinks": ["<think>Người dân hỏi phí</think>", FIRST],
    "an obeyed injection": ["2|Dạ, mọi khoản đều miễn phí, bạn gửi mã xác nhận cho mình nhé."],
    "a line that was not sent": [FIRST, "9|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)"],
    "a line twice": [FIRST, FIRST],
    "broken tokens": ["2|Nộp trực tiếp: ⟦B (cấp hộ chiếu)"],
    "a token in small letters": ["2|Nộp trực tiếp: ⟦b⟧ (cấp hộ chiếu)"],
    "hidden letters": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ\u200b chiếu)"],
    "nothing": [""],
    "blanks": [" ", " "],
    "a question instead": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)?"],
    "the same words in another order": ["2|Chiếu hộ cấp (nộp trực tiếp): ⟦B⟧"],
    "a condition of its own": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu nếu đủ tuổi)"],
    "too long": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu)" + " nhé" * 60],
    "a promise": ["2|Nộp trực tiếp: ⟦B⟧ (cấp hộ chiếu), xong ngay trong ngày"],
}


@pytest.mark.parametrize("lines", LIES.values(), ids=LIES.keys())
def test_a_lie_is_never_read(assistant: Answerer, endpoint: Endpoint, lines: list[str]) -> None:
    endpoint.says("\n".join(lines))
    reply = asked(assistant)
    assert len(endpoint.asked) == 1
    assert fell_back(reply)
    assert reply.rephrasing is not None
    assert (reply.rephrasing.outcome, bool(reply.rephrasing.why)) == ("dropped", True)


@pytest.mark.parametrize("place", range(3))
def test_one_lie_among_honest_lines_spoils_all(assistant: Answerer, endpoint: Endpoint, place: int) -> None:
    lines = [HEAD, FIRST, SECOND]
    lines[place] = lines[place].replace("⟦", "khoảng ⟦")
    endpoint.says("\n".join(lines))
    assert fell_back(asked(assistant))


HONEST = {
    "warm and the condition first": [HEAD, FIRST, SECOND],
    "one line only": [SECOND],
    "as it was, with a courteous end": ["2|Nộp trực tiếp là ⟦B⟧ (cấp hộ chiếu) nhé."],
    "when instead of if": ["3|Khi bạn cấp lại do hỏng hoặc mất, nộp trực tiếp thì phí là ⟦C⟧ ạ."],
    "the figure first": ["2|Dạ, ⟦B⟧ nếu bạn nộp trực tiếp (cấp hộ chiếu)."],
    "the procedure first": ["1|Để làm ⟦A⟧, phí, lệ phí như sau:", FIRST],
    "in the case of": ["3|Trường hợp cấp lại do hỏng hoặc mất thì nộp trực tiếp là ⟦C⟧ bạn nhé."],
    "empty lines between": [HEAD, "", FIRST, "", SECOND, ""],
    "decomposed letters": ["2|Nếu ba\u0323n cấp hộ chiếu, nộp trực tiếp thì mức thu là ⟦B⟧."],
}


@pytest.mark.parametrize("lines", HONEST.values(), ids=HONEST.keys())
def test_an_honest_rewording_is_read(assistant: Answerer, endpoint: Endpoint, lines: list[str]) -> None:
    endpoint.says("\n".join(lines))
    reply = asked(assistant)
    composed = ask("", payload=FEE)
    assert reply.rephrasing is not None
    assert (reply.rephrasing.outcome, reply.rephrasing.why) == ("used", "")
    assert reply.text != composed.text
    assert "⟦" not in reply.text and "|" not in reply.text
    for figure in ("200.000 đồng", "400.000 đồng"):
        assert reply.text.count(figure) == composed.text.count(figure) == 1
    assert reply.sources == composed.sources and reply.choices == composed.choices
    assert [block.kind for block in reply.blocks] == [block.kind for block in composed.blocks]


def test_what_is_read_in_the_end(assistant: Answerer, endpoint: Endpoint) -> None:
    endpoint.says("\n".join([HEAD, FIRST, SECOND]))
    head, first, second, *_ = asked(assistant).text.splitlines()
    title = "Cấp hộ chiếu phổ thông ở trong nước (thực hiện tại cấp tỉnh)"
    assert head == f"Dạ, phí, lệ phí khi làm {title} như sau:"
    assert first == "• Nếu bạn cấp hộ chiếu, nộp trực tiếp thì mức thu là 200.000 đồng nhé."
    assert second == "• Nếu bạn cấp lại do hỏng hoặc mất thì nộp trực tiếp là 400.000 đồng."


# ------------------------------------------------------------------ the ways a server fails


def cut_in_half(handler: Handler) -> None:
    handler.stream("\n".join([HEAD, FIRST, SECOND])[:60], reason=None)


def out_of_length(handler: Handler) -> None:
    handler.stream("\n".join([HEAD, FIRST]), reason="length")


def not_json(handler: Handler) -> None:
    handler.begin()
    handler.raw("data: {not json}\n\n")


def other_json(handler: Handler) -> None:
    handler.begin()
    handler.raw('data: {"choices": [{"delta": {"content": {"a": 1}}}]}\n\n')


def deep_json(handler: Handler) -> None:
    handler.begin()
    handler.raw("data: " + "[" * 100_000 + "\n\n")


def no_stream(handler: Handler) -> None:
    handler.begin(kind="application/json")
    handler.raw(json.dumps({"choices": [{"message": {"content": FIRST}}]}) + "\n")


def an_error_in_the_stream(handler: Handler) -> None:
    handler.begin()
    handler.raw('data: {"error": {"message": "overloaded"}}\n\n')


def noise(handler: Handler) -> None:
    handler.begin()
    for _ in range(400):
        handler.raw(b": " + b"x" * 1000 + b"\n")


def hang_up(handler: Handler) -> None:
    handler.connection.close()


def refuse(status: int) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.begin(status, "application/json")
        handler.raw('{"error": "no"}')

    return answer


def elsewhere(handler: Handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:9/v1/chat/completions")
    handler.end_headers()


FAILURES = {
    "cut": cut_in_half, "length": out_of_length, "not json": not_json, "other json": other_json, "deep": deep_json,
    "no stream": no_stream, "error": an_error_in_the_stream, "noise": noise, "hang up": hang_up,
    "429": refuse(429), "500": refuse(500), "401": refuse(401), "302": elsewhere,
}  # fmt: skip


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES.keys())
def test_a_failing_server_changes_nothing(
    assistant: Answerer, endpoint: Endpoint, answer: Callable[[Handler], None]
) -> None:
    endpoint.answer = answer
    reply = asked(assistant)
    assert fell_back(reply)
    assert reply.rephrasing is not None and reply.rephrasing.outcome == "failed"


def silence(handler: Handler) -> None:
    time.sleep(1.5)


def trickle(handler: Handler) -> None:
    handler.stream(FIRST, size=1, pause=0.1)


def silence_after_the_head(handler: Handler) -> None:
    handler.begin()
    handler.piece("1|")
    time.sleep(1.5)


@pytest.mark.parametrize("answer", [silence, trickle, silence_after_the_head])
def test_nobody_waits_longer_than_the_budget(
    patient_for: Callable[[float], Answerer], endpoint: Endpoint, answer: Callable[[Handler], None]
) -> None:
    endpoint.answer = answer
    assistant = patient_for(0.4)
    asked(assistant, payload=f"#MC:ASK:{MARRIAGE}:legal")  # loads what is loaded once
    began = time.monotonic()
    reply = asked(assistant)
    assert time.monotonic() - began < 1.2
    assert fell_back(reply)
    assert reply.rephrasing is not None and reply.rephrasing.why == "timeout"


def test_a_stream_is_left_at_its_first_fault(assistant: Answerer, endpoint: Endpoint) -> None:
    endpoint.answer = lambda handler: handler.stream(
        "2|Nộp 500" + " rồi nộp tiếp" * 4000, size=40, pause=0.001
    )
    began = time.monotonic()
    reply = asked(assistant)
    assert time.monotonic() - began < 1.5
    assert reply.rephrasing is not None and reply.rephrasing.why == "digit"
    assert endpoint.left.wait(5.0)
    assert endpoint.sent < 1000


def test_an_endless_stream_is_left_by_its_length(assistant: Answerer, endpoint: Endpoint) -> None:
    def forever(handler: Handler) -> None:
        handler.begin()
        handler.piece("2|")
        while True:
            handler.piece("dạ " * 20)

    endpoint.answer = forever
    reply = asked(assistant)
    assert reply.rephrasing is not None and reply.rephrasing.why == "length"
    assert fell_back(reply)
    assert endpoint.left.wait(5.0)

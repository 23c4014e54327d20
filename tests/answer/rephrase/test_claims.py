"""The checks over every composed line of our own records: an echo passes, a changed one never does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import islice

import pytest

from bot.answer.compose.fields import title_of
from bot.answer.compose.procedure import ASPECTS
from bot.answer.messages import message
from bot.answer.rephrase.claims import Claims, check_line
from bot.answer.rephrase.forbidden import Violation, forbid
from bot.answer.rephrase.lines import Piece, pieces
from bot.answer.rephrase.tokens import TOKEN, Tokens
from bot.answer.rephrase.words import canonical
from tests.answer.world import knowledge

Shown = tuple[list[Piece], Tokens]
# Words that no list of ours has, in places where they change what is said.
INSERTED = [
    "không",
    "chỉ",
    "phải",
    "được",
    "khoảng",
    "hoặc",
    "cả",
    "một",
    "trừ",
    "bố mẹ",
    "huyện",
    "gấp đôi",
]


@cache
def replies() -> tuple[tuple[str, list[Piece], Tokens], ...]:
    """Every aspect of every procedure of ours, as a model would be shown it."""
    found = []
    for record in knowledge().procedures:
        title = title_of(record)
        for aspect, compose in ASPECTS.items():
            heading = message(f"head_{aspect}", title=title, code=record.code)
            tokens = Tokens([title, record.agency, *record.receiving_places])
            shown = pieces([heading, *compose(record, "").lines], titles=[title], quoted=False, tokens=tokens)
            if shown:
                found.append((f"{record.code} {aspect}", shown, tokens))
    return tuple(found)


def every_line() -> Iterator[tuple[Piece, Tokens]]:
    return ((piece, tokens) for _, shown, tokens in replies() for piece in shown)


def accepts(piece: Piece, said: str, tokens: Tokens) -> bool:
    try:
        check_line(piece, said, tokens)
    except Violation:
        return False
    return True


def test_there_is_enough_to_check() -> None:
    assert len(replies()) > 100
    assert sum(1 for _ in every_line()) > 500


def test_an_echo_passes() -> None:
    refused = [piece.text for piece, tokens in every_line() if not accepts(piece, piece.text, tokens)]
    assert refused == []


def test_no_figure_is_shown() -> None:
    assert [piece.text for piece, _ in every_line() if any(c.isdigit() for c in piece.text)] == []


def test_tokens_go_back_to_what_they_were() -> None:
    for _, shown, tokens in replies():
        for piece in shown:
            assert not TOKEN.search(tokens.restore(piece.text))


def changed(text: str, chance: random.Random) -> Iterator[str]:
    """A line with a word more, a word less, two words or two tokens exchanged."""
    words = text.split()
    place = chance.randrange(len(words))
    yield " ".join([*words[:place], chance.choice(INSERTED), *words[place:]])
    yield " ".join(words[:place] + words[place + 1 :])
    if len(words) > 1:
        place = chance.randrange(len(words) - 1)
        yield " ".join([*words[:place], words[place + 1], words[place], *words[place + 2 :]])
    found = TOKEN.findall(text)
    if len(found) > 1:
        first, second = f"⟦{found[0]}⟧", f"⟦{found[-1]}⟧"
        yield text.replace(first, "⟦⟧").replace(second, first).replace("⟦⟧", second)


def test_a_changed_line_never_passes() -> None:
    chance = random.Random(9)  # noqa: S311  # no secret
    tried, passed = 0, []
    for piece, tokens in islice(every_line(), 0, None, 3):
        for said in changed(piece.text, chance):
            if canonical(said) == canonical(piece.text):
                continue  # the same words after all
            tried += 1
            if accepts(piece, said, tokens) and not same_parts(piece.text, said):
                passed.append((piece.text, said))
    assert tried > 500
    assert not passed, passed


def same_parts(text: str, said: str) -> bool:
    """Whether only a mark went, or a heading's small words changed, with every word of substance in its place."""
    bare = [w for w in canonical(text).split() if w.isalpha() or "⟦" in w]
    return bare == [w for w in canonical(said).split() if w.isalpha() or "⟦" in w]


def test_a_line_of_another_reply_never_passes() -> None:
    every = [(piece, tokens) for piece, tokens in every_line() if piece.kind == "statement"]
    chance = random.Random(4)  # noqa: S311  # no secret
    for piece, tokens in every:
        other, _ = chance.choice(every)
        if canonical(other.text) != canonical(piece.text):
            assert not accepts(piece, other.text, tokens), (piece.text, other.text)


def test_figures_of_two_lines_never_change_places() -> None:
    for _, shown, tokens in replies():
        with_figures = [piece for piece in shown if TOKEN.search(piece.text)]
        for one, other in zip(with_figures, with_figures[1:], strict=False):
            theirs = f"⟦{TOKEN.findall(other.text)[0]}⟧"
            assert not accepts(one, TOKEN.sub(theirs, one.text, count=1), tokens)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ký quỹ: 500.000 đồng (mở tài khoản)", "Ký quỹ mức thu là ⟦A⟧ (mở tài khoản)"),
        ("Giấy có giá trị: 6 tháng (từ ngày ký)", "Giấy có giá trị thời hạn là ⟦A⟧ (từ ngày ký)"),
        ("Nơi nhận: quầy (tầng trệt)", "Nếu tầng trệt thì nơi nhận là quầy"),
        ("Nộp trực tiếp: 5 ngày; 9 ngày (cần xác minh)", "Nếu cần xác minh, nộp trực tiếp: ⟦A⟧; ⟦B⟧"),
        ("Nộp trực tiếp: 5 ngày (không xác minh)", "Nộp trực tiếp: ⟦A⟧ (không, xác minh)"),
        ("Nộp trực tiếp: 5 ngày (hồ sơ đủ)", "Hồ sơ đủ. Nộp trực tiếp: ⟦A⟧"),
        ("Phí, lệ phí: miễn phí (trẻ em)", "Phí, lệ phí: miễn phí"),
        ("Phí, lệ phí: miễn phí (trẻ em)", "Phí, lệ phí: không miễn phí (trẻ em)"),
        ("Thời hạn: 5 ngày làm việc", "Thời hạn: ⟦A⟧ ngày"),
        ("Nộp trực tiếp: 5 ngày (hồ sơ đủ)", "Nộp trực tiếp: ⟦A⟧ (hồ sơ của bạn đủ)"),
    ],
)
def test_what_small_words_must_not_do(text: str, said: str) -> None:
    tokens = Tokens()
    piece = Piece(0, "• ", tokens.hide(text), "statement")
    assert accepts(piece, piece.text, tokens)
    assert not accepts(piece, said, tokens)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Phí, lệ phí: miễn phí (trẻ em)", "Dạ, với trường hợp trẻ em thì phí, lệ phí là không mất phí."),
        ("Phí, lệ phí: 10.000 đồng (mỗi lần)", "Phí và lệ phí: mỗi lần là ⟦A⟧ bạn nhé"),
        ("Thời hạn: 7 ngày làm việc", "Thời hạn là ⟦A⟧ nhé!"),
        ("Nộp trực tiếp, Nộp trực tuyến: 7 ngày", "Nếu bạn nộp trực tiếp, nộp qua mạng thì thời gian là ⟦A⟧"),
        ("Cơ quan giải quyết: Công an cấp xã", "Nơi giải quyết là ⟦A⟧ ạ."),
        ("Cách nộp: Nộp trực tuyến, Qua bưu chính", "Cách nộp là nộp online, qua bưu điện nhé."),
    ],
)
def test_what_plain_words_may_do(text: str, said: str) -> None:
    tokens = Tokens()
    piece = Piece(0, "• ", tokens.hide(text), "statement")
    assert check_line(piece, said, tokens) == said


@pytest.mark.parametrize(
    ("text", "check"),
    [("5", "digit"), ("Ⅳ", "digit"), ("五", "digit"), ("http:", "link"), ("a@b", "link"), ("<b>", "markup"),
     ("[x](y)", "markup"), ("привет", "language"), ("a\u202eb", "language"), ("😀", "language")],
)  # fmt: skip
def test_what_stands_in_no_line(text: str, check: str) -> None:
    with pytest.raises(Violation) as caught:
        forbid(text)
    assert caught.value.check == check


# ------------------------------------------------------------------ long quotations of plans

PLAN = (
    "• Sở Nội vụ: Chủ trì xây dựng chuyên mục về cải cách trên trang thông tin của tỉnh và đăng bài định kỳ. "
    "Phối hợp với báo chí đưa tin về cách làm mới ở cơ sở. Trước ngày 15/6/2026 gửi báo cáo về Ủy ban nhân dân tỉnh. "
    "Riêng các xã vùng cao gửi sau một tháng. Tuyên truyền trên hệ thống loa truyền thanh."
)


@pytest.fixture
def plan() -> Shown:
    tokens = Tokens()
    return pieces([PLAN], titles=[], quoted=True, tokens=tokens), tokens


def kept(plan: Shown, said: str) -> str:
    (piece,), tokens = plan
    return tokens.restore(check_line(piece, said, tokens))


def test_a_clause_without_a_figure_may_go_and_the_gap_is_marked(plan: Shown) -> None:
    text = plan[0][0].text
    said = text.replace("Phối hợp với báo chí đưa tin về cách làm mới ở cơ sở. ", "")
    short = kept(plan, said)
    assert short == PLAN[2:].replace("Phối hợp với báo chí đưa tin về cách làm mới ở cơ sở. ", "… ")


def test_the_last_clause_may_go(plan: Shown) -> None:
    said = plan[0][0].text.replace(" Tuyên truyền trên hệ thống loa truyền thanh.", "")
    assert kept(plan, said).endswith("một tháng. …")


def test_what_stays_is_the_published_text_not_the_model_s(plan: Shown) -> None:
    assert kept(plan, plan[0][0].text.upper()) == PLAN[2:]


@pytest.mark.parametrize(
    "gone",
    [
        "Riêng các xã vùng cao gửi sau một tháng. ",
        " về cách làm mới ở cơ sở",
        " định kỳ",
        "của tỉnh ",
    ],
)
def test_exceptions_and_parts_of_clauses_stay(plan: Shown, gone: str) -> None:
    text = plan[0][0].text
    assert gone in text
    with pytest.raises(Violation):
        kept(plan, text.replace(gone, ""))


def test_the_clause_with_the_date_and_the_first_stay(plan: Shown) -> None:
    sentences = plan[0][0].text.split(". ")
    for place in (0, 2):
        with pytest.raises(Violation):
            kept(plan, ". ".join(sentences[:place] + sentences[place + 1 :]))
    with pytest.raises(Violation):
        kept(plan, ". ".join([sentences[0], sentences[2], sentences[1], *sentences[3:]]))


def test_a_stream_is_checked_as_it_comes() -> None:
    tokens = Tokens()
    shown = pieces(["• Nộp trực tiếp: 5 ngày"], titles=[], quoted=False, tokens=tokens)
    claims = Claims(shown, tokens)
    for end in range(len("1|Nộp trực tiếp là ⟦A⟧")):
        claims.watch("1|Nộp trực tiếp là ⟦A⟧"[:end])
    assert claims.finish("1|Nộp trực tiếp là ⟦A⟧") == {0: "Nộp trực tiếp là ⟦A⟧"}
    with pytest.raises(Violation, match="digit"):
        Claims(shown, tokens).watch("1|Nộp trực tiếp là 5")
    with pytest.raises(Violation, match="format"):
        Claims(shown, tokens).watch("Đây")

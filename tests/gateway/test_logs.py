"""What the log says of people, through real handlers: nothing."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.gateway.logs import FORMAT, Masking, mask_all

SECRET = ("0905123456", "066199012345", "lan.nguyen@gmail.com")
SAID = f"tôi là Lan, sđt {SECRET[0]}, cccd {SECRET[1]}, {SECRET[2]}"


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(Masking())
    logger = logging.getLogger("tests.masking")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def _fail(said: str) -> None:
    raise ValueError(f"cannot read {said!r}")


def test_message_arguments_and_traceback_are_masked(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    logger.warning(SAID)
    logger.warning("said %s, %r", SAID, {"text": SAID})
    logger.warning("a mapping: %(q)s", {"q": SAID})
    try:
        _fail(SAID)
    except ValueError:
        logger.exception("failed on %s", SAID, stack_info=True)
    text = stream.getvalue()
    assert not any(secret in text for secret in SECRET), text
    assert "Traceback" in text
    assert text.count("•") > 50


def test_what_is_no_personal_data_stays(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    line = (
        "ticket PA-2026-000123, job 018f6b2e-7c11-4000-8000-090512345678, 1.001193, 500.000 đồng, port 5432"
    )
    logger.warning("%s", line)
    assert line in stream.getvalue()


def test_a_wrong_format_does_not_break_the_log(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    logger.warning("%d of %d", SAID)
    assert "do not fit" in stream.getvalue()
    assert SECRET[0] not in stream.getvalue()


def test_each_handler_is_masked_once() -> None:
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger("uvicorn.error").addHandler(handler)
    try:
        mask_all()
        mask_all()
        assert sum(isinstance(one, Masking) for one in handler.filters) == 1
    finally:
        logging.getLogger("uvicorn.error").removeHandler(handler)
        for root in logging.getLogger().handlers:
            for one in [one for one in root.filters if isinstance(one, Masking)]:
                root.removeFilter(one)


def test_a_process_of_ours_writes_masked() -> None:
    setup = "import logging; from bot.gateway import logs; logs.configure('INFO')"
    code = f"{setup}; logging.getLogger('x').error({SAID!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "tôi là Lan" in done.stderr
    assert not any(secret in done.stderr for secret in SECRET)

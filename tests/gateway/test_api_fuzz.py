"""Whatever is sent, the API answers by its own description: never a 5xx, never an undescribed status."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.gateway.app import create_app
from desk.database import open_pool
from tests.gateway import harness

pytestmark = pytest.mark.postgres
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 12


class Server(threading.Thread):
    """The app on a free port, in its own thread and event loop: the fuzzer's calls are blocking ones."""

    def __init__(self, dsn: str, **changes: object) -> None:
        super().__init__(daemon=True)
        self._dsn, self._changes = dsn, changes
        self._ready = threading.Event()
        self.server: uvicorn.Server | None = None
        self.port = 0

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with await open_pool(self._dsn, min_size=1, max_size=8) as pool:
            async with pool.connection() as conn:  # a worker that is seen for as long as this lasts
                await conn.execute(
                    "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')"
                )
            app = create_app(
                harness.settings(reply_wait_s=3.0, **self._changes), opener=harness.opener(pool, self._dsn)
            )
            config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none")
            self.server = uvicorn.Server(config)
            serving = asyncio.create_task(self.server.serve())
            while not self.server.started:  # noqa: ASYNC110  # uvicorn has a flag, no event
                await asyncio.sleep(0.02)
            self.port = self.server.servers[0].sockets[0].getsockname()[1]
            self._ready.set()
            await serving

    def __enter__(self) -> str:
        self.start()
        assert self._ready.wait(20)
        return f"http://127.0.0.1:{self.port}"

    def __exit__(self, *_: object) -> None:
        assert self.server is not None
        self.server.should_exit = True
        self.join(20)


@pytest.fixture
def url(dsn: str) -> Iterator[str]:
    with Server(dsn) as address:
        yield address


@pytest.fixture
def conversation(url: str) -> tuple[str, str]:
    made = httpx.post(f"{url}/api/v1/conversations").json()
    return made["conversation_id"], made["token"]


def test_nothing_sent_breaks_the_api(url: str, conversation: tuple[str, str]) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    seen: set[tuple[str, int]] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def fuzz(case: schemathesis.Case) -> None:
            # Half of what is made up is sent to a real conversation, so that it gets past the door.
            conversation_id, token = conversation
            headers = {"Authorization": f"Bearer {token}"}
            if case.path_parameters.get("conversation_id") and case.method != "DELETE":
                case.path_parameters["conversation_id"] = conversation_id
            response = case.call(base_url=url, headers=headers, timeout=20)
            seen.add((case.operation.label, response.status_code))
            case.validate_response(response, checks=CHECKS)

        given(case=operation.as_strategy())(fuzz)()
    assert {status for _, status in seen} >= {200, 201, 404, 422}

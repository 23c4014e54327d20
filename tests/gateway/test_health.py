"""Ready means that a real question was answered; what is down is named."""

from __future__ import annotations

import pytest

from bot.gateway.app import create_app
from desk.database import Pool
from tests.gateway.harness import opener, running, serving, settings

pytestmark = pytest.mark.postgres


async def worker_seen(pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


async def test_alive_is_alive(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn) as client:
        assert (await client.get("/health/live")).json()["ok"] is True


async def test_without_a_worker_it_is_not_ready_and_no_question_is_asked(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn) as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"]["worker"] == "down"
        assert answer.json()["parts"]["answers"] == "down"
    async with pool.connection() as conn:
        assert await (await conn.execute("SELECT 1 FROM conversations")).fetchone() is None


async def test_ready_after_a_real_answer_even_without_rasa_and_leaves_no_trace(pool: Pool, dsn: str) -> None:
    await worker_seen(pool)
    async with serving(pool, dsn, rasa_url="http://127.0.0.1:9") as client:
        answer = await client.get("/health/ready")
        assert answer.status_code == 200, answer.text
        assert answer.json()["parts"] == {
            "database": "up",
            "worker": "up",
            "dialogue": "down",
            "index": "up",
            "answers": "up",
        }
        assert answer.json()["details"]["snapshot"] == "abc123"
    async with pool.connection() as conn:
        assert await (await conn.execute("SELECT 1 FROM conversations")).fetchone() is None


async def test_the_question_is_asked_once(pool: Pool, dsn: str) -> None:
    from tests.gateway.harness import ScriptedDialogue

    await worker_seen(pool)
    dialogue = ScriptedDialogue()
    app = create_app(settings(rasa_url="http://127.0.0.1:9"), opener=opener(pool, dsn, dialogue=dialogue))
    async with running(app) as client:
        for _ in range(3):
            assert (await client.get("/health/ready")).status_code == 200
    assert len(dialogue.heard) == 1


async def test_the_database_gone_is_said(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn) as client:
        await pool.close()
        parts = (await client.get("/health/ready")).json()["parts"]
    assert (parts["database"], parts["worker"]) == ("down", "unknown")

"""The officers' list over many tickets: how long a page, the counts and one ticket take.

Run: .venv/bin/python -m tests.bench.desk_list [--tickets 100000] [--rounds 40]
The app and PostgreSQL are the real ones; only the network between browser and app is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from typing import Any

import httpx
import psycopg

from desk.database import EmbeddedPostgres, migrate, open_pool
from tests.gateway.conftest import database_folder
from tests.gateway.desk_helpers import ROADS, SORTERS, official, people
from tests.gateway.harness import serving

# A tenth of the tickets, all open, lie at one unit; of the others two in five are open, spread over forty units.
SEED = """
INSERT INTO tickets (id, code, secret_hash, origin, channel, state, what, place, happened, area, category,
    category_name, unit_id, unit_name, reason, confidence, consent, received_at, updated_at, due_at, due_basis)
SELECT gen_random_uuid(), 'PA-2025-' || lpad(n::text, 6, '0'), '', 'bench:' || n, 'web',
    CASE WHEN n %% 10 = 0 THEN 'DANG_XU_LY'
         ELSE (ARRAY['MOI_TIEP_NHAN', 'DANG_XU_LY', 'DA_TRA_LOI', 'CONG_KHAI', 'KHONG_TIEP_NHAN'])[1 + n %% 5] END,
    (ARRAY['Mặt đường', 'Đèn đường', 'Nắp cống', 'Rác thải', 'Cây xanh', 'Vỉa hè'])[1 + n %% 6]
        || ' ở ngõ ' || n || ' ' || repeat('cần được xem và sửa sớm giúp người dân đi lại, ', 4),
    'thôn ' || n %% 977, 'sáng nay', 'lam-dong/' || (ARRAY['bac-binh', 'luong-son', 'phan-ri'])[1 + n %% 3],
    'loai-' || n %% 12, 'Loại ' || n %% 12,
    CASE WHEN n %% 10 = 0 THEN %(unit)s WHEN n %% 400 = 1 THEN %(sorters)s ELSE 'lam-dong-don-vi-' || n %% 40 END,
    'Đơn vị', 'Theo lĩnh vực.', CASE WHEN n %% 400 = 1 THEN 'triage' ELSE 'sure' END, '{}',
    now() - n * interval '4 minutes', now(),
    CASE WHEN n / 7 %% 3 = 0 THEN now() + (5000 - n %% 10000) * interval '1 minute' END,
    CASE WHEN n / 7 %% 3 = 0 THEN 'QĐ' ELSE '' END
FROM generate_series(1, %(tickets)s) AS n
"""
PEOPLE = {
    "lan": ["queue=mine", "queue=unit", "queue=unit&order=new", "queue=unit&overdue=true", "queue=unit&q=den+duong",
            "queue=unit&q=khong+co+tu+nay", "queue=unit&category=loai-3&area=lam-dong", "queue=unit&unassigned=true"],
    "loc": ["queue=triage", "queue=all&order=new", "queue=all&open=true", "queue=all&open=true&overdue=true",
            "queue=all&open=true&q=nap+cong", "queue=all&open=true&q=khong+co+tu+nay", "queue=all&q=khong+co+tu+nay",
            "queue=all&q=PA-2025-077777",
            "queue=all&state=DA_TRA_LOI&order=old"],
    "quan": ["queue=all&open=true", "queue=all&open=true&q=thon+900"],
}  # fmt: skip


async def measure(dsn: str, rounds: int) -> list[tuple[str, str, float, float]]:
    """Rows of who, what, median and p95 in milliseconds."""
    rows = []
    async with await open_pool(dsn, min_size=2, max_size=4) as pool:
        await people(pool)
        async with serving(pool, dsn) as client:
            for login, lists in PEOPLE.items():
                async with official(client, login):
                    asked = [*(f"/tickets?{query}" for query in lists), "/counts"]
                    first = (await _get(client, asked[1])).json()
                    asked += [f"{asked[1]}&after={first['next']}", f"/tickets/{first['tickets'][0]['code']}"]
                    for path in asked:
                        rows.append((login, path[:60], *await _times(client, path, rounds)))
    return rows


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1/desk{path}")
    assert answer.status_code == 200, answer.text
    return answer


async def _times(client: httpx.AsyncClient, path: str, rounds: int) -> tuple[float, float]:
    times = []
    for _ in range(rounds + 2):
        began = time.perf_counter()
        await _get(client, path)
        times.append((time.perf_counter() - began) * 1000)
    warm = sorted(times[2:])
    return statistics.median(warm), warm[min(len(warm) - 1, round(len(warm) * 0.95))]


def seed(dsn: str, tickets: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(SEED, {"tickets": tickets, "unit": ROADS, "sorters": SORTERS})
        conn.execute("VACUUM ANALYZE tickets")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    chosen = parser.parse_args()
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as server:
        migrate(server.dsn)
        seed(server.dsn, chosen.tickets)
        for login, path, median, late in asyncio.run(measure(server.dsn, chosen.rounds)):
            sys.stdout.write(f"{login:5} {path:60} median {median:7.1f} ms   p95 {late:7.1f} ms\n")


if __name__ == "__main__":
    main()

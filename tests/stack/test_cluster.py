"""Two apps and two workers behind nginx on one PostgreSQL server: they share the work, and none of them is missed."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from desk.database import open_pool
from desk.staff import Role
from tests.bench import filing, kills, messages
from tests.bench.cluster import NGINX, Cluster, nginx_program
from tests.bench.counting import Platform
from tests.bench.world import World
from tests.gateway import staff_helpers

pytestmark = [pytest.mark.stack, pytest.mark.postgres]
PEOPLE, EACH = 10, 4


@pytest.fixture(scope="module")
def nginx() -> str:
    try:
        return nginx_program()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform()


@pytest.fixture(scope="module")
def world() -> World:
    return World(faults={"lost": 0.05, "502+": 0.05, "503": 0.05}, doubled=0.2)


@pytest.fixture(scope="module")
def cluster(nginx: str, platform: Platform, world: World) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), settings=platform.env | world.env, postgres={"fsync": "off"})
        with made:
            yield made


class Citizen:
    """A person at the portal, who writes without waiting for answers."""

    def __init__(self, client: httpx.AsyncClient, made: dict[str, str]) -> None:
        self._client, self._key = client, 0
        self._path = f"/api/v1/conversations/{made['conversation_id']}/messages"
        self._headers = {"Authorization": f"Bearer {made['token']}"}

    @classmethod
    async def begin(cls, client: httpx.AsyncClient) -> Citizen:
        return cls(client, (await client.post("/api/v1/conversations", json={})).json())

    async def say(self, text: str) -> None:
        """Until the message is accepted: nginx must hand on the first event before the reply is there.

        A 503 is repeated with the same key, as clients are told to.
        """
        self._key += 1
        headers = {**self._headers, "Accept": "text/event-stream", "Idempotency-Key": str(self._key)}
        async with asyncio.timeout(60):
            while True:
                async with self._client.stream(
                    "POST", self._path, json={"text": text}, headers=headers
                ) as reply:
                    if reply.status_code != 503:
                        assert reply.status_code == 200, await reply.aread()
                        assert await anext(reply.aiter_lines()) == "event: accepted"
                        return
                await asyncio.sleep(0.2)

    async def answers(self, count: int) -> list[str]:
        """The texts of the answers, once there are so many."""
        async with asyncio.timeout(60):
            while True:
                read = await self._client.get(self._path, headers=self._headers)
                assert read.status_code == 200, read.text
                said = [one["text"] for one in read.json()["messages"] if one["direction"] == "out"]
                if len(said) >= count:
                    return said
                await asyncio.sleep(0.1)


def visitor(cluster: Cluster) -> httpx.AsyncClient:
    """Under the name of the public address, as nginx hands it on."""
    return httpx.AsyncClient(base_url=cluster.address, headers={"Host": "motcua.test"}, timeout=60)


async def served(cluster: Cluster, port: int) -> float:
    """Requests that one app has answered, by its own account."""
    async with httpx.AsyncClient() as client:
        figures = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return sum(
        float(count) for count in re.findall(r"^motcua_http_seconds_count\{.*\} (\S+)$", figures, re.M)
    )


async def test_apps_and_workers_share_the_work(cluster: Cluster) -> None:
    async with visitor(cluster) as client:
        people = [await Citizen.begin(client) for _ in range(PEOPLE)]

        async def talk(person: Citizen) -> list[str]:
            for number in range(1, EACH + 1):
                await person.say(f"m{number}")
            return await person.answers(EACH)

        said = await asyncio.gather(*(talk(person) for person in people))
    answered_by: set[str] = set()
    for answers in said:
        found: list[Any] = [re.fullmatch(r"(\d+): (m\d+) \((\d+)\)", text) for text in answers]
        assert [(one[1], one[2]) for one in found] == [(str(n), f"m{n}") for n in range(1, EACH + 1)]
        answered_by |= {one[3] for one in found}
    assert len(answered_by) == 2, "both workers had their share"
    for port in cluster.app_ports:
        assert await served(cluster, port) > PEOPLE, "both apps had theirs"


async def test_sessions_outlive_their_replica(cluster: Cluster) -> None:
    async with await open_pool(cluster.dsn, min_size=1, max_size=2) as pool:
        await staff_helpers.add(pool, "hoa", Role.DESK, unit_id="lam-dong-so-xay-dung")
    async with visitor(cluster) as client:
        citizen = await Citizen.begin(client)
        assert (await staff_helpers.sign_in(client, "hoa")).status_code == 303
        cluster.kill("app0")
        for number in range(1, 5):
            seen = await client.get("/api/v1/desk/tickets")
            assert seen.status_code == 200, seen.text
            await citizen.say("còn đó không")
            assert len(await citizen.answers(number)) == number
        cluster.begin("app0")
        await asyncio.to_thread(cluster.wait, "app0")
        token = staff_helpers.token_in((await client.get("/can-bo/tai-khoan")).text)
        out = await client.post("/can-bo/dang-xuat", data={"csrf": token}, headers=staff_helpers.OWN)
        assert out.status_code == 303, out.text
        kept = dict(client.cookies)
        for port in cluster.app_ports:  # signed out of one is signed out of all
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=kept) as direct:
                assert (await direct.get("/api/v1/desk/tickets")).status_code == 401


async def test_reports_are_filed_at_a_steady_rate_while_officials_look(cluster: Cluster) -> None:
    """The bench's own run, short and over few tickets: nothing here looks at a clock."""
    run = await filing.measure(cluster, rate=20, seconds=1.5, looks=20)
    assert not run.failures
    assert len(run.codes) == len(set(run.codes)) == 30
    assert len(run.lists) > 5
    assert {"postgres", "app0", "worker0"} <= run.cpu.keys()
    shown = {figure.name: figure.value for figure in filing.figures(run)}
    assert shown["not filed"] == shown["codes given twice"] == 0


async def test_reports_survive_kills_of_everything(cluster: Cluster, platform: Platform) -> None:
    """The bench's own run, bounded: a kill each of an app, a worker and PostgreSQL, twice."""
    run, found = await kills.measure(cluster, platform, filings=150, kills=6, patience=150, waiting_over=True)
    assert run.killed == {"app": 2, "worker": 2, "postgres": 2}
    assert found.wrong == {}
    assert found.tickets == run.accepted == 150
    assert found.notices == 75 + run.moved > 75
    assert {figure.name for figure in kills.figures(run, found)} > {"told twice", "codes repeated", "missing"}


async def test_all_channels_under_faults_and_kills(cluster: Cluster, world: World) -> None:
    """The bench's own run, bounded: calls that broke off and webhooks delivered twice, an app and a worker killed."""
    run, read = await messages.measure(cluster, world, messages=80, kills=2, people=3, waiting_over=True)
    assert run.killed == {"app": 1, "worker": 1}
    assert read.wrong == {}
    assert (read.answers, run.parked) == (80, 0)
    assert world.zalo.faults.met
    assert sum(len(one.statuses) > 1 for one in world.zalo.deliveries.every)
    assert {figure.met for figure in messages.figures(run, read, world)} == {None, True}


async def test_what_is_for_this_machine_alone_stays_behind_the_proxy(cluster: Cluster) -> None:
    async with visitor(cluster) as client:
        for path in ("/metrics", "/rasa/actions"):
            assert (await client.get(path)).status_code == 404
        port = cluster.app_ports[0]
        assert (await client.get(f"http://127.0.0.1:{port}/metrics")).status_code == 200


def test_nginx_takes_the_configuration_as_it_is_shipped(nginx: str, tmp_path: Path) -> None:
    """Its own check of the whole file, with a certificate made here."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "motcua.example")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, today, today + timedelta(days=1))
    (tmp_path / "fullchain.pem").write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    shipped = (NGINX / "motcua.conf").read_text()
    site = shipped.replace("/etc/ssl/motcua", str(tmp_path)).replace("/etc/nginx/motcua", str(NGINX))
    (tmp_path / "site.conf").write_text(site)
    main = tmp_path / "nginx.conf"
    main.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n")
    argv = [nginx, "-t", "-c", str(main), "-p", str(tmp_path), "-e", str(tmp_path / "log")]
    checked = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr

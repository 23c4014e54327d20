"""Versions in PostgreSQL: the same content is the same version, and whatever fails leaves all as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psycopg
import pytest

from knowledge import store as store_module
from knowledge.documents import Plan, Procedure
from knowledge.errors import OutsideError, SnapshotError, UnknownVersion
from knowledge.store import KnowledgeStore, Published, Source, connect

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]


def records(*titles: str) -> list[Published]:
    procedures = [Procedure(code=f"9.{place:06d}", title=title) for place, title in enumerate(titles)]
    return [*procedures, Plan(id="ke-hoach", title="Kế hoạch mẫu")]


def stage(store: KnowledgeStore, *titles: str) -> str:
    return store.stage(records(*titles), actor="ai đó")[0]


def titles(store: KnowledgeStore, version: str) -> list[str]:
    return [procedure.title for procedure in store.load(version).procedures]


def test_an_empty_store_holds_nothing(store: KnowledgeStore) -> None:
    assert (store.head(), store.serving(), store.versions(), store.publications()) == (None, None, [], [])
    with pytest.raises(UnknownVersion, match="the newest: none"):
        store.load("1")


def test_what_is_staged_is_what_loads(store: KnowledgeStore) -> None:
    made = records("Một", "Hai\x00 “ngoặc”")
    name, is_new = store.stage(
        made, actor="lan", inputs="x", sources=[Source("a.jsonl", "00", 7)], report={"read": 2}
    )
    assert (name.split("-")[0], is_new) == ("1", True)
    loaded = KnowledgeStore(store.conn, store.files).load(name)
    assert ([*loaded.procedures, *loaded.plans], loaded.version) == (made, name)
    head = store.head()
    assert head is not None
    assert (head.version, head.inputs, head.actor) == (name, "x", "lan")
    assert head.sources == (Source("a.jsonl", "00", 7),)
    assert head.report == {"read": 2, "version": name}
    assert store.versions()[0].counts == {"procedure": 2, "plan": 1}


def test_the_same_content_is_the_same_version(store: KnowledgeStore) -> None:
    first = stage(store, "Một", "Hai")
    again, is_new = store.stage(records("Một", "Hai")[::-1], actor="nam", inputs="b")
    assert (again, is_new, len(store.versions())) == (first, False, 1)
    head = store.head()
    assert head is not None
    assert (head.inputs, head.actor) == ("b", "nam")


def test_content_that_comes_back_takes_its_old_version(store: KnowledgeStore) -> None:
    first, second = stage(store, "Một"), stage(store, "Hai")
    assert second.startswith("2-")
    assert stage(store, "Một") == first
    head = store.head()
    assert head is not None
    assert head.version == first
    assert titles(store, second) == ["Hai"]


def test_records_are_kept_once(store: KnowledgeStore) -> None:
    stage(store, "Một", "Hai")
    stage(store, "Một", "Ba")
    assert store.conn.execute("SELECT count(*) AS n FROM knowledge_records").fetchone() == {"n": 4}


def test_a_record_is_parsed_once(store: KnowledgeStore) -> None:
    name = stage(store, "Một")
    other = KnowledgeStore(store.conn, store.files)
    first, second = other.load(name), other.load(name)
    assert first.procedures[0] is second.procedures[0]
    assert store.load(name).procedures == first.procedures


def test_a_version_is_found_by_name_number_and_beginning(store: KnowledgeStore) -> None:
    name = stage(store, "Một")
    stage(store, "Hai")
    found = store.find(name)
    assert {store.find(asked).name for asked in ("1", name, f" {name} ", found.sha256[:6])} == {name}
    for asked in ("3", "", "1-", "'; --", found.sha256[:3]):
        with pytest.raises(UnknownVersion):
            store.find(asked)


def test_the_newest_publication_serves(store: KnowledgeStore) -> None:
    first, second = stage(store, "Một"), stage(store, "Hai")
    store.published(first, snapshot="s1", action="publish", actor="lan")
    store.published(second, snapshot="s2", action="publish", actor="lan")
    serving = store.serving()
    assert serving is not None
    assert (serving.version, serving.snapshot, serving.action) == (second, "s2", "publish")
    store.published(first, snapshot="s1", action="rollback", actor="nam")
    assert [row.version for row in store.publications()] == [first, second, first]


def test_what_is_read_after_a_rollback_adds_to_what_was_returned_to(store: KnowledgeStore) -> None:
    source = Source("a.jsonl", "00", 7)
    first, _ = store.stage(records("Một"), actor="lan", sources=[source], report={"read": 1})
    store.stage(records("Hai"), actor="lan", sources=[source, Source("xau.jsonl", "01", 8)])
    store.published(first, snapshot="s", action="rollback", actor="nam")
    head = store.head()
    assert head is not None
    assert (head.version, head.sources, head.actor, head.inputs) == (first, (source,), "nam", "")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            'UPDATE knowledge_records SET body = \'{"code":"9.000000","title":"Khác"}\' WHERE key = \'9.000000\'',
            "procedure 9.000000 is not what was stored",
        ),
        ("DELETE FROM knowledge_version_records WHERE kind = 'plan'", "its list of records was changed"),
        ("UPDATE knowledge_version_records SET key = 'khac' WHERE kind = 'plan'", "its list of records"),
    ],
)
def test_damage_is_named(store: KnowledgeStore, damage: str, said: str) -> None:
    name = stage(store, "Một")
    store.conn.execute(damage.encode())
    with pytest.raises(SnapshotError, match=said):
        KnowledgeStore(store.conn, store.files).load(name)  # as any other process


def test_a_record_of_another_program_version_is_named(store: KnowledgeStore) -> None:
    body = '{"code": "9.000000", "unheard": 1}'
    sha = store_module.record_hash("procedure", "9.000000", body)
    store.conn.execute("INSERT INTO knowledge_records VALUES (%s, 'procedure', '9.000000', %s)", (sha, body))
    with pytest.raises(SnapshotError, match="procedure 9.000000 is of another program version"):
        store.records.load([sha])


@pytest.mark.parametrize(
    "table", ["knowledge_records", "knowledge_versions", "knowledge_version_records", "knowledge_stagings"]
)
def test_a_write_that_fails_changes_nothing(store: KnowledgeStore, table: str) -> None:
    """As on a full disk: the database refuses in the middle, wherever that is."""
    first = stage(store, "Cũ")
    store.published(first, snapshot="s", action="publish", actor="lan")
    store.conn.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE disk_full USING MESSAGE = 'no space left on device'; END $$"
    )
    store.conn.execute(
        f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()".encode()
    )
    with pytest.raises(OutsideError, match="no space left on device.*nothing was changed"):
        stage(store, "Mới", "Thêm")
    head, serving = store.head(), store.serving()
    assert head is not None
    assert serving is not None
    assert (head.version, serving.version, titles(store, first)) == (first, first, ["Cũ"])
    store.conn.execute(f"DROP TRIGGER full_disk ON {table}".encode())
    second = stage(store, "Mới", "Thêm")
    assert (second.split("-")[0], titles(store, second)) == ("2", ["Mới", "Thêm"])


def test_a_killed_writer_leaves_nothing_behind(store: KnowledgeStore, dsn: str, tmp_path: Path) -> None:
    first = stage(store, "Cũ")
    program = f"""
        import os, signal
        from pathlib import Path
        from knowledge.documents import Procedure
        from knowledge.store import KnowledgeStore, connect
        with connect({dsn!r}) as conn:
            store = KnowledgeStore(conn, Path({str(tmp_path)!r}))
            with store.writing():
                store.stage([Procedure(code="9.000000", title="Mới")], actor="x")
                os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    head = store.head()
    assert head is not None
    assert (head.version, len(store.versions())) == (first, 1)
    assert stage(store, "Mới").startswith("2-")  # and the lock went with it


def test_writers_go_one_after_the_other(store: KnowledgeStore, dsn: str, tmp_path: Path) -> None:
    made = []

    def write(title: str) -> None:
        with connect(dsn) as conn:
            made.append(stage(KnowledgeStore(conn, tmp_path), title))

    threads = [threading.Thread(target=write, args=(f"Bản {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(name.split("-")[0] for name in made) == ["1", "2", "3", "4", "5", "6"]
    assert {version.name for version in store.versions()} == set(made)


def test_a_lost_database_is_an_outside_error(store: KnowledgeStore) -> None:
    os.kill(store.conn.info.backend_pid, signal.SIGTERM)
    with pytest.raises((OutsideError, psycopg.OperationalError)):
        stage(store, "Một")

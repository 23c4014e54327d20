"""Versions on disk: the same content is the same version, and whatever fails leaves the old one serving."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from knowledge import store as store_module
from knowledge.documents import Plan, Procedure
from knowledge.errors import OutsideError, SnapshotError
from knowledge.store import KEEP, Knowledge, KnowledgeStore, Source

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def knowledge(*titles: str) -> Knowledge:
    procedures = tuple(Procedure(code=f"9.{place:06d}", title=title) for place, title in enumerate(titles))
    return Knowledge(
        procedures=procedures, plans=(Plan(id="ke-hoach", title="Kế hoạch mẫu"),), ingested=procedures[:1]
    )


@pytest.fixture
def store(tmp_path: Path) -> KnowledgeStore:
    return KnowledgeStore(tmp_path)


def titles(store: KnowledgeStore) -> list[str]:
    current = store.load_current()
    assert current is not None
    return [procedure.title for procedure in current.procedures]


def test_an_empty_store_serves_nothing(store: KnowledgeStore) -> None:
    assert (store.current_version(), store.manifest(), store.load_current(), store.report()) == (
        None,
        None,
        None,
        None,
    )


def test_what_is_published_is_what_loads(store: KnowledgeStore) -> None:
    version, is_new = store.publish(
        knowledge("Một", "Hai"),
        sources=[Source("a.jsonl", "00", ("9.000000",))],
        inputs="x",
        report={"read": 2},
        now=NOW,
    )
    assert (version.split("-")[0], is_new) == ("1", True)
    loaded = store.load_current()
    assert loaded is not None
    assert loaded == Knowledge(**{**vars(knowledge("Một", "Hai")), "version": version})
    manifest = store.manifest()
    assert manifest is not None
    assert manifest.counts == {"procedures": 2, "ingested": 1, "plans": 1}
    assert (manifest.created, manifest.inputs) == ("2026-11-20T08:00:00+00:00", "x")
    assert manifest.sources == (Source("a.jsonl", "00", ("9.000000",)),)
    assert store.report() == {"read": 2}


def test_the_same_content_is_the_same_version(store: KnowledgeStore) -> None:
    first, _ = store.publish(knowledge("Một"), inputs="a", report={"read": 1}, now=NOW)
    again, is_new = store.publish(knowledge("Một"), inputs="b", report={"read": 9})
    assert (again, is_new) == (first, False)
    manifest = store.manifest()
    assert manifest is not None
    assert (manifest.inputs, manifest.created) == ("b", "2026-11-20T08:00:00+00:00")
    assert store.report() == {"read": 9}
    assert len(list(store.versions.iterdir())) == 1


def test_content_that_comes_back_takes_its_old_version(store: KnowledgeStore) -> None:
    first, _ = store.publish(knowledge("Một"))
    second, _ = store.publish(knowledge("Hai"))
    assert second.startswith("2-")
    assert store.publish(knowledge("Một")) == (first, False)
    assert titles(store) == ["Một"]


def test_old_versions_are_pruned_but_never_the_current(store: KnowledgeStore) -> None:
    for number in range(KEEP + 4):
        store.publish(knowledge(f"Bản {number}"))
    assert len(list(store.versions.iterdir())) == KEEP + 1
    assert titles(store) == [f"Bản {KEEP + 3}"]


@pytest.mark.parametrize("name", ["procedures.jsonl", "plans.jsonl", "ingested.jsonl"])
def test_damage_is_noticed(store: KnowledgeStore, name: str) -> None:
    version, _ = store.publish(knowledge("Một"))
    path = store.versions / version / name
    path.write_bytes(path.read_bytes().replace(b"M", b"N").replace(b"K", b"X") or b"{}\n")
    with pytest.raises(SnapshotError, match=name):
        store.load_current()
    path.unlink()
    with pytest.raises(SnapshotError, match="cannot be read"):
        store.load_current()


def test_a_manifest_that_is_no_manifest_is_noticed(store: KnowledgeStore) -> None:
    version, _ = store.publish(knowledge("Một"))
    (store.versions / version / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SnapshotError, match="manifest"):
        store.manifest()


def test_records_of_another_program_version_are_refused(
    store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        store_module, "_lines", lambda records: b'{"code": "9.000000", "unheard": 1}\n' * len(tuple(records))
    )
    store.publish(knowledge("Một"))
    with pytest.raises(SnapshotError, match="another program version"):
        store.load_current()


def _full_disk(*_args: object, **_kwargs: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def _break_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_write", _full_disk)


def _break_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", _full_disk)


def _break_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", _full_disk)


def _break_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "symlink_to", _full_disk)


@pytest.mark.parametrize("breaks", [_break_write, _break_rename, _break_flush, _break_link])
def test_a_full_disk_leaves_the_old_version_serving(
    store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[pytest.MonkeyPatch], None]
) -> None:
    first, _ = store.publish(knowledge("Cũ"))
    with monkeypatch.context() as broken:
        breaks(broken)
        with pytest.raises(OutsideError, match=f"No space left.*still serving: {first}"):
            store.publish(knowledge("Mới"))
    assert store.current_version() == first
    assert titles(store) == ["Cũ"]
    assert list(store.versions.glob(".*")) == []
    version, _ = store.publish(knowledge("Mới"))
    assert (store.current_version(), titles(store)) == (version, ["Mới"])


def test_a_full_disk_at_the_first_publish_says_so(
    store: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break_write(monkeypatch)
    with pytest.raises(OutsideError, match="still serving: none"):
        store.publish(knowledge("Một"))


def test_a_killed_publish_is_cleared_by_the_next(store: KnowledgeStore) -> None:
    store.publish(knowledge("Cũ"))
    (store.versions / ".new-left").mkdir()
    (store.versions / ".new-left" / "procedures.jsonl").write_text("half", encoding="utf-8")
    (store.root / ".current.new").symlink_to("nowhere")
    store.publish(knowledge("Mới"))
    assert titles(store) == ["Mới"]
    assert list(store.versions.glob(".new-*")) == []


def test_a_folder_without_a_manifest_is_no_version(store: KnowledgeStore, tmp_path: Path) -> None:
    version, _ = KnowledgeStore(tmp_path / "other").publish(knowledge("Một"))
    (store.versions / version).mkdir(parents=True)
    assert store.publish(knowledge("Một")) == (version.replace("1-", "2-", 1), True)
    assert titles(store) == ["Một"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB, where the machine lets us mount one."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True
        ).returncode
    ):
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True, capture_output=True)


def test_a_disk_that_is_really_full(tiny_disk: Path) -> None:
    store = KnowledgeStore(tiny_disk)
    first, _ = store.publish(knowledge("Cũ"))
    with pytest.raises(OutsideError, match="could not be published"):
        store.publish(knowledge(*(f"Thủ tục số {number} " + "x" * 200 for number in range(2000))))
    assert titles(store) == ["Cũ"]
    assert store.current_version() == first
    assert store.publish(knowledge("Mới"))[1]


def test_reading_needs_no_lock_and_sees_whole_versions(store: KnowledgeStore) -> None:
    store.publish(knowledge("Cũ"))
    before = store.load_current()
    store.publish(knowledge("Mới"))
    assert before is not None
    assert [procedure.title for procedure in before.procedures] == ["Cũ"]
    assert titles(store) == ["Mới"]


def test_files_on_disk_are_json_lines(store: KnowledgeStore) -> None:
    version, _ = store.publish(knowledge("Một", "Hai"))
    rows: list[dict[str, Any]] = [
        json.loads(row)
        for row in (store.versions / version / "procedures.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [row["title"] for row in rows] == ["Một", "Hai"]

"""Versions for tests of the content desk: records staged with the files they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.documents import (
    Doubt,
    Fee,
    How,
    Plan,
    Procedure,
    Provenance,
    Quantity,
    Section,
    SubmissionChannel,
)
from knowledge.store import KnowledgeStore, Source, connect

CODE = "1.234567"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def pdf(*pages: str) -> bytes:
    """A PDF of A4 pages with a line of plain letters on each, written by hand."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        content = f"BT /F1 24 Tf 60 760 Td ({text}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    made, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{made}{tail}startxref\n{len(made)}\n%%EOF\n".encode()


def procedure(code: str = CODE, **changes: Any) -> Procedure:
    """A record with something of each kind, and two doubts."""
    values: dict[str, Any] = {
        "code": code,
        "title": "Đăng ký nuôi cá lồng trên hồ",
        "field": "Thủy sản",
        "steps": ("Nộp hồ sơ tại bộ phận một cửa.", "Nhận kết quả.\nMang theo giấy hẹn."),
        "agency": "Ủy ban nhân dân cấp xã",
        "channels": (
            SubmissionChannel(
                how=How.DIRECT,
                time_limit=Quantity(raw="5"),
                fees=(Fee(amount=50000, kind="charge", condition="mỗi lồng", raw="50.000 đồng"),),
            ),
            SubmissionChannel(how=How.ONLINE, time_limit=Quantity(value=5, unit="working_day", raw="5 ngày")),
        ),
        "doubts": (
            Doubt(field="channels.direct.time_limit", reason="the number has no unit", raw="5", page=2),
            Doubt(field="channels.online.fees", reason="not stated"),
        ),
        "provenance": Provenance(source="Quyết định", page=1),
    }
    return Procedure(**{**values, **changes})


def plan(**changes: Any) -> Plan:
    values: dict[str, Any] = {
        "id": "ke-hoach-thu",
        "title": "Kế hoạch nuôi cá năm 2026",
        "number": "12/KH-UBND",
        "area": "lam-dong",
        "sections": (Section(path="I", title="Mục đích", text="Nuôi cá cho tốt.", page=1),),
        "doubts": (Doubt(field="signer", reason="no line below the seal", raw="..."),),
    }
    return Plan(**{**values, **changes})


@dataclass
class File:
    """A file that was read: its bytes, what its pages said, and the records it gave with their places."""

    name: str
    data: bytes
    kind: str
    pages: Sequence[tuple[str, float]] = ()  # text, quality
    records: Sequence[tuple[str, Procedure | Plan]] = ()
    method: str = "text"
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        self.sha = hashlib.sha256(self.data).hexdigest()


def stage(
    dsn: str,
    home: Path,
    records: Sequence[Procedure | Plan],
    *,
    files: Sequence[File] = (),
    report: dict[str, Any] | None = None,
    publish: bool = False,
) -> str:
    """Stage a version, and let it be noted as published when asked; its name."""
    folder = home / "knowledge" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    with connect(dsn) as conn:
        store = KnowledgeStore(conn, home)
        sources = [_keep(store, folder, file) for file in files]
        name, _ = store.stage(records, actor="test", sources=sources, report=report or {})
        if publish:
            store.published(name, snapshot="s", action="publish", actor="test")
    return name


def _keep(store: KnowledgeStore, folder: Path, file: File) -> Source:
    (folder / f"{file.sha}{Path(file.name).suffix}").write_bytes(file.data)
    conn = store.conn
    conn.execute(
        "INSERT INTO knowledge_files (sha256, name, kind, bytes) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (file.sha, file.name, file.kind, len(file.data)),
    )
    row = conn.execute(
        "INSERT INTO knowledge_readings (sha256, reader) VALUES (%s, gen_random_uuid()::text) RETURNING id",
        (file.sha,),
    ).fetchone()
    assert row is not None
    hashes = store.records.keep([record for _, record in file.records])
    for position, ((place, _), sha) in enumerate(zip(file.records, hashes, strict=True)):
        conn.execute(
            "INSERT INTO knowledge_reading_records (reading_id, position, place, record_sha256)"
            " VALUES (%s, %s, %s, %s)",
            (row["id"], position, place, sha),
        )
    for number, (text, quality) in enumerate(file.pages, start=1):
        conn.execute(
            "INSERT INTO knowledge_pages (sha256, page, method, quality, text) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (file.sha, number, file.method, quality, text),
        )
    return Source(file.name, file.sha, row["id"])

"""A process of its own that makes one call and keeps the answer, whatever becomes of whoever started it.

A refresh token works once: if the answer to its use is lost, an official has to log in again. So the call is made
here, by a process that nothing else can bring down: the answer is on the disk, sealed and synced, before anybody acts
on it, and the one who asked may have died meanwhile. Room for it is taken first: a full disk costs no token.

Run by its path, with standard input {url, headers, form, out, key, limit_s}; imports nothing of ours, so that it
starts at once. Ends with 0 (the answer lies in `out`), 3 (surely not sent), 4 (nobody can tell).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.fernet import Fernet

KEPT, NOT_SENT, UNKNOWN = 0, 3, 4
_MOST_BYTES = 100_000


def main() -> int:
    try:
        job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    except ValueError:  # whoever asks died while asking
        return NOT_SENT
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(int(job["limit_s"]) + 1)  # its end in any case
    try:
        place = room(Path(job["out"]))
    except OSError:  # no answer could be kept: so nothing is asked
        return NOT_SENT
    url = urlsplit(job["url"])
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    line = kind(url.hostname or "", url.port, timeout=float(job["limit_s"]))
    try:
        line.connect()
    except OSError:
        return NOT_SENT
    try:
        body = urlencode(job["form"]).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **job["headers"]}
        line.request("POST", url.path or "/", body=body, headers=headers)
        answer = line.getresponse()
        content = answer.read(_MOST_BYTES)
    except (OSError, HTTPException):
        return UNKNOWN
    keep(Path(job["out"]), place, Fernet(job["key"]).encrypt(_told(answer.status, content)))
    return KEPT


def _told(status: int, content: bytes) -> bytes:
    return json.dumps({"status": status, "body": content.decode("utf-8", "replace")}).encode()


def room(path: Path) -> int:
    """A file beside it with room on the disk for any answer, open to be written."""
    place = os.open(path.with_suffix(".part"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.posix_fallocate(place, 0, 3 * _MOST_BYTES)
    return place


def keep(path: Path, place: int, content: bytes) -> None:
    """Write so that after a power cut it is there whole, or not at all."""
    os.write(place, content)
    os.ftruncate(place, len(content))
    os.fsync(place)
    os.close(place)
    path.with_suffix(".part").rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main())

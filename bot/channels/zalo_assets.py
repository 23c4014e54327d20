"""Images and files that are sent: uploaded once, named by the platform's id until that expires after seven days."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.channels.base import Undeliverable
from bot.channels.zalo_api import Request, ZaloApi

MediaKind = Literal["image", "gif", "file"]
_MB = 1024 * 1024
LASTS_S = 7 * 86_400.0
_MARGIN_S = 3_600.0  # an id that would expire on its way is not used
_KEPT = 1_000  # ids held at once; an older one is uploaded again


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What an upload may be. `starts` are the first bytes of its formats, with their media types."""

    most: int
    starts: tuple[tuple[bytes, str], ...]
    answers: str  # the field of the answer that names it


_PDF, _ZIP, _OLE = b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
RULES: dict[MediaKind, Rule] = {
    "image": Rule(
        most=_MB,
        starts=((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")),
        answers="attachment_id",
    ),
    "gif": Rule(
        most=5 * _MB, starts=((b"GIF87a", "image/gif"), (b"GIF89a", "image/gif")), answers="attachment_id"
    ),
    "file": Rule(
        most=5 * _MB,
        starts=((_PDF, "application/pdf"), (_ZIP, _DOCX), (_OLE, "application/msword")),
        answers="token",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Media:
    """Something of ours to send. `key` is what the bytes are loaded by, and what an upload is remembered by."""

    kind: MediaKind
    key: str
    name: str


Load = Callable[[str], Awaitable[bytes]]


def media_type(kind: MediaKind, content: bytes) -> str:
    """The media type, by the content.

    Raises:
        Undeliverable: too large, empty, or no format that the platform takes.
    """
    rule = RULES[kind]
    if len(content) > rule.most:
        raise Undeliverable("media_size", note=f"{len(content)} bytes, at most {rule.most} for {kind}")
    found = next((kind for start, kind in rule.starts if content.startswith(start)), None)
    if found is None:
        raise Undeliverable("media_type", note=f"no format that the platform takes as {kind}")
    return found


@dataclass
class Assets:
    """Uploads of one OA, remembered in this process: another one uploads for itself."""

    api: ZaloApi
    load: Load
    clock: Callable[[], float] = time.monotonic
    _held: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    async def id_of(self, media: Media) -> str:
        """The platform's id of it, uploaded when need be.

        Raises:
            Refused, SendFailed: as every call; Undeliverable before any call when it breaks the platform's limits.
        """
        found = self._held.get((media.kind, media.key))
        if found is not None and self.clock() < found[1]:
            return found[0]
        return await self._upload(media)

    def forget(self, media: Media) -> None:
        self._held.pop((media.kind, media.key), None)

    async def _upload(self, media: Media) -> str:
        content = await self.load(media.key)
        part = (media.name, content, media_type(media.kind, content))
        path = f"/v2.0/oa/upload/{media.kind}"
        data = await self.api.deed(Request(method="POST", path=path, files={"file": part}))
        named = str(data.get(RULES[media.kind].answers) or "")
        if not named:
            raise Undeliverable("upload", note="the platform named no id for the upload")
        while len(self._held) >= _KEPT:
            self._held.pop(next(iter(self._held)))
        self._held[media.kind, media.key] = (named, self.clock() + LASTS_S - _MARGIN_S)
        return named

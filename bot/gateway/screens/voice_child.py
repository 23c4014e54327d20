"""Reads a text aloud into a WAV: `python -I -S voice_child.py LIBRARY DATA_FOLDER`, text in, sound out.

A process of its own, because a library in C that meets a stranger's text may fall, and then it falls alone. It needs
nothing but Python's own modules, so it is there in a few hundredths of a second.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import sys
import wave

_RETRIEVAL, _DONT_EXIT = 1, 0x8000  # hand the sound over; report a missing folder instead of leaving
_UTF8, _RATE = 1, 1  # kinds of text and parameter
WORDS_PER_MINUTE = 150  # slower than speech: it is a machine's voice, and many listeners are old
MEMORY, SECONDS = 512 * 1024 * 1024, 10


def main(library: str, folder: str) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    text = sys.stdin.buffer.read()
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_RETRIEVAL, 0, os.path.dirname(folder).encode() or None, _DONT_EXIT)
    if rate <= 0 or espeak.espeak_SetVoiceByName(b"vi") != 0:
        return 1
    espeak.espeak_SetParameter(_RATE, WORDS_PER_MINUTE, 0)
    sys.stdout.buffer.write(_wav(_spoken(espeak, text), rate))
    return 0


def _spoken(espeak: ctypes.CDLL, text: bytes) -> bytes:
    sound = bytearray()

    def take(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count:
            sound.extend(ctypes.string_at(samples, count * 2))
        return 0

    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    kept = kind(take)  # as long as the library may call it
    espeak.espeak_SetSynthCallback(kept)
    espeak.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 0, 0, _UTF8, None, None)
    espeak.espeak_Synchronize()
    return bytes(sound)


def _wav(sound: bytes, rate: int) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound)
    return written.getvalue()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2]))

"""Whether a piece of text can be stated as a fact, or may only be searched."""

from __future__ import annotations

from knowledge.text.quality import vietnamese_share

POOR = 0.6  # below: a text layer or scan that is not read reliably
PIECE = 0.85  # what a single piece must reach to be stated
ENOUGH = 12  # words from which a piece on a poor page speaks for itself


def reads_well(text: str, *, page: float = 1.0) -> bool:
    """Whether the piece itself reads as Vietnamese.

    On a poor page short pieces are not believed: two syllables are soon right by chance, and figures are never
    seen to be wrong.
    """
    share = vietnamese_share(text)
    if page >= POOR:
        return share >= PIECE or (share >= POOR and len(text.split()) < ENOUGH)
    return share >= 0.97 and len(text.split()) >= ENOUGH

"""Replies as JSON: the one shape every utterance has (`bot.answer.reply.Reply`, seen from outside)."""

from __future__ import annotations

from typing import Any

Reply = dict[str, Any]
_LISTS = ("blocks", "sources", "candidates")


def reply(
    status: str, text: str, *, context: dict[str, Any], choices: list[dict[str, str]] | None = None
) -> Reply:
    return {"status": status, "text": text, "choices": choices or [], "context": context}


def choice(title: str, *, payload: str = "", text: str = "") -> dict[str, str]:
    """A button; without a payload its text is said by the person."""
    return {"title": title, "text": text or title, "payload": payload}


def context_of(metadata: dict[str, Any]) -> dict[str, Any]:
    return dict(metadata.get("context") or {})


def with_form(context: dict[str, Any], form: dict[str, Any] | None) -> dict[str, Any]:
    """The context with this form open, or with none."""
    kept = {key: value for key, value in context.items() if key != "form"}
    return {**kept, "form": form} if form else kept


def merge(replies: list[Reply]) -> Reply:
    """One reply out of what was said in one turn: an answer, then the form's question again.

    The first says what the turn was about (status, procedure, context); the last holds the open form and
    the buttons to press now.
    """
    if len(replies) == 1:
        return replies[0]
    first, last = replies[0], replies[-1]
    merged = {**last, **first, "text": "\n\n".join(item["text"] for item in replies if item["text"])}
    merged["choices"] = last.get("choices", [])
    merged["context"] = with_form(first.get("context", {}), last.get("context", {}).get("form"))
    for name in _LISTS:
        merged[name] = [part for item in replies for part in item.get(name, [])]
    if merged["blocks"]:
        # Surfaces that lay out blocks must show the form's question too.
        merged["blocks"] += [
            {"kind": "text", "text": item["text"]} for item in replies if not item.get("blocks")
        ]
    return merged

"""Rasa's action protocol over any web framework: one JSON body in, status and JSON out."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)


async def handle(executor: ActionExecutor, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """(HTTP status, JSON). Rasa expects 400 for a rejection, 404 for an unknown action, 449 for no domain."""
    try:
        result = await executor.run(body)
    except ActionExecutionRejection as error:
        return 400, {"error": str(error), "action_name": error.action_name}
    except ActionNotFoundException as error:
        return 404, {"error": str(error), "action_name": error.action_name}
    except ActionMissingDomainException as error:
        return 449, {"error": str(error), "action_name": error.action_name}
    return 200, dict(result or {"events": [], "responses": []})

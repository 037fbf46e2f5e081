"""What the service's description says of its answers: an example of each, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel

_EXAMPLES = Path(__file__).with_name("examples.json")


class Refused(BaseModel):
    """Why it was refused, where OpenAI's clients look for it."""

    message: str
    type: str
    param: Literal[None] = None
    code: Literal[None] = None


class Refusal(BaseModel):
    """A request that was refused: ``message`` is a sentence for the person who made it."""

    error: Refused


REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": {"model": Refusal}, "5XX": {"model": Refusal}}


def refusal(
    status: int, told: str, kind: str = "hetao_error", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A sentence, also where OpenAI's clients look for it."""
    return JSONResponse(
        Refusal(error=Refused(message=told, type=kind)).model_dump(), status, headers
    )


def form(fields: Mapping[str, Mapping[str, Any]], required: Sequence[str] = ()) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads a form of these fields by itself."""
    schema = {"type": "object", "properties": fields, "required": list(required)}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def example(name: str, status: int = 200, *, streams: bool = False) -> dict[int | str, Any]:
    """The ``responses`` of a route.

    Args:
        name: of the example in examples.json.
        status: of an answer.
        streams: whether it may come as server-sent events instead.
    """
    content: dict[str, Any] = {"application/json": {"example": examples()[name]}}
    if streams:
        content["text/event-stream"] = {"schema": {"type": "object"}}  # an event
    return {status: {"content": content}}


@cache
def examples() -> dict[str, Any]:
    """Answers of the service over the bundled corpus, by what they answer."""
    return dict(json.loads(_EXAMPLES.read_text(encoding="utf-8")))

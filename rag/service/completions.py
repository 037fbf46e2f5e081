"""Answers as OpenAI's chat completions: the sources as footnotes in the text, and structured.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from rag.answer_json import answer_to_json
from rag.conversations.export import Footnoted, answer_with_footnotes
from rag.conversations.kept import Round
from rag.text.harmless import web_address
from rag.types import Answer, Filters

MODEL = "hetao"


def completion(answer: Answer) -> dict[str, Any]:
    """A chat completion. ``hetao`` beside the message is what ``hetao ask --json`` prints."""
    told = _told(answer)
    message = {
        "role": "assistant", "content": told.text, "refusal": None,
        "annotations": sources(told),
    }  # fmt: skip
    return {
        **_head("chat.completion"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": _usage(answer),
        "hetao": answer_to_json(answer),
    }


def chunks(answers: Iterable[Answer], *, grows: bool) -> Iterator[dict[str, Any]]:
    """The same piece by piece.

    Args:
        answers: snapshots, the last one complete.
        grows: whether a later one only adds to what an earlier says, so that it can be sent at
            once; what a chat model replaces is sent when it is complete.
    """
    head, sent = _head("chat.completion.chunk"), ""
    yield _chunk(head, {"role": "assistant", "content": ""})
    for answer in answers:
        told = _told(answer)
        if not answer.complete:
            if grows and answer.claims and told.said.startswith(sent):
                yield _chunk(head, {"content": told.said[len(sent) :]})
                sent = told.said
            continue
        # What was sent cannot be taken back; where the end says otherwise it is said anew.
        text = told.text
        rest = text[len(sent) :] if text.startswith(sent) else f"\n\n{text}"
        yield _chunk(head, {"content": rest})
        end = _chunk(head, {"annotations": sources(told)}, "stop")
        yield end | {"hetao": answer_to_json(answer)}


def sources(told: Footnoted) -> list[dict[str, Any]]:
    """The cited pages that have an address, each with the place of its first mark in the text."""
    found = []
    for number, citation in enumerate(told.cited, 1):
        mark = f"[^{number}]"
        if web_address(citation.url):
            start = told.text.find(mark)
            cited = {
                "url": citation.url, "title": citation.title, "start_index": start,
                "end_index": start + len(mark),
            }  # fmt: skip
            found.append({"type": "url_citation", "url_citation": cited})
    return found


def _told(answer: Answer) -> Footnoted:
    done = Round(1, datetime.now(UTC), answer.question, Filters(), answer)
    return answer_with_footnotes(done, answer.language)


def _head(kind: str) -> dict[str, Any]:
    known_as = f"chatcmpl-{uuid.uuid4().hex}"
    return {"id": known_as, "object": kind, "created": int(time.time()), "model": MODEL}


def _chunk(head: dict[str, Any], delta: dict[str, Any], end: str | None = None) -> dict[str, Any]:
    return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}


def _usage(answer: Answer) -> dict[str, int]:
    used = answer.usage
    prompt, out = (used.input_tokens, used.output_tokens) if used else (0, 0)
    return {"prompt_tokens": prompt, "completion_tokens": out, "total_tokens": prompt + out}

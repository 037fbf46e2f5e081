"""What the service answers, route by route: the objects that the commands print with ``--json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from rag.answer_json import answer_to_json, hits_to_json, read_to_json, transcript_to_json
from rag.assistant import Assistant
from rag.events import event_to_json, events_of
from rag.service.completions import MODEL, chunks, completion
from rag.service.described import example
from rag.service.requests import AskIn, ChatIn, SearchIn
from rag.service.service import Service, event, missing_is_404


def state_routes(service: Service) -> APIRouter:
    """Whether the service lives, can answer, and what it has done."""
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    @router.get("/ready")
    async def ready() -> dict[str, Any]:
        """Whether questions can be answered; 503 and why where they cannot."""
        held = await anyio.to_thread.run_sync(lambda: service.opened().transcripts())
        return {"status": "ok", "transcripts": len(held)}

    @router.get("/metrics", dependencies=[service.may("metrics")], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Figures for Prometheus; no question stands in them."""
        return PlainTextResponse(service.metrics.text())

    return router


def answer_routes(service: Service) -> APIRouter:
    """To ask, to search and to read."""
    router = APIRouter(prefix="/v1", dependencies=[service.may("ask")])

    @router.post("/ask", response_model=None, responses=example("ask", streams=True))
    async def ask(request: Request, asked: AskIn) -> Response | dict[str, Any]:
        """The answer, as `hetao ask --json` prints it; or its events, as they come."""
        request.state.asked = asked.question
        arguments = (asked.question, asked.messages(), asked.filters.filters())
        if not asked.stream:
            return answer_to_json(await service.work(lambda assistant: assistant.ask(*arguments)))

        def events(assistant: Assistant) -> Iterator[str]:
            for each in events_of(assistant.stream(*arguments)):
                told = event_to_json(each)
                yield event(told, told["event"])

        return await service.stream(events)

    @router.post("/search", responses=example("search"))
    async def search(request: Request, wanted: SearchIn) -> dict[str, Any]:
        """The nearest passages, as `hetao search --json` prints them."""
        request.state.asked = wanted.question
        arguments = (wanted.question, wanted.k, wanted.filters.filters())
        found = await service.work(lambda assistant: assistant.search(*arguments))
        return hits_to_json(found.question, found.hits, found.timings_ms)

    @router.get("/transcripts", responses=example("transcripts"))
    async def transcripts() -> dict[str, Any]:
        """All transcripts, as `hetao list --json` prints them."""
        held = await service.work(lambda assistant: assistant.transcripts())
        return {"transcripts": [transcript_to_json(each) for each in held]}

    @router.get("/transcripts/{transcript_id:path}", responses=example("transcript"))
    async def transcript(transcript_id: str) -> dict[str, Any]:
        """One transcript with its turns, as `hetao show --json` prints it."""
        with missing_is_404():
            found = await service.work(lambda assistant: assistant.transcript(transcript_id))
        return read_to_json(found, found.turns)

    return router


def model_routes(service: Service) -> APIRouter:
    """The same for OpenAI's clients. https://platform.openai.com/docs/api-reference"""
    router = APIRouter(prefix="/v1", dependencies=[service.may("ask")])

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """The one model there is."""
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "hetao"}
        return {"object": "list", "data": [model]}

    @router.post(
        "/chat/completions", response_model=None, responses=example("completion", streams=True)
    )
    async def complete(request: Request, chat: ChatIn) -> Response | dict[str, Any]:
        """The answer as a chat completion, its sources as footnotes and as annotations."""
        question, history = chat.question()
        request.state.asked = question
        if not chat.stream:
            return completion(await service.work(lambda each: each.ask(question, history)))

        def pieces(assistant: Assistant) -> Iterator[str]:
            answers = assistant.stream(question, history)
            # What a chat model writes replaces the quotes that stood before it.
            for chunk in chunks(answers, grows=not service.settings.chat_model):
                yield event(chunk)
            yield "data: [DONE]\n\n"

        return await service.stream(pieces)

    return router

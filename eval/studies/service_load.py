"""Users of a service who ask one question after another, none of them twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
import numpy as np

from eval.public_sets import read_named_set
from eval.records import PAGE_10, SETS, read_records
from eval.studies.served import Served
from rag.settings import Settings

# Ways to ask the same that make it another question for every cache.
_WAYS = ("{}", "Could you tell me: {}", "{} Please quote.", "We would like to know this. {}")
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came: times by the wall clock, ``told`` without timings or None."""

    question: str
    began: float
    ended: float
    told: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Load:
    """What came of all users, and what the service took: its processor time, in seconds, and its
    memory at even distances, in MB."""

    asked: tuple[Asked, ...]
    seconds: float
    cpu_seconds: float
    memory: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(each.told is not None for each in self.asked) / self.seconds


def questions(settings: Settings) -> Iterator[str]:
    """Distinct questions: our own sets mixed with XQuAD's, which these transcripts rarely answer.

    Ways of asking the same come last. Raises SetError when the data is missing.
    """
    own = [
        record.question
        for file in (PAGE_10, SETS / "practice.jsonl")
        for _, record in read_records(file)[0]
    ]
    foreign = [case.record.question for case in read_named_set("xquad", settings)[0].cases]
    random = np.random.default_rng(20230905)
    seen: set[str] = set()
    for way in _WAYS:
        asked = [way.format(text) for text in (*own, *foreign)]
        for place in random.permutation(len(asked)):
            if asked[place] not in seen:
                seen.add(asked[place])
                yield asked[place]


async def put_load(served: Served, texts: Iterator[str], users: int, seconds: float) -> Load:
    """So many users ask one question after another for a while."""
    asked: list[Asked] = []
    memory = [served.memory_mb()]
    until = time.time() + seconds

    async def use(client: httpx.AsyncClient) -> None:
        while time.time() < until:
            asked.append(await _ask(client, next(texts)))

    started, cpu = time.perf_counter(), served.cpu_seconds()
    made = httpx.AsyncClient(
        base_url=served.address, timeout=_PATIENCE_SECONDS,
        limits=httpx.Limits(max_connections=users),
    )  # fmt: skip
    async with (
        made as client,
        anyio.create_task_group() as group,
    ):
        for _ in range(users):
            group.start_soon(use, client)
        for _ in range(4):
            await anyio.sleep(seconds / 4)
            memory.append(served.memory_mb())
    took = time.perf_counter() - started
    return Load(tuple(asked), took, served.cpu_seconds() - cpu, tuple(memory))


async def _ask(client: httpx.AsyncClient, text: str) -> Asked:
    began = time.time()
    try:
        got = await client.post("/v1/ask", json={"question": text})
        told = without_times(got.json()) if got.status_code == 200 else None
    except httpx.HTTPError:
        told = None
    return Asked(text, began, time.time(), told)


def without_times(told: dict[str, Any]) -> dict[str, Any]:
    """What an answer says of the question, not of the machine."""
    return {name: value for name, value in told.items() if name != "timings_ms"}

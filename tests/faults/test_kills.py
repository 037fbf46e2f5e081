"""Processes that are killed at any moment: nothing is lost, and what was begun is gone on with."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.settings import Settings

pytestmark = [pytest.mark.faults, pytest.mark.model]

KILLS = 20
Check = Callable[[Settings], set[str]]
Start = Callable[..., Any]
Serve = Callable[..., AbstractContextManager[Any]]


def add_speech(settings: Settings, page: Any, number: int) -> None:
    said = " ".join(f"Pier {n} of harbour {number} was mended in spring." for n in range(40))
    page(settings.corpus_dir / f"more-{number}.txt", ("Lin Mei", "Welcome."), ("Wu Lan", said))


def test_an_ingest_killed_at_twenty_moments_loses_nothing(
    own_bridge: Settings, check_whole: Check, start: Start, page: Any
) -> None:
    known = check_whole(own_bridge)
    random.seed(5)
    add_speech(own_bridge, page, 0)
    began = time.monotonic()
    assert start(own_bridge, "ingest").wait(300) == 0
    whole = time.monotonic() - began
    known |= {"more-0"}
    assert check_whole(own_bridge) == known
    ended = 0
    for number in range(1, KILLS + 1):
        add_speech(own_bridge, page, number)
        writer = start(own_bridge, "ingest")
        time.sleep(whole * 1.1 * (number - random.random()) / KILLS)
        ended += writer.poll() is not None
        writer.kill()
        writer.communicate()
        now = check_whole(own_bridge)
        everything = known | {f"more-{n}" for n in range(1, number + 1)}
        assert known <= now <= everything
        known = now
    assert ended < KILLS
    assert start(own_bridge, "ingest").wait(300) == 0
    assert check_whole(own_bridge) == known | {f"more-{n}" for n in range(KILLS + 1)}
    names = {path.name for path in (own_bridge.data_dir / "index").iterdir()}
    assert len(names - {"CURRENT", ".lock"}) <= 2


def test_two_ingests_at_once_are_one_and_a_sentence(
    own_bridge: Settings, check_whole: Check, start: Start, page: Any
) -> None:
    add_speech(own_bridge, page, 0)
    both = [start(own_bridge, "ingest") for _ in range(2)]
    told = [each.communicate(timeout=300)[1] for each in both]
    codes = [each.returncode for each in both]
    # Where one begins after the other's end, it has nothing to do.
    assert sorted(codes) in ([0, 0], [0, 1])
    if 1 in codes:
        assert "Another ingest is writing" in told[codes.index(1)]
    assert "more-0" in check_whole(own_bridge)


def test_a_server_killed_while_it_answers_comes_up_again(
    own_bridge: Settings, serve: Serve
) -> None:
    with serve(own_bridge) as service:
        before = without_times(service.ask())
        asking = threading.Thread(target=ask_and_fail, args=(service,))
        asking.start()
        time.sleep(0.05)
        service.process.kill()
        asking.join(60)
    with serve(own_bridge) as service:
        assert without_times(service.ask()) == before


def test_a_worker_that_is_killed_is_started_again_and_counted_no_more(
    own_bridge: Settings, serve: Serve
) -> None:
    with serve(own_bridge, "--workers=2") as service:
        before = without_times(service.ask())
        first = service.workers()
        assert len(first) == 2
        asking = [threading.Thread(target=ask_and_fail, args=(service,)) for _ in range(8)]
        for each in asking:
            each.start()
        time.sleep(0.05)
        for worker in first:
            os.kill(worker, signal.SIGKILL)
        for each in asking:
            each.join(60)
        until = time.monotonic() + 60
        while len(service.workers() - first) < 2:
            assert time.monotonic() < until
            time.sleep(0.2)
        answers = [without_times(service.ask()) for _ in range(6)]
        assert answers == [before] * 6
        figures = httpx.get(f"{service.address}/metrics").text
        assert "hetao_questions_in_work 0.0" in figures
        counted = float(figures.split('route="/v1/ask",status="200"} ')[1].split()[0])
        assert counted >= 7


def test_workers_end_with_the_process_that_started_them(own_bridge: Settings, serve: Serve) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        with serve(own_bridge, "--workers=2") as service:
            workers = service.workers()
            service.process.send_signal(number)
            service.process.communicate(timeout=60)
            until = time.monotonic() + 30
            while any(map(is_alive, workers)):
                assert time.monotonic() < until, f"signal {number}"
                time.sleep(0.1)


def test_several_processes_count_a_callers_requests_together(
    own_bridge: Settings, serve: Serve
) -> None:
    own = own_bridge.model_copy(update={"serve_per_minute": 6})
    with serve(own, "--workers=2") as service:
        got = [httpx.get(f"{service.address}/v1/models").status_code for _ in range(12)]
        assert got.count(200) in (6, 7)
        assert set(got) == {200, 429}


def ask_and_fail(service: Any) -> None:
    """Asks one whose process is killed meanwhile: no answer, or all of it."""
    with suppress(httpx.TransportError):
        assert service.ask().json()["status"] == "answered"


def without_times(got: httpx.Response) -> dict[str, Any]:
    assert got.status_code == 200, got.text
    return {name: value for name, value in got.json().items() if name != "timings_ms"}


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False

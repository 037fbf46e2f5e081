"""Three servers without a folder in common: they share an S3 server and a Chroma server."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus

pytestmark = [pytest.mark.model, pytest.mark.faults]

COMMANDS = Path(sys.executable).parent
QUESTION = "What will the new bridge cost?"
COST = "The new bridge will cost {} million yuan."
SECONDS = 60.0


@contextmanager
def running(*command: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A command of ours that serves on a port: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [COMMANDS / command[0], *command[1:], "--port", str(port)],
        env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address))
        yield address, process
    finally:
        process.kill()
        process.wait(timeout=20)


def answers(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.1)


def ask(address: str) -> dict[str, Any]:
    got = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}, timeout=SECONDS)
    assert got.status_code == 200, got.text
    return {name: value for name, value in got.json().items() if name != "timings_ms"}


def test_servers_follow_a_shared_index_and_outlive_each_other_and_the_place_of_it(
    tmp_path: Path, page: Any, chroma_address: str, real_settings: Settings,
    real_embedder: Embedder, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def machine(name: str) -> Settings:
        (tmp_path / name).mkdir()
        (tmp_path / name / "models").symlink_to(real_settings.data_dir / "models")
        return Settings(
            _env_file=None, data_dir=tmp_path / name, corpus_dir=tmp_path / "corpus",
            index_url="s3://hetao/index", chroma_url=chroma_address, serve_per_minute=100_000,
        )  # fmt: skip

    def say(millions: int) -> None:
        page(own.corpus_dir / "bridge.txt", ("Chen Tao", COST.format(millions)))
        ingest(read_corpus((own.corpus_dir,)), own, real_embedder)

    own = machine("own")
    with ExitStack() as stack:
        store, s3 = stack.enter_context(running("moto_server", "--host", "127.0.0.1"))
        httpx.put(f"{store}/hetao").raise_for_status()
        for name, value in {
            "AWS_ENDPOINT_URL": store, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        say(900)

        machines = [machine(name) for name in ("one", "two", "three")]
        served = [
            stack.enter_context(running("hetao", "serve", **{
                f"HETAO_{name.upper()}": str(getattr(each, name))
                for name in ("data_dir", "index_url", "chroma_url", "serve_per_minute")
            }))
            for each in machines
        ]  # fmt: skip
        addresses = [address for address, _ in served]
        told = [ask(address) for address in addresses]
        assert COST.format(900) in told[0]["text"]
        assert told == [told[0]] * 3

        say(950)
        for address in addresses:
            wait_for(lambda address=address: COST.format(950) in ask(address)["text"])
        assert not list((tmp_path / "one").rglob("chroma"))
        # The one in force and the one before, nothing half made.
        assert httpx.get(f"{store}/hetao?list-type=2").text.count("<Key>") == 3

        answered: list[str] = []
        for address in itertools.islice(itertools.cycle(addresses), 12):
            if len(answered) == 4:
                served[1][1].kill()
            try:
                assert COST.format(950) in ask(address)["text"]
                answered.append(address)
            except httpx.TransportError:
                assert address == addresses[1]
        assert [answered.count(address) for address in addresses] == [4, 1, 4]

        s3.kill()
        s3.wait(timeout=20)
        for address in (addresses[0], addresses[2]):
            assert COST.format(950) in ask(address)["text"]
        time.sleep(6)  # by now each has looked, in vain
        for address in (addresses[0], addresses[2]):
            assert COST.format(950) in ask(address)["text"]

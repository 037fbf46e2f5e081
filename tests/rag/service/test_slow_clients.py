"""Clients that are slow or silent hold no place for long; the others are answered meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from rag.service.connections import PatientProtocol
from rag.settings import Settings
from rag.types import Answer

SECONDS = 0.5
HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def connected(address: str) -> Iterator[socket.socket]:
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as client:
        yield client


def received(client: socket.socket) -> bytes:
    """All that comes until the connection is closed or broken off."""
    got = b""
    try:
        while piece := client.recv(1 << 16):
            got += piece
    except ConnectionResetError:
        pass
    return got


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "seconds", SECONDS)


@pytest.fixture
def address(
    settings: Settings, patience: None, serve: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    own = settings.model_copy(update={"serve_client_seconds": SECONDS, "serve_at_once": 1})
    with serve(own, Streaming) as address:
        yield address


class Streaming:
    """An assistant whose answer is larger than what a connection takes before it is read."""

    def stream(self, *_: Any) -> Iterator[Answer]:
        text = "The bridge. " * 500_000
        yield Answer(text, text, "en", "not_in_corpus", text, (), (), (), 0.0, "none")

    def transcripts(self) -> tuple[()]:
        return ()


@pytest.mark.parametrize("sent", [b"", b"POST /v1/ask HT", HEAD])
def test_a_connection_without_a_whole_head_is_broken_off(address: str, sent: bytes) -> None:
    with connected(address) as client:
        client.sendall(sent)
        began = time.monotonic()
        assert httpx.get(f"{address}/health").status_code == 200
        assert received(client) == b""
        assert SECONDS / 2 < time.monotonic() - began < 20


def test_a_head_that_comes_slowly_on_a_used_connection_is_broken_off(address: str) -> None:
    with connected(address) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /hea")
        received(client)


def test_a_body_that_does_not_come_is_refused_in_a_sentence(address: str) -> None:
    with connected(address) as client:
        client.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        assert httpx.get(f"{address}/ready").status_code == 200
        got = received(client)
        assert got.startswith(b"HTTP/1.1 408")
        assert b"HETAO_SERVE_CLIENT_SECONDS" in got


def test_who_does_not_take_the_answer_gives_up_his_turn(address: str) -> None:
    body = b'{"question": "bridge", "stream": true}'
    with connected(address) as client:
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert client.recv(1 << 10).startswith(b"HTTP/1.1 200")
        # Of one turn at a time this is the only one; the next waits until it is given up.
        listed = httpx.get(f"{address}/v1/transcripts", timeout=20)
        assert listed.json() == {"transcripts": []}
        received(client)


def test_when_too_many_are_open_the_longest_quiet_is_broken_off(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientProtocol, "most", 3)
    monkeypatch.setattr(PatientProtocol, "seconds", 60)
    with connected(address) as first, connected(address), connected(address):
        assert httpx.get(f"{address}/health").status_code == 200
        assert received(first) == b""

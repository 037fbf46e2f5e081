"""An event on a real server of this machine: fetched whole, and nothing else of it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docx
import pytest

from rag.errors import CorpusError
from rag.transcripts.corpus import read_corpus
from rag.transcripts.shelf import rename
from rag.transcripts.web import fetch
from rag.transcripts.web.event import add_event
from rag.transcripts.web.fetch import Fetcher

SPEAKERS = {
    "Lin Mei": "Thank you. The next question, please: number {}.",
    "Daily Times": "How much does pier {} of the harbour cost, and when will it open?",
    "Chen Tao": "Pier {} will open in May. We will build it for 3.5 billion yuan.",
}
Answer = tuple[int, dict[str, str], bytes]
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(number: int, count: int = 11) -> bytes:
    said = "".join(
        f"<p><strong>{name}:</strong> {words.format(number)}</p>"
        for name, words in SPEAKERS.items()
    )
    links = "".join(f"<a href='{address(n)}'>{n}</a> " for n in range(1, count + 1) if n != number)
    return (
        "<html><head><title>The harbour</title><meta charset='utf-8'></head><body>"
        f"<article><h1>The harbour</h1>{said}</article><div>{links}"
        f"<a href='{address(number + 1)}'>Next</a></div>"
        "<a href='/news/content_4712.htm'>Another event</a><a href='/news/content_4712_2.htm'>2</a>"
        "</body></html>"
    ).encode()


def address(number: int) -> str:
    return "/news/content_4711.htm" if number == 1 else f"/news/content_4711_{number}.htm"


EVENT: dict[str, Answer] = {address(n): (200, HTML, page(n)) for n in range(1, 12)}


class Site:
    """A server that answers what a test wants, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = dict(EVENT)
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, content = site.answers.get(self.path, (404, {}, b"no"))
                if drip := headers.get("Drip"):
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    with contextlib.suppress(OSError):
                        for number in range(int(drip)):
                            self.wfile.write(f"X-{number}: y\r\n".encode())
                            time.sleep(0.05)
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    yield server
    server.close()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return tmp_path / "corpus"


Add = Callable[[str], tuple[Path, ...]]


@pytest.fixture
def add(corpus: Path) -> Iterator[Add]:
    fetcher = Fetcher(["localhost"], delay=0)
    yield lambda url: add_event(url, corpus, fetcher, lambda _: None)
    fetcher.close()


@pytest.mark.parametrize("first", [1, 10])
def test_all_pages_of_the_event_are_added_and_none_of_another(
    site: Site, corpus: Path, add: Add, first: int
) -> None:
    files = add(site.root + address(first))
    assert [file.name for file in files] == [f"page-{n:03}.html" for n in range(1, 12)]
    (transcript,) = read_corpus([corpus]).transcripts
    assert [page.number for page in transcript.pages] == list(range(1, 12))
    assert transcript.pages[9].url == site.root + address(10)
    assert (transcript.title, len(transcript.turns)) == ("The harbour", 33)
    assert {turn.speaker for turn in transcript.turns} == set(SPEAKERS)
    assert not [path for path in site.asked if "4712" in path]
    manifest = json.loads(next(corpus.rglob("manifest.json")).read_text(encoding="utf-8"))
    assert all(len(each["sha256"]) == 64 for each in manifest["transcripts"][0]["pages"])


def test_an_event_that_is_fetched_again_is_the_same(site: Site, corpus: Path, add: Add) -> None:
    assert add(site.root + address(1)) == add(site.root + address(10))


def test_two_events_whose_addresses_differ_in_a_number_are_two(
    site: Site, corpus: Path, add: Add
) -> None:
    for number in (101, 102):
        site.answers[f"/briefing-{number}.html"] = (200, HTML, page(number, count=1))
        add(f"{site.root}/briefing-{number}.html")
    ids = [each.id for each in read_corpus([corpus]).transcripts]
    assert [each.rpartition("-")[2] for each in ids] == ["101", "102"]


def test_an_event_that_was_corrected_is_renewed_and_keeps_what_a_person_wrote_of_it(
    site: Site, corpus: Path, add: Add
) -> None:
    add(site.root + address(1))
    rename(read_corpus([corpus]).transcripts[0].id, "The new harbour", corpus)
    site.answers[address(3)] = (200, HTML, page(3).replace(b"3.5 billion", b"4.5 billion"))
    add(site.root + address(1))
    (transcript,) = read_corpus([corpus]).transcripts
    assert transcript.title == "The new harbour"
    assert transcript.text.count("4.5 billion") == 1


@pytest.mark.parametrize("url", ["http://[x", "http://a..b/", "http://host:x/", "https:///only"])
def test_what_is_no_address_is_told(add: Add, url: str) -> None:
    with pytest.raises(CorpusError, match="no address of a web page"):
        add(url)


def test_an_address_and_links_may_be_written_in_any_letters(
    site: Site, corpus: Path, add: Add
) -> None:
    said = page(1, count=1).replace(b"</body>", b"<a href='http://[x'>2</a></body>")
    site.answers = {"/%E6%B8%AF%E5%8F%A3?a=%20b": (200, HTML, said)}
    assert len(add(f"{site.root}/港口?a=%20b#top")) == 1


def test_a_file_that_is_no_web_page_is_added_as_what_it_is(
    site: Site, corpus: Path, add: Add
) -> None:
    document, packed = docx.Document(), io.BytesIO()
    for name, words in SPEAKERS.items():
        document.add_paragraph(f"{name}: {words}")
    document.save(packed)
    site.answers = {"/minutes": (200, {"Content-Type": "text/html"}, packed.getvalue())}
    assert [file.suffix for file in add(f"{site.root}/minutes")] == [".docx"]


def test_a_redirect_is_followed(site: Site, corpus: Path, add: Add) -> None:
    site.answers["/old"] = (302, {"Location": address(1)}, b"")
    assert len(add(f"{site.root}/old")) == 11


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {}, b"no"), "answers 404"),
        ((302, {"Location": "/bad"}, b""), "without end"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "within this network"),
        ((302, {"Location": "http://[::1]:1/"}, b""), "within this network"),
        ((302, {"Location": "http://169.254.169.254/latest"}, b""), "within this network"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "no address of a web page"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (21 * 1024**2))), "20 MB"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "cannot be read"),
        ((200, {"Content-Encoding": "br"}, b"x"), "not asked for"),
        ((200, HTML, b""), "is empty"),
        ((200, HTML, b"<html><form>Name <input> Password <input></form></html>"), "logged in"),
        ((200, HTML, b"<html><p>A page on which nobody is named at all.</p></html>"), "logged in"),
    ],
    ids=["404", "loop", "loopback", "IPv6", "link-local", "file", "bomb", "damaged", "brotli",
         "empty", "login", "nobody"],
)  # fmt: skip
def test_what_cannot_or_may_not_be_had_is_told_and_nothing_is_added(
    site: Site, corpus: Path, add: Add, answer: Answer, told: str
) -> None:
    site.answers["/bad"] = answer
    with pytest.raises(CorpusError, match=told):
        add(f"{site.root}/bad")
    assert not corpus.exists()


def test_a_page_that_drips_without_end_is_given_up(
    site: Site, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_SECONDS", 0.4)
    site.answers["/slow"] = (200, {"Drip": "200"}, b"")
    began = time.monotonic()
    with pytest.raises(CorpusError, match=r"longer than|timed out"):
        add(f"{site.root}/slow")
    assert time.monotonic() - began < 5


def test_an_address_within_the_network_is_fetched_only_where_it_is_allowed(
    site: Site, corpus: Path
) -> None:
    with pytest.raises(CorpusError, match="HETAO_FETCH_ALLOWED_HOSTS"):
        add_event(site.root + address(1), corpus, Fetcher(delay=0), lambda _: None)
    assert site.asked == []


def test_what_robots_are_asked_not_to_fetch_is_not_fetched(site: Site, add: Add) -> None:
    site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /news/")
    with pytest.raises(CorpusError, match="robots"):
        add(site.root + address(1))
    assert site.asked == ["/robots.txt"]


def test_a_page_whose_charset_is_told_wrong_is_read_by_what_it_holds(
    site: Site, corpus: Path, add: Add
) -> None:
    text = page(1, count=1).decode().replace("harbour", "港口").replace("utf-8", "big5")
    site.answers = {address(1): (200, {"Content-Type": "text/html; charset=big5"}, text.encode())}
    add(site.root + address(1))
    assert "of the 港口" in read_corpus([corpus]).transcripts[0].text

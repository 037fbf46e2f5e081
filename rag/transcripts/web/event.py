"""All pages of one event, from the address of any of them, stored as files with a manifest."""

from __future__ import annotations

import contextlib
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

import lxml.etree
import lxml.html

from rag.errors import CorpusError
from rag.transcripts.corpus import read_corpus
from rag.transcripts.manifest import MANIFEST_NAME
from rag.transcripts.shelf import add_paths, read_entries, write_manifest
from rag.transcripts.web.fetch import Fetched, Fetcher, sound

_MOST_PAGES = 100
# The number of a page in its address: "..._10.htm", "...-2.html", "/page/3", "?page=4". A number of
# four figures or more is an article's, not a page's.
_NUMBER = re.compile(
    r"[_-](?P<end>\d{1,3})(?=\.\w{1,6}$)|/page/(?P<path>\d{1,3})/?$|[?&](?:page|p)=(?P<query>\d{1,3})$",
    re.IGNORECASE,
)
_LONGEST_LABEL = 20  # characters of a link to a page: "Next page >"


class Link(NamedTuple):
    """Where another page of the event is; ``numbered`` where the link says its number."""

    number: int
    url: str
    numbered: bool


def add_event(
    url: str, corpus_dir: Path, fetcher: Fetcher, progress: Callable[[str], None]
) -> tuple[Path, ...]:
    """Fetch an event and add it to the corpus, or renew it there.

    Args:
        url: the address of one of its pages.
        corpus_dir: where the files go, in a folder of their own.
        fetcher: what fetches them.
        progress: is told each address before it is fetched.

    Returns the files. Raises CorpusError when a page cannot be had or nobody speaks on it; then
    nothing was added.
    """
    pages = fetch_pages(url, fetcher, progress)
    name = _name(pages[min(pages)].url, of_several=len(pages) > 1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        told = []
        for number, page in sorted(pages.items()):
            # So that names sort as the pages do.
            file = folder / f"page-{number:03}{_ending(page.content)}"
            file.write_bytes(page.content)
            digest = hashlib.sha256(page.content).hexdigest()
            told.append({"file": file.name, "page": number, "url": page.url, "sha256": digest})
        # What a person has written about the event stays when its pages are fetched anew.
        known = read_entries(corpus_dir / name / MANIFEST_NAME)
        entry = next((each for each in known if each["id"] == name), {"id": name})
        entry |= {"url": pages[min(pages)].url, "pages": told}
        write_manifest(folder / MANIFEST_NAME, [entry])
        if not _somebody_speaks(folder):
            raise CorpusError(
                f"Nobody speaks on {url}. If one must be logged in to read it, save it in a "
                "browser and add the file."
            )
        return add_paths([folder], corpus_dir, renew=True)


def _somebody_speaks(folder: Path) -> bool:
    turns = (turn for each in read_corpus([folder]).transcripts for turn in each.turns)
    return any(turn.role != "narrator" for turn in turns)


def fetch_pages(url: str, fetcher: Fetcher, progress: Callable[[str], None]) -> dict[int, Fetched]:
    """The pages of an event by their number, and no page of anything else."""
    url = sound(url)
    pages: dict[int, Fetched] = {}
    waiting = {page_number(url): Link(page_number(url), urldefrag(url).url, numbered=True)}
    while waiting and len(pages) < _MOST_PAGES:
        link = waiting.pop(min(waiting))
        progress(link.url)
        try:
            pages[link.number] = fetcher.get(link.url)
        except CorpusError:
            # "Next" on the last page may lead nowhere; a page that has a number is missed.
            if link.numbered:
                raise
            continue
        for other in page_links(pages[link.number]):
            known = waiting.get(other.number)
            if other.number not in pages and not (known and known.numbered):
                waiting[other.number] = other
    return pages


def page_number(url: str) -> int:
    """The number of a page, told by its address; 1 where it has none."""
    found = _NUMBER.search(urldefrag(url).url)
    return int(next(filter(None, found.groups()))) or 1 if found else 1


def page_links(page: Fetched) -> Iterator[Link]:
    """The other pages of the same event that a page links to.

    They differ from it in nothing but the number, which is what the link says; where it says
    something else, as "Next" does, it leads to the very next page.
    """
    own, base = page_number(page.url), _without_number(page.url)
    for link in _links(page.content):
        target = _target(page.url, link.get("href") or "")
        if not target or target == page.url or _without_number(target) != base:
            continue
        number, label = page_number(target), " ".join(link.text_content().split())
        says = label.strip("[]() ") == str(number)
        leads = number == own + 1 and len(label) <= _LONGEST_LABEL
        if says or leads:
            yield Link(number, target, numbered=says)


def _links(content: bytes) -> Iterator[lxml.html.HtmlElement]:
    """The links of a page; none of what is no page, as a PDF."""
    if _ending(content) != ".html":
        return
    with contextlib.suppress(lxml.etree.LxmlError, ValueError):
        yield from lxml.html.fromstring(content).iter("a", "link")


def _target(page: str, link: str) -> str:
    try:
        return urldefrag(urljoin(page, link.strip())).url
    except ValueError:
        return ""


def _ending(content: bytes) -> str:
    """What the name of a page's file ends in."""
    known = {b"%PDF": ".pdf", b"PK\x03\x04": ".docx"}
    return known.get(content[:4], ".html")


def _without_number(url: str) -> str:
    """What the pages of one event have in common; the scheme is left out."""
    return _NUMBER.sub("", urldefrag(url).url).partition("://")[2].rstrip("/")


def _name(url: str, *, of_several: bool) -> str:
    """What to call an event. The number in the address of its only page may be the event's own."""
    parts = urlsplit(url)
    path = _NUMBER.sub("", parts.path) if of_several else parts.path
    stem = re.sub(r"\.\w{1,6}$", "", path.strip("/"))
    return re.sub(r"[^\w]+", "-", f"{parts.hostname} {stem}")[-80:].strip("-")

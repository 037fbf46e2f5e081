"""Fetching one page, from public addresses only, within bounds.

An address comes from a person, a redirect and the links of a page from a stranger: so each host is
resolved here, its addresses are checked, and the connection goes to the very address that was
checked (no second look-up could give another one).
https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpcore

from rag.errors import CorpusError

_LARGEST = 20 * 1024 * 1024  # bytes, unpacked
_MOST_REDIRECTS = 5
_SECONDS = 60.0  # for one page, all in all
_PATIENCE = 15.0  # seconds for a connection, and for each piece of an answer
# What stands for itself in a path or query, beside letters and digits (RFC 3986, 2.2 and 2.3).
_ADDRESS = "%:/?[]@!$&'()*+,;=~"
_AGENT = f"Hetao/{version('hetao-rag')}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: where it was in the end, its bytes, unpacked."""

    url: str
    content: bytes


class Fetcher:
    """Fetches pages one after the other, ``delay`` seconds apart.

    Args:
        allowed_hosts: hosts that may have a private address, such as one's own server.
        delay: seconds from one page to the next.
    """

    def __init__(self, allowed_hosts: Iterable[str] = (), delay: float = 1.0) -> None:
        self._network = _Checked(frozenset(allowed_hosts))
        self._pool = httpcore.ConnectionPool(network_backend=self._network)
        self._delay = delay
        self._last = -delay
        self._robots: dict[str, RobotFileParser] = {}

    def get(self, url: str) -> Fetched:
        """A page. Raises CorpusError: what is not there, not allowed, too slow or too large."""
        url = sound(url)
        self._may(url)
        wait = self._last + self._delay - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()
        fetched = self._follow(url)
        if not fetched.content:
            raise CorpusError(f"{url} is empty.")
        return fetched

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.close()

    def _may(self, url: str) -> None:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        if place not in self._robots:
            rules = RobotFileParser()
            try:
                text = self._follow(f"{place}/robots.txt").content.decode("utf-8", "replace")
            except CorpusError:
                text = ""  # none: everything may be fetched (RFC 9309, 2.3.1.3)
            rules.parse(text.splitlines())
            self._robots[place] = rules
        if not self._robots[place].can_fetch(_AGENT, url):
            raise CorpusError(
                f"{parts.netloc} asks programs not to fetch {url} (robots.txt). Save the page in a "
                "browser and add the file."
            )

    def _follow(self, url: str) -> Fetched:
        self._network.deadline = time.monotonic() + _SECONDS
        for _ in range(_MOST_REDIRECTS + 1):
            status, target, content = self._once(url)
            if not target:
                if status != 200:
                    raise CorpusError(f"{url} cannot be had: the server answers {status}.")
                return Fetched(url, content)
            url = sound(target, within=url)
        raise CorpusError(f"{url} leads from one address to the next without end.")

    def _once(self, url: str) -> tuple[int, str, bytes]:
        headers = [
            ("User-Agent", _AGENT), ("Accept-Encoding", "gzip"), ("Accept", "text/html,*/*;q=0.5"),
        ]  # fmt: skip
        waits = dict.fromkeys(("connect", "read", "write", "pool"), _PATIENCE)
        try:
            with self._pool.stream(
                "GET", url, headers=headers, extensions={"timeout": waits}
            ) as got:
                told = {name.lower(): value.decode("latin-1") for name, value in got.headers}
                if got.status in (301, 302, 303, 307, 308) and told.get(b"location"):
                    return got.status, told[b"location"], b""
                return got.status, "", _read(url, got, told.get(b"content-encoding", ""))
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise CorpusError(
                f"{url} cannot be had: {str(error) or type(error).__name__}."
            ) from error


class _Checked(httpcore.SyncBackend):
    """Connects to public addresses alone, and to hosts that are allowed by name.

    ``deadline`` (of :func:`time.monotonic`) ends what is being read from any of them.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self.deadline = 0.0

    def connect_tcp(
        self, host: str, port: int, *args: object, **kwargs: object
    ) -> httpcore.NetworkStream:
        """See :class:`httpcore.NetworkBackend`. Raises CorpusError for an address within."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise CorpusError(
                f"There is no host {host!r}, or it cannot be found from here."
            ) from error
        address = str(found[0][4][0])
        if host not in self._allowed and not all(_is_public(str(each[4][0])) for each in found):
            raise CorpusError(
                f"{host} is an address within this network ({address}), from which nothing is "
                "fetched. If it is meant, name the host in HETAO_FETCH_ALLOWED_HOSTS."
            )
        stream = super().connect_tcp(address, port, *args, **kwargs)  # type: ignore[arg-type]
        return _Timed(stream, self)


class _Timed(httpcore.NetworkStream):
    """A connection that is given up at the deadline, however slowly its bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Checked) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See :class:`httpcore.NetworkStream`. Raises ReadTimeout past the deadline."""
        left = self._network.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"it takes longer than {_SECONDS:.0f} seconds")
        return self._stream.read(max_bytes, min(left, timeout or left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See :class:`httpcore.NetworkStream`."""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        """See :class:`httpcore.NetworkStream`."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """See :class:`httpcore.NetworkStream`."""
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:
        """See :class:`httpcore.NetworkStream`."""
        return self._stream.get_extra_info(info)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    return inner.is_global and not inner.is_multicast


def sound(url: str, within: str = "") -> str:
    """An address in the letters of RFC 3986, as it is written ``within`` the page of another.

    Raises CorpusError where it is none of a web page.
    """
    try:
        parts = urlsplit(urljoin(within, url.strip()))
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in ("http", "https") or not host or parts.username:
        raise CorpusError(f"{url} is no address of a web page: it begins with http:// or https://.")
    place = f"[{host}]" if ":" in host else host
    path, query = (quote(part, safe=_ADDRESS) for part in (parts.path, parts.query))
    return parts._replace(
        netloc=place if port is None else f"{place}:{port}", path=path, query=query, fragment=""
    ).geturl()


def _read(url: str, got: httpcore.Response, packing: str) -> bytes:
    """The bytes of an answer, unpacked piece by piece, so that a bomb is stopped as it grows."""
    if packing not in ("", "identity", "gzip"):
        raise CorpusError(f"{url} comes packed as {packing!r}, which was not asked for.")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if packing == "gzip" else None
    content = bytearray()
    try:
        for piece in got.iter_stream():
            content += unpack.decompress(piece, _LARGEST + 1) if unpack else piece
            if len(content) > _LARGEST:
                raise CorpusError(f"{url} is larger than 20 MB, which no transcript is.")
    except zlib.error as error:
        raise CorpusError(f"{url} is packed in a way that cannot be read.") from error
    return bytes(content)

"""Times in a recording: how they are shown, and the address that plays it from there."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Players that take the second from the query; others read the media fragment ``#t=``
# (https://www.w3.org/TR/media-frags/#naming-time).
_BY_QUERY = ("youtube.com", "youtu.be", "bilibili.com")


def shown_time(seconds: float | None) -> str:
    """A time in a recording as it is shown: ``0:12:31``; "" where it is not known."""
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def timed_address(address: str, seconds: float | None) -> str:
    """The address of a recording from this second on, unchanged where either is not known."""
    if not address or seconds is None:
        return address
    parts = urlsplit(address)
    host = parts.hostname or ""
    if any(host == site or host.endswith(f".{site}") for site in _BY_QUERY):
        query = [pair for pair in parse_qsl(parts.query) if pair[0] != "t"]
        return urlunsplit(parts._replace(query=urlencode([*query, ("t", str(int(seconds)))])))
    return urlunsplit(parts._replace(fragment=f"t={int(seconds)}"))

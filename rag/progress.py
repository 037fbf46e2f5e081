"""How far long work is, and the time that is left, on standard error."""

from __future__ import annotations

import re
from typing import NamedTuple

from tqdm import tqdm

_FORM = "{desc}: {n_fmt} of {total_fmt}, {remaining} left"
_LINE = re.compile(r"([^\r\n:]+): (\d+) of (\d+), ([\d:?]+) left")


class Progress(NamedTuple):
    """How far work is: what is done of how much, and the time left, as "01:30" or "?"."""

    what: str
    done: int
    total: int
    left: str


def progress_bar(total: int, what: str, *, shown: bool) -> tqdm[None]:
    """A bar of ``total`` steps, a context; its ``update(n)`` tells that n more are done."""
    return tqdm(total=total, desc=what, bar_format=_FORM, mininterval=0.5, disable=not shown)


def read_progress(told: str) -> Progress | None:
    """How far a process is that drew bars, by what it wrote; None before the first."""
    lines = list(_LINE.finditer(told))
    if not lines:
        return None
    what, done, total, left = lines[-1].groups()
    return Progress(what.strip(), int(done), int(total), left)

"""Who does the work of an ingest: this process, or the processors of a Ray cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from rag.errors import ClusterError
from rag.settings import Settings

Item = TypeVar("Item")
Made = TypeVar("Made")


class Workers(Protocol):
    """Those who apply a function to each of many items, wherever they are."""

    def map(self, work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """What ``work`` makes of each item, in the order of the items, which are taken once.

        Both are sent to other processes where there are any: ``work`` is a function of a module,
        or a part of one, and keeps nothing from one item to the next that changes what it makes.

        Raises what ``work`` raises, and ClusterError where the workers cannot be reached.
        """


class _Here:
    def map(self, work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        return map(work, items)


HERE: Workers = _Here()


@contextlib.contextmanager
def open_workers(settings: Settings) -> Iterator[Workers]:
    """The workers that the settings name, until the block ends.

    Raises ClusterError when there is no such cluster, or Ray is not installed.
    """
    if not settings.ray_address:
        yield HERE
        return
    try:
        from rag.cluster import open_cluster
    except ImportError as error:
        raise ClusterError(
            "HETAO_RAY_ADDRESS names a Ray cluster, and Ray cannot be loaded: run `pip install "
            "'hetao-rag[ray]'`, or remove the setting."
        ) from error

    with open_cluster(settings) as workers:
        yield workers

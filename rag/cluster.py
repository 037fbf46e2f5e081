"""The processors of a Ray cluster as those who do the work of an ingest.

What is worked on is sent to them, so that they need no files of ours: on each machine the same
version of this project is installed, no more. Whatever they make comes back in order; the index is
written by the process that asked. Ray Data sends the work of a machine that is lost to another.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache, partial
from pathlib import Path

from rag.errors import ClusterError, HetaoError
from rag.settings import Settings
from rag.workers import Item, Made, Workers

# Read when Ray is loaded: it would tell its makers about its use.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
import ray.data
from ray import cloudpickle
from ray.exceptions import RayError

_HERE = "local"
# Ray itself waits for more than a minute for a head that is not there.
_SECONDS = 5.0


@contextlib.contextmanager
def open_cluster(settings: Settings) -> Iterator[Workers]:
    """The cluster that the settings name, joined until the block ends; see :func:`_join`."""
    _join(settings.ray_address)
    yield _Cluster(settings.threads)
    # Not where it was broken off: threads of Ray that are still at work would end the process
    # before the reason is said. Ray leaves the cluster by itself when the process ends.
    ray.shutdown()


def _join(address: str) -> None:
    """Raises ClusterError where nobody answers; "local" starts a cluster of this machine."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    dashboard = False if address == _HERE else None
    try:
        if host:
            socket.create_connection((host, int(port)), _SECONDS).close()
        # One that was broken off is still joined, to this cluster or to another.
        ray.shutdown()
        ray.init(
            address, include_dashboard=dashboard, log_to_driver=False, logging_level=logging.ERROR
        )
    except (RayError, OSError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"No Ray cluster can be joined at {address} ({_first_line(error)}). Start one with "
            f"`ray start --head`, and join it from this machine with `ray start --address=...`; or "
            "remove HETAO_RAY_ADDRESS."
        ) from error


class _Cluster:
    """As many workers as the cluster has room for, each with ``threads`` processors."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        options = ray.data.DataContext.get_current()
        options.execution_options.preserve_order = True
        options.enable_progress_bars = False
        options.print_on_execution_start = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)

    def map(self, work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """See :class:`~rag.workers.Workers`."""
        rows = [{"item": cloudpickle.dumps(item)} for item in items]
        if not rows:
            return
        # Tasks rather than actors: what a lost machine had begun is simply begun elsewhere.
        made = ray.data.from_items(rows, override_num_blocks=len(rows)).map(
            partial(_work_on, work=cloudpickle.dumps(work), code=code_mark()),
            num_cpus=self._threads,
            concurrency=min(self._room(), len(rows)),
        )
        try:
            for row in made.iter_rows():
                result = cloudpickle.loads(row["made"])
                if isinstance(result, HetaoError):
                    raise result
                yield result
        except RayError as error:
            raise ClusterError(
                f"The Ray cluster broke off the work ({_first_line(error)}). What was done "
                "is kept: mend the cluster, and ingest again."
            ) from error

    def _room(self) -> int:
        """How many workers find room. Raises ClusterError where no machine has enough."""
        machines = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
        room = sum(int(processors // self._threads) for processors in machines)
        if not room:
            raise ClusterError(
                f"No machine of the Ray cluster has {self._threads} processors. Set HETAO_THREADS "
                "to as many as a worker shall have."
            )
        return room


def _work_on(row: dict[str, bytes], work: bytes, code: str) -> dict[str, bytes]:
    """One item, in another process, on another machine."""
    try:
        made = _loaded(work, code)(cloudpickle.loads(row["item"]))
    except HetaoError as error:
        made = error
    return {"made": cloudpickle.dumps(made)}


@lru_cache(maxsize=1)
def _loaded(work: bytes, code: str) -> Callable[[object], object]:
    """Loaded once a process, and a model with it, which it is asked for many items."""
    if code != code_mark():
        raise ClusterError(
            f"The machine {platform.node()} has another version of Hetao. Install this one on each "
            "machine of the cluster."
        )
    loaded: Callable[[object], object] = cloudpickle.loads(work)
    return loaded


@cache
def code_mark() -> str:
    """One hash over this package, data included: machines with another make other passages."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*")):
        if file.is_file() and file.parent.name != "__pycache__":
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]

"""A machine that is lost while others and it make an index."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ray.cluster_utils import Cluster

from rag.settings import Settings
from tests.rag.test_cluster import NODE

pytestmark = [pytest.mark.faults, pytest.mark.model]

Check = Callable[[Settings], set[str]]
Start = Callable[..., Any]


def test_a_lost_machine_costs_an_ingest_nothing_but_time(
    own_bridge: Settings, check_whole: Check, start: Start, page: Any
) -> None:
    known = check_whole(own_bridge)
    said = " ".join(f"Pier {n} of the harbour was mended in spring {n * 7}." for n in range(1500))
    page(own_bridge.corpus_dir / "more.txt", ("Lin Mei", "Welcome."), ("Wu Lan", said))
    cluster = Cluster(initialize_head=True, head_node_args=NODE)
    other = cluster.add_node(**NODE)
    spread = own_bridge.model_copy(update={"ray_address": cluster.address, "threads": 1})
    try:
        writer = start(spread, "ingest")
        begun = own_bridge.data_dir / "begun"
        until = time.monotonic() + 200
        while not any(begun.glob("*.npz")):
            assert writer.poll() is None, writer.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.2)
        cluster.remove_node(other, allow_graceful=False)
        _, told = writer.communicate(timeout=300)
    finally:
        cluster.shutdown()
    assert writer.returncode == 0, told
    assert "Traceback" not in told
    assert check_whole(own_bridge) == known | {"more"}

"""An ingest over the machines of a Ray cluster: two nodes that run on this machine."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray import cloudpickle
from ray.cluster_utils import Cluster

from rag.cluster import _work_on, code_mark
from rag.embedding.embedder import Embedder
from rag.errors import ClusterError
from rag.indexing.current import current_generation, index_folder
from rag.indexing.index import Index, open_index
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.workers import open_workers
from tests.faults.conftest import HETAO, environment

NODE = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster(initialize_head=True, head_node_args=NODE)
    made.add_node(**NODE)
    yield made
    made.shutdown()


@pytest.fixture
def place(tmp_path: Path, page: Any, real_settings: Settings) -> Settings:
    """Five files, one of which cannot be read and one is the same as another."""
    corpus, data = tmp_path / "corpus", tmp_path / "data"
    page(corpus / "park_01.txt", ("Lin Mei", "Welcome."), ("Wu Lan", "The park opens in May."))
    page(corpus / "park_02.txt", ("Daily Times", "Why in May?"), ("Wu Lan", "It is dry then."))
    page(corpus / "port.txt", ("Chen Tao", "The port has three quays. 港口有三个码头。"))
    page(corpus / "port-again.txt", ("Chen Tao", "The port has three quays. 港口有三个码头。"))
    (corpus / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    data.mkdir()
    (data / "models").symlink_to(real_settings.models_dir)
    return Settings(_env_file=None, data_dir=data, corpus_dir=corpus, threads=1)


def run_ingest(settings: Settings, address: str) -> subprocess.CompletedProcess[str]:
    spread = settings.model_copy(update={"ray_address": address})
    return subprocess.run(
        [HETAO, "ingest"], capture_output=True, text=True, check=False, timeout=300,
        env=environment(spread),
    )  # fmt: skip


def told(finished: subprocess.CompletedProcess[str]) -> str:
    """What is not progress."""
    lines = finished.stderr.replace("\r", "\n").splitlines()
    return "\n".join(line for line in lines if line and " left" not in line)


def files(index: Index) -> dict[str, bytes]:
    """All that a generation holds but Chroma's own files, whose ids and times are new each time."""
    return {
        str(file.relative_to(index.folder)): file.read_bytes()
        for file in index.folder.rglob("*")
        if file.is_file() and "chroma" not in file.parts and file.name != "sums.json"
    }


@pytest.mark.slow
@pytest.mark.model
def test_an_ingest_over_two_nodes_makes_the_same_index_byte_for_byte(
    cluster: Cluster, place: Settings, real_embedder: Embedder, tmp_path: Path
) -> None:
    finished = run_ingest(place, cluster.address)
    assert finished.returncode == 0, finished.stderr
    spread = open_index(place, real_embedder.id)

    (tmp_path / "alone").mkdir()
    own = place.model_copy(update={"data_dir": tmp_path / "alone"})
    report = ingest(read_corpus([place.corpus_dir]), own, real_embedder)
    alone = open_index(own, real_embedder.id)

    assert spread.header == alone.header
    assert files(spread) == files(alone)
    assert np.array_equal(spread.matrices.passages.rows, alone.matrices.passages.rows)
    assert f"{report.passages} passages" in finished.stdout
    assert told(finished).splitlines() == [
        f"Skipped {skip.path}: {skip.reason}" for skip in report.skipped
    ] + [f"Note on {note.path}, line {note.line}: {note.text}" for note in report.notes]

    before = current_generation(place.data_dir)
    again = run_ingest(place, cluster.address)
    assert "2 updated" not in again.stdout
    assert current_generation(place.data_dir) == before


def test_a_cluster_that_is_not_there_is_told_and_nothing_is_lost(place: Settings) -> None:
    finished = run_ingest(place, "127.0.0.1:1")
    assert finished.returncode == 1
    assert "Error: No Ray cluster can be joined at 127.0.0.1:1 (" in told(finished)
    assert "Traceback" not in finished.stderr
    assert not index_folder(place.data_dir).exists()


def test_a_machine_with_another_version_is_named() -> None:
    row = {"item": cloudpickle.dumps(-1)}
    made = _work_on(row, cloudpickle.dumps(abs), code_mark())
    assert cloudpickle.loads(made["made"]) == 1
    refused = cloudpickle.loads(_work_on(row, cloudpickle.dumps(abs), "another")["made"])
    assert isinstance(refused, ClusterError)
    assert f"The machine {platform.node()} has another version of Hetao." in str(refused)


@pytest.mark.slow
def test_a_worker_that_fits_no_machine_is_told(cluster: Cluster, place: Settings) -> None:
    wide = place.model_copy(update={"ray_address": cluster.address, "threads": 64})
    with (
        open_workers(wide) as workers,
        pytest.raises(ClusterError, match="No machine of the Ray cluster has 64 processors"),
    ):
        read_corpus([place.corpus_dir], workers=workers)

"""Which package may know which, and what a command may load before it is needed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from eval.studies.structure import PAGE, PLAIN, draw, known_by

RAG = Path(__file__).parents[1] / "rag"


# Lower ones first: a package knows those before it. What stands in rag/ itself is either known to
# all (PLAIN) or puts the packages together.
LAYERS = (
    "text", "transcripts", "questions", "embedding", "reader", "indexing", "search",
    "verification", "answering", "conversations",
)  # fmt: skip


def name(path: Path) -> str:
    return str(path.relative_to(RAG))


@cache
def imports_of(module: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """The imports of a module, wherever in it; each module is read once."""
    nodes = ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    return tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom))


def imported_by(module: Path) -> set[str]:
    """The top-level packages that a module imports."""
    found: set[str] = set()
    for node in imports_of(module):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.fixture(scope="module")
def known() -> Mapping[str, set[str]]:
    return known_by()


def test_rag_knows_neither_the_page_nor_the_evaluation() -> None:
    found = {name(module): imported_by(module) & {"ui", "eval"} for module in RAG.rglob("*.py")}
    knowing = {module: others for module, others in found.items() if others}
    assert knowing == {"cli/main.py": {"eval"}, "cli/serve.py": {"eval"}}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_package_knows_only_those_below_it(layer: str) -> None:
    allowed = {*LAYERS[: LAYERS.index(layer) + 1], *PLAIN}
    for path in (RAG / layer).rglob("*.py"):
        for node in imports_of(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rag."):
                assert str(node.module).split(".")[1] in allowed, f"{path.name}: {node.module}"


def test_every_package_is_a_layer() -> None:
    assert {path.parent.name for path in RAG.glob("*/__init__.py")} == {*LAYERS, "cli", "service"}


def test_nothing_knows_the_service_but_the_command_line(known: Mapping[str, set[str]]) -> None:
    knowing = {own for own, others in known.items() if "rag/service" in others}
    assert knowing == {"rag/cli", "eval"}  # the routes of the evaluation are its own


def test_the_page_of_the_architecture_shows_the_packages_as_they_are(
    known: Mapping[str, set[str]],
) -> None:
    assert draw(known) in PAGE.read_text(encoding="utf-8"), (
        "Renew the diagram: python -m eval.studies.structure --write"
    )


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        (
            "langchain_core",
            {
                "chain.py",
                "models.py",
                "decisions.py",
                "systemone.py",
                "chat.py",
                "runnables.py",
                "tracing.py",
            },
        ),
        ("langsmith", {"tracing.py"}),
        ("opentelemetry", {"telemetry.py", "collector.py"}),
        ("chromadb", {"vectors.py"}),
        ("bm25s", {"lexical.py"}),
        ("fsspec", {"shared.py"}),
        ("obstore", {"shared.py"}),
        ("sentence_transformers", {"embedder.py", "reranking.py"}),
        ("streamlit", set()),
    ],
)
def test_each_large_library_stays_at_home(package: str, homes: set[str]) -> None:
    users = {path.name for path in RAG.rglob("*.py") if package in imported_by(path)}
    assert users == homes


def loaded_by(statement: str) -> list[str]:
    heavy = ("torch", "chromadb", "streamlit", "sentence_transformers", "langchain_core")
    code = (
        f"import json, sys; {statement}; "
        f"print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return list(json.loads(finished.stdout))


def test_the_command_line_loads_nothing_heavy_before_a_command_is_called() -> None:
    assert loaded_by("import rag.cli.main") == []


def test_the_package_loads_nothing_heavy_before_what_it_names_is_used() -> None:
    assert loaded_by("import rag; rag.Filters; 'Hetao' in rag.__all__") == []
    assert loaded_by("from rag import Hetao") == ["langchain_core"]


def test_a_question_is_answered_without_loading_torch_or_streamlit() -> None:
    loaded = loaded_by("import rag.assistant")
    assert not {"torch", "sentence_transformers", "streamlit"} & set(loaded)

"""The structure of the code, drawn from its imports: ``python -m eval.studies.structure``.

Prints a Mermaid diagram of the packages: an arrow from one that knows to one that is known, left
out where a longer way leads there too. ``ARCHITECTURE.md`` holds it, and ``tests/test_borders.py``
holds that to the imports. ``--write`` renews it there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.cli.terminal import run_script, say

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
_DIAGRAM = re.compile(r"```mermaid\n.*?```", re.DOTALL)
# Known to all: an arrow to these would tell nothing.
PLAIN = {
    "types", "errors", "settings", "hosts", "answer_json", "tracing", "log", "recordings",
    "progress", "telemetry", "workers", "cluster",
}  # fmt: skip
_TOP = "rag"
# ``hetao eval`` looks for its commands only once it is called, as for a plug-in.
_PLUGGED = ("rag/cli", "eval")


def package_of(module: str) -> str | None:
    """The room of the house that a dotted module stands in; None for what is not ours or plain."""
    first, *rest = module.split(".")
    if first in {"ui", "eval"}:
        return "eval/studies" if rest[:1] == ["studies"] else first
    if first != "rag" or not rest or rest[0] in PLAIN:
        return None
    if rest[0] == "local_model":  # a command, at the name that people call it by
        return "rag/cli"
    return f"rag/{rest[0]}" if (ROOT / "rag" / rest[0]).is_dir() else _TOP


def known_by(root: Path = ROOT) -> Mapping[str, set[str]]:
    """For each package those whose modules it imports, wherever in a module."""
    known: dict[str, set[str]] = defaultdict(set)
    for path in sorted(
        file for top in ("rag", "ui", "eval") for file in (root / top).rglob("*.py")
    ):
        own = package_of(".".join(path.relative_to(root).with_suffix("").parts))
        for module in _imported(path):
            other = package_of(module)
            if own and other and other != own and (own, other) != _PLUGGED:
                known[own].add(other)
    return known


def draw(known: Mapping[str, set[str]]) -> str:
    """The diagram, in Mermaid, without arrows that a longer way makes needless."""
    lines = [
        f"  {own} --> {other}"
        for own in sorted(known)
        for other in sorted(known[own])
        if not any(other in _reached(third, known) for third in known[own] - {other})
    ]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```"])


def _reached(start: str, known: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for other in known.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # ``from rag import log`` names the module behind the import.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def main() -> None:
    """Print the diagram, or with ``--write`` put it into the page."""
    diagram = draw(known_by())
    if sys.argv[1:] == ["--write"]:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(_DIAGRAM.sub(lambda _: diagram, page, count=1), encoding="utf-8")
    else:
        say(diagram)


if __name__ == "__main__":
    run_script(main)

"""What is told by the words of examples (:mod:`rag.text.kinds`): ``python -m eval.studies.kinds``.

For each held-out set of ``eval/sets/kinds`` the share of its texts whose kind is told, beside what
always naming the commonest kind would reach; then of whose questions of the evaluation sets it
tells what they cannot be.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from eval.records import SETS
from eval.statistics import estimate, ratio
from rag.answering.model_text import Written
from rag.cli.terminal import run_script, say
from rag.questions.about_asking import is_about_asking
from rag.questions.question import leans_on_history
from rag.text.figures import figure_asked_for

FOLDER = SETS / "kinds"
# What questions of this type of the evaluation sets ask for.
_ASKED = "what_was_asked"

TELL: dict[str, Callable[[str], str]] = {
    "about_asking": lambda text: "asked" if is_about_asking(text) else "other",
    "leaning": lambda text: "leans" if leans_on_history(text) else "stands",
    "figures_asked": lambda text: figure_asked_for(text) or "none",
    "says_not": lambda text: "says_not" if Written(text).says_not else "states",
}


def main() -> None:
    """Print the tables."""
    for name, tell in TELL.items():
        rows = _rows(FOLDER / f"{name}.jsonl")
        told = [(row["split"], row["kind"], tell(row["text"])) for row in rows]
        kinds = sorted(Counter(kind for _, kind, _ in told))
        say(f"| {name} | {' | '.join(kinds)} | all | the commonest |")
        say(f"|---|{'---:|' * (len(kinds) + 2)}")
        for split in ("dev", "test"):
            own = [(kind, as_) for half, kind, as_ in told if half == split]
            cells = [_share([kind == as_ for kind, as_ in own if kind == one]) for one in kinds]
            commonest = max(Counter(kind for kind, _ in own).values()) / len(own)
            every = _share([kind == as_ for kind, as_ in own])
            say(f"| {split} | {' | '.join(cells)} | {every} | {commonest:.3f} |")
        say("")
    say("| questions of | n | about asking | told | others | taken for such | n without history | "
        "taken to lean |\n|---|---:|---:|---:|---:|---:|---:|---:|")  # fmt: skip
    for file in sorted(SETS.glob("*.jsonl")):
        for row in _of_set(file):
            say(row)


def _of_set(file: Path) -> Iterator[str]:
    rows = [row for row in _rows(file) if "question" in row]
    for half in dict.fromkeys(row.get("split", "") for row in rows):
        own = [row for row in rows if row.get("split", "") == half]
        about = [is_about_asking(r["question"]) for r in own if r.get("type") == _ASKED]
        others = [is_about_asking(r["question"]) for r in own if r.get("type") != _ASKED]
        alone = [leans_on_history(r["question"]) for r in own if not r.get("history")]
        cells = (len(own), len(about), sum(about), len(others), sum(others), len(alone), sum(alone))
        yield f"| {file.stem} {half} | {' | '.join(map(str, cells))} |"


def _share(right: list[bool]) -> str:
    found = estimate(ratio, np.array([[float(each), 1.0] for each in right]))
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f}, n {len(right)})"


def _rows(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    run_script(main)

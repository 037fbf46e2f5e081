"""What the studies of questions share: the rows of a set, and a share with its interval."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.records import SETS
from eval.statistics import estimate, ratio


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def question_files() -> Iterator[tuple[str, list[Path]]]:
    """The files with questions about what was said: each evaluation set, and the test round."""
    yield from ((file.name, [file]) for file in sorted(SETS.glob("*.jsonl")))
    yield "reading, test", sorted((SETS / "reading" / "test").glob("*.jsonl"))


def questions_of(row: dict[str, Any]) -> list[str]:
    """The questions in a row of an evaluation set or of a round of ``eval/sets/reading``."""
    own = [row["question"]] if "question" in row else []
    return [q["q"] for q in row.get("questions", ())] + own


def share(values: Sequence[bool | float]) -> str:
    """The mean of some values with its 95% bootstrap interval and their number; "-" without any."""
    if not values:
        return "-"
    found = estimate(ratio, np.array([[float(value), 1.0] for value in values]))
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f}, n {len(values)})"

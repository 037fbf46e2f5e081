"""The examples run as they stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.settings import Settings

EXAMPLES = Path(__file__).parents[1] / "examples"
WORDS = {
    "answer_and_passages.py": ["five of the world's top 100 universities", "Chan Kwok-ki, 2023-"],
    "own_prompt.py": ["Question: Which industries", "- artificial intelligence"],
}


def test_each_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(WORDS)


@pytest.mark.model
@pytest.mark.parametrize("name", WORDS)
def test_an_example_prints_what_it_promises(name: str, real_settings: Settings) -> None:
    finished = subprocess.run(
        [sys.executable, EXAMPLES / name],
        env={**os.environ, "HETAO_DATA_DIR": str(real_settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert all(words in finished.stdout for words in WORDS[name]), finished.stdout

"""The examples run as they stand."""

from __future__ import annotations

import runpy
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
def test_an_example_prints_what_it_promises(
    name: str, real_settings: Settings, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_DATA_DIR", str(real_settings.data_dir))
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    printed = capsys.readouterr().out
    assert all(words in printed for words in WORDS[name]), printed

"""What the load's answers are held against."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from eval.sources import apart
from eval.studies.bench_service import count_wrong
from eval.studies.served import environment_of
from eval.studies.service_load import Asked, without_times
from rag.answer_json import answer_to_json
from rag.assistant import open_assistant
from rag.settings import Settings, load_settings

pytestmark = pytest.mark.model
QUESTION = "What will the new bridge cost?"


def test_what_is_served_from_a_folder_of_its_own_shares_no_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HETAO_INDEX_URL", "s3://everybody/index")
    own = apart(load_settings(), tmp_path, serve_waiting=3)
    told = environment_of(own)
    assert (told["HETAO_INDEX_URL"], told["HETAO_SERVE_WAITING"]) == ("", "3")
    assert told["HETAO_DATA_DIR"] == str(tmp_path)


def test_an_answer_must_be_that_of_the_index_it_was_asked_of(
    bridge_settings: Settings, real_settings: Settings
) -> None:
    old, new = open_assistant(bridge_settings), open_assistant(real_settings)
    of_old, of_new = (
        without_times(answer_to_json(assistant.ask(QUESTION))) for assistant in (old, new)
    )
    assert of_old != of_new

    def wrong(began: float, ended: float, told: dict[str, Any] | None, renewed: float) -> int:
        return count_wrong([Asked(QUESTION, began, ended, told)], old, new, renewed)

    assert [wrong(1, 2, told, 10) for told in (of_old, of_new)] == [0, 1]
    assert [wrong(11, 12, told, 10) for told in (of_old, of_new)] == [1, 0]
    assert [wrong(9, 11, told, 10) for told in (of_old, of_new)] == [0, 0]
    assert wrong(1, 2, of_old, math.inf) == 0
    assert wrong(1, 2, {**of_old, "text": "Two billion yuan."}, math.inf) == 1
    assert wrong(1, 2, None, math.inf) == 0

"""The service does as its description says, whatever it is sent; the examples are its answers."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from eval.routes import eval_routes
from rag.answer_json import answer_to_json, hits_to_json, read_to_json, transcript_to_json
from rag.assistant import Assistant
from rag.service.app import build_app
from rag.service.completions import completion
from rag.service.described import examples
from rag.service.keys import SCOPES, Keys
from rag.settings import Settings

pytestmark = pytest.mark.model

# Each is one question or more, and what begins a process is asked by other tests.
ASKED = 6
# OpenAI's clients send what has no meaning here; a speaker's name that nobody has is refused;
# what a path does not allow is told in a sentence of ours.
NOT_HELD = [negative_data_rejection, positive_data_acceptance, unsupported_method]
BEGINS = {"POST /v1/transcripts", "POST /v1/eval/runs", "POST /v1/eval/sets"}


def build(opened: Any, settings: Settings) -> Any:
    freely = settings.model_copy(update={"serve_per_minute": 100_000})
    return build_app(freely, opened, "0.0.0.0", [eval_routes])  # noqa: S104 - not listened on


def operations(app: Any) -> list[Any]:
    found = schemathesis.openapi.from_asgi("/openapi.json", app).get_all_operations()
    return [each.ok() for each in found]


NAMES = [
    each.label
    for each in operations(build(None, Settings(_env_file=None)))
    if each.label not in BEGINS
]


@pytest.fixture(scope="module")
def own(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data folder of its own, where keys and jobs lie."""
    return assistant.settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("own")})


@pytest.fixture(scope="module")
def app(assistant: Assistant, own: Settings) -> Any:
    return build(lambda: assistant, own)


@pytest.fixture(scope="module")
def key(own: Settings) -> dict[str, str]:
    return {"Authorization": f"Bearer {Keys(own.data_dir).add('test', SCOPES)}"}


@pytest.mark.parametrize("name", NAMES)
def test_it_does_as_it_is_described(app: Any, key: dict[str, str], name: str) -> None:
    (operation,) = [each for each in operations(app) if each.label == name]

    @given(case=operation.as_strategy())
    @settings(
        max_examples=ASKED, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any) -> None:
        case.call_and_validate(headers=key, excluded_checks=NOT_HELD)

    ask()


def test_every_route_is_described_with_an_example_of_what_it_is_sent(app: Any) -> None:
    described = app.openapi()
    assert {"/v1/ask", "/v1/transcripts", "/v1/jobs/{job_id}", "/v1/eval/runs"} <= set(
        described["paths"]
    )
    for name in ("AskIn", "SearchIn", "ChatIn", "RunIn"):
        assert described["components"]["schemas"][name]["examples"], name
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            assert {"4XX", "5XX"} <= set(operation["responses"])


def test_the_examples_have_the_fields_that_answers_have(assistant: Assistant) -> None:
    answer, found = assistant.ask("What will the new bridge cost?"), assistant.search("bridge", 1)
    held = assistant.transcripts()[0]
    answers = {
        "ask": answer_to_json(answer),
        "search": hits_to_json(found.question, found.hits, found.timings_ms),
        "transcripts": {"transcripts": [transcript_to_json(held)]},
        "transcript": read_to_json(held, held.turns),
        "completion": completion(answer),
    }
    for name, got in answers.items():
        assert fields(got) == fields(examples()[name]), name


def fields(told: Any) -> Any:
    """The names of an object's fields, and of the first of each list of objects in it."""
    if isinstance(told, dict):
        passed = ("hetao", "copies", "annotations")  # which not every answer has
        return {name: fields(value) for name, value in told.items() if name not in passed}
    if isinstance(told, list) and told and isinstance(told[0], dict):
        return fields(told[0])
    return None


def test_the_page_that_describes_it_needs_no_other_machine(app: Any) -> None:
    from starlette.testclient import TestClient

    page = TestClient(app, base_url="http://localhost").get("/docs").text
    assert "swagger" in page
    assert "https://" not in page

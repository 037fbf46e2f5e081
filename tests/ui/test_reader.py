"""The page of a whole transcript, where it is drawn in parts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import open_assistant
from rag.settings import Settings
from ui import reader

pytestmark = pytest.mark.model


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, bridge_settings: Settings) -> Callable[..., AppTest]:
    """Draws the page of a transcript that has a part for each turn."""
    monkeypatch.setenv("HETAO_DATA_DIR", str(bridge_settings.data_dir))
    monkeypatch.setattr(reader, "_PART", 1)

    def script() -> None:
        from ui import reader

        reader.page()

    transcript = open_assistant(bridge_settings).transcripts()[0]

    def draw(**query: str) -> AppTest:
        app = AppTest.from_function(script, default_timeout=60)
        for name, value in {"id": transcript.id, **query}.items():
            app.query_params[name] = value
        return app.run()

    return draw


def shows_turn(app: AppTest, number: int) -> bool:
    return any(f'id="turn-{number}"' in element.body for element in app.html)


def test_a_link_to_a_turn_draws_its_part_after_another_was_drawn(
    page: Callable[..., AppTest],
) -> None:
    app = page()
    assert shows_turn(app, 1)
    for turn in (3, 2):
        app.query_params["turn"] = str(turn)
        app.run()
        assert shows_turn(app, turn)
        assert not shows_turn(app, 1)

"""The entry of the Streamlit app: page settings, style sheet, and the pages to choose from."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import state
from ui.border import border

# Drawn here: Streamlit would fetch a named icon from an outside server.
_ICON = (
    '<svg viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b6b"/>'
    '<path d="M9 8v16M23 8v16M9 16h14" stroke="#fff" stroke-width="4" fill="none"/></svg>'
)
_STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Draw the app. Called once for each run of the script by Streamlit."""
    st.set_page_config(page_title="Hetao: ask the briefings", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    with border("again-app"):
        state.start_log()
        state.keep_filters()
        ask = st.Page(_ask, title="Ask", icon=":material/forum:", default=True)
        measure = st.Page(
            _measure, title="Evaluation", icon=":material/monitoring:", url_path="evaluation"
        )
        st.navigation([ask, measure]).run()


# Imported inside the border: where a package is missing, the other page may still be drawn.
def _ask() -> None:
    from ui import chat

    chat.page()


def _measure() -> None:
    from ui import evaluation

    evaluation.page()


if __name__ == "__main__":
    main()

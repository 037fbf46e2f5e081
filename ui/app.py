"""The entry of the Streamlit app: page settings, style sheet, and the pages to choose from."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import door, filters, language, pages, server
from ui.border import border
from ui.language import _
from ui.script import draw_script, sign_html

# Drawn here: Streamlit would fetch a named icon from an outside server.
_ICON = (
    '<svg viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6b6b"/>'
    '<path d="M9 8v16M23 8v16M9 16h14" stroke="#fff" stroke-width="4" fill="none"/></svg>'
)
_STYLE = Path(__file__).with_name("style.css")


def main() -> None:
    """Draw the app. Called once for each run of the script by Streamlit."""
    st.set_page_config(page_title=_("Hetao: ask the briefings"), page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    draw_script()
    st.html(sign_html("language", number=0, words=language.language()))
    with border("again-app"):
        server.start_log()
        every = [pages.ask(), pages.library(), pages.timeline(), pages.evaluation()]
        if not door.is_open():
            # The addresses are known all the same, so that one stays when somebody signs in.
            st.navigation(every, position="hidden")
            door.draw()
            return
        filters.take_up()
        st.navigation(every).run()
        with st.sidebar:
            door.draw_user()
            language.draw_choice()


if __name__ == "__main__":
    main()

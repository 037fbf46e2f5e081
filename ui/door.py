"""What stands before the pages of a chat with several users: who may enter, signing in and out."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAuthError

from ui import language, users
from ui.border import draw_error
from ui.header import product_html
from ui.language import _
from ui.markup import text_html, text_markdown
from ui.script import sign_html

# No wider is what is read at a glance.
_PIXELS = 520


def is_open() -> bool:
    """Whether who comes may enter."""
    try:
        users.person()
    except users.AccessError:
        return False
    return True


def draw() -> None:
    """Draw, for who may not enter, how to sign in or why there is no way in; nothing else."""
    middle = st.container(horizontal_alignment="center")
    with middle, st.container(width=_PIXELS, key="door"):
        st.html(product_html())
        try:
            users.person()
        except users.SignedOut:
            _draw_sign_in()
        except users.AccessError as error:
            draw_error(str(error))
        language.draw_choice()


def _draw_sign_in() -> None:
    st.html(f"<p>{text_html(_('Sign in to ask. What you ask is kept for you alone.'))}</p>")
    st.html(sign_html("door", number=0))
    if st.button(_("Sign in"), key="sign-in", type="primary", icon=":material/login:"):
        try:
            st.login()
        except StreamlitAuthError as error:
            draw_error(_("Signing in is not set up. {why}").format(why=error))


def draw_user() -> None:
    """Draw in the side bar who is signed in, where the chat has several users."""
    who = users.person()
    if who is None:
        return
    if who.signs_out:
        st.html(sign_html("inside", number=0))
    with st.popover(text_markdown(who.name), icon=":material/person:", key="user", width="stretch"):
        known = _("This chat knows you as {identity}").format(identity=who.identity)
        st.html(f'<p class="hetao-note">{text_html(known)}</p>')
        if who.signs_out and st.button(_("Sign out"), key="sign-out", icon=":material/logout:"):
            st.logout()

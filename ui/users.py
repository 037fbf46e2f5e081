"""Who is at the page, where the chat has several users, and what they may do.

Everything of one user's own is reached by way of :func:`person` and :func:`folder`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from streamlit import get_option

from rag.conversations.people import make_folder, plain
from rag.errors import HetaoError, SettingsError
from rag.hosts import only_here
from rag.settings import Settings, load_settings
from ui.language import N_, _

_WHOSE = "whose"
NO_AUTHLIB = N_(
    "Signing in needs Authlib, which is not installed: run `pip install 'hetao-rag[oidc]'`, and "
    "start the chat again."
)
NO_PROVIDER = N_(
    "Signing in is not set up: .streamlit/secrets.toml, in the folder that the chat is started in, "
    "has no part [auth]."
)
NO_HEADER = N_(
    "It is not known who you are: what came from your browser has no header {header}, or several. "
    "Open the chat at the address where you sign in."
)
ELSEWHERE = N_(
    "Who sets the header {header} is believed, so that only the proxy may reach the chat: it must "
    "listen on this machine alone. Start it by `hetao chat`."
)
NOT_ADMIN = N_("Only administrators of this chat may do that.")


class AccessError(HetaoError):
    """Who is at the page is not known, or may not do what they ask for."""


class SignedOut(AccessError):
    """Nobody is signed in yet."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user.

    Args:
        identity: what tells one from all others, and stays the same.
        name: what they are called.
        email: where the provider has verified it, else "".
        signs_out: whether the chat signs them in and out, and not a proxy.
    """

    identity: str
    name: str
    email: str = ""
    signs_out: bool = False


def person() -> Person | None:
    """Who is at the page; None where the chat has one user.

    What the session holds of somebody else, as after a proxy signed in another at the same browser,
    is forgotten first. Raises SignedOut, and AccessError where it cannot be known who it is.
    """
    found, settings = None, _settings()
    if settings and settings.users == "oidc":
        found = _signed_in()
    elif settings and settings.users != "off":
        found = _named(settings.users.partition(":")[2])
    whose = found.identity if found else ""
    if st.session_state.get(_WHOSE, whose) != whose:
        st.session_state.clear()
    st.session_state[_WHOSE] = whose
    return found


def folder(who: Person | None, data_dir: Path) -> Path:
    """Where is kept what is a user's own. Raises StorageError where it cannot be made."""
    return make_folder(who.identity, data_dir) if who else data_dir


def may_change() -> bool:
    """Whether who is at the page may change what all share: the library, evaluation runs."""
    settings = _settings()
    if settings is None or not settings.admins:
        return True
    who, named = person(), [name.strip() for name in settings.admins.split(",")]
    if who is None:
        return False
    # The subject of an OIDC provider is told from others by case, too.
    if settings.users == "oidc":
        return who.identity in named or who.email in filter(None, map(plain, named))
    return who.identity in map(plain, named)


def ensure_may_change() -> None:
    """Raise AccessError unless :func:`may_change`."""
    if not may_change():
        raise AccessError(_(NOT_ADMIN))


def _signed_in() -> Person:
    """Whom the provider says it is, by issuer and subject: addresses change hands."""
    if find_spec("authlib") is None:
        raise AccessError(_(NO_AUTHLIB))
    told = st.user.to_dict()
    if "is_logged_in" not in told:
        raise AccessError(_(NO_PROVIDER))
    issuer, subject = told.get("iss"), told.get("sub")
    if told["is_logged_in"] is not True or not issuer or not subject:
        raise SignedOut(_("Sign in first."))
    name = told.get("name") or told.get("preferred_username") or told.get("email") or subject
    email = told.get("email") if told.get("email_verified") is True else ""
    return Person(f"{issuer} {subject}", str(name), plain(str(email or "")), signs_out=True)


def _named(header: str) -> Person:
    """Whom the proxy names."""
    if not only_here(str(get_option("server.address"))):
        raise AccessError(_(ELSEWHERE).format(header=header))
    names = [plain(_decoded(name)) for name in st.context.headers.get_all(header)]
    # One that a browser sent and the proxy let through would stand beside the proxy's own.
    if len(names) != 1 or not names[0]:
        raise AccessError(_(NO_HEADER).format(header=header))
    return Person(names[0], names[0])


def _decoded(value: str) -> str:
    """A name as it was sent: a header is read as Latin-1, and proxies write UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _settings() -> Settings | None:
    """Those in force; those that were, where a person is just mending them: the door stays shut."""
    held = _held()
    with suppress(SettingsError):  # told by what needs them
        held[:] = [load_settings()]
    return held[0] if held else None


@st.cache_resource(show_spinner=False)
def _held() -> list[Settings]:
    return []

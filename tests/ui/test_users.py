"""A chat of several users: who may enter, what each sees, and who may change what all share."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from streamlit import config
from streamlit.runtime.context import ContextProxy, StreamlitHeaders
from streamlit.testing.v1 import AppTest

from eval.feedback import read_feedback
from rag.conversations.people import make_folder
from rag.conversations.store import FILE, ConversationStore
from rag.types import Filters
from tests.ui.test_room import FIELD, UNIVERSITIES, Room, narrow

pytestmark = pytest.mark.model

APP = Path(__file__).parents[2] / "ui" / "app.py"
ISSUER = "https://id.example.org"
HEADER = "X-Forwarded-User"
Enter = Callable[..., AppTest]


def begin(folder: Path, title: str) -> str:
    """A conversation of one unanswered question in a folder; gives its id."""
    kept = ConversationStore(folder / FILE)
    known_as = kept.begin(title)
    kept.ask(known_as, title, Filters())
    return known_as


def words_of(app: AppTest) -> str:
    assert not app.exception
    told = [each.body for each in app.html]
    told += [each.value for kind in (app.error, app.info, app.warning) for each in kind]
    return " ".join(told).replace("\\", "").replace("\u2060", "")


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture
def headers(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the browser of an AppTest, which has none, sends to a server on this machine alone."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(ContextProxy, "headers", property(lambda _: StreamlitHeaders(sent)))
    return sent


@pytest.fixture(autouse=True)
def _on_this_machine_alone() -> Iterator[None]:
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture
def own(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose conversations are those of one test; the rest is not written to."""
    for each in ("index", "models"):
        (tmp_path / each).symlink_to(data_dir / each)
    monkeypatch.setenv("HETAO_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["oidc", "header"])
def enter(
    request: pytest.FixtureRequest, own: Path, headers: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Enter:  # fmt: skip
    """Opens the app as somebody, or has somebody take over the session of one that is open."""
    oidc = request.param == "oidc"
    monkeypatch.setenv("HETAO_USERS", "oidc" if oidc else f"header:{HEADER}")

    def open_it(name: str, app: AppTest | None = None, **query: str) -> AppTest:
        app = app or AppTest.from_file(APP, default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if oidc:
            app.user = {"is_logged_in": True, "iss": ISSUER, "sub": name, "name": name}
        headers[:] = [] if oidc else [(HEADER, name)]
        return app.run()

    return open_it


@pytest.fixture
def folder(enter: Enter, own: Path, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """The folder of a user."""
    oidc = request.node.callspec.params["enter"] == "oidc"
    return lambda name: make_folder(f"{ISSUER} {name}" if oidc else name, own)


def test_each_user_sees_their_own_conversations_and_no_link_opens_anothers(
    enter: Enter, folder: Callable[[str], Path], own: Path
) -> None:
    of_lin, of_chen = begin(folder("lin"), "Lin's question?"), begin(folder("chen"), "Chen's one?")
    of_nobody = begin(own, "Asked when there was one user?")
    told = words_of(enter("lin", chat=of_lin))
    assert "Lin&#x27;s question?" in told
    assert "Chen" not in told
    assert "one user" not in told
    for foreign in (of_lin, of_nobody):
        told = words_of(enter("chen", chat=foreign))
        assert "This conversation is not kept here" in told
        assert "Chen&#x27;s one?" in told  # in the side bar
        assert "Lin" not in told
        assert "one user" not in told
    assert of_lin != of_chen


def test_a_session_that_another_user_takes_over_holds_nothing_of_the_one_before(
    enter: Enter, own: Path
) -> None:
    (own / "users").write_text("a file, so that conversations are in memory alone")
    app = enter("lin")
    app.chat_input[0].set_value(UNIVERSITIES).run()
    assert "is lost when the page is closed" in words_of(app)
    assert UNIVERSITIES in words_of(app).replace("&#x27;", "'")
    (own / "users").unlink()
    enter("chen", app)
    assert "top 100" not in words_of(app)
    assert not any(ConversationStore(file).conversations() for file in own.rglob(FILE))


def test_nobody_sees_what_another_said_of_the_same_answer(
    enter: Enter, folder: Callable[[str], Path], own: Path
) -> None:
    app = enter("lin")
    app.chat_input[0].set_value(UNIVERSITIES).run()
    app.button(key="feedback-1-right").click().run()
    assert "Take back" in labels(app)
    (noted,) = read_feedback(own)
    assert "lin" not in noted.model_dump_json().split(UNIVERSITIES)[0]
    asked = str(app.session_state["open-chat"])
    of_lin = ConversationStore(folder("lin") / FILE)
    of_lin.copy_to(ConversationStore(folder("chen") / FILE), asked)
    app = enter("chen", chat=asked)
    assert {"Right answer", "Take back"} & set(labels(app)) == {"Right answer"}
    app = enter("lin", chat=asked)
    app.button(key="feedback-1-back").click().run()
    assert read_feedback(own) == read_feedback(folder("lin")) == []


@pytest.mark.parametrize(
    "sent", [[], [(HEADER, " ")], [(HEADER, "lin"), (HEADER.lower(), "chen")]], ids=repr
)
def test_who_comes_without_the_proxys_header_or_with_two_is_refused(
    sent: list[tuple[str, str]], own: Path, headers: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("HETAO_USERS", f"header:{HEADER}")
    headers[:] = sent
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert f"has no header {HEADER}, or several" in words_of(app)
    assert (app.chat_input.len, labels(app)) == (0, [])
    assert not (own / "users").exists()


@pytest.mark.parametrize("address", [None, "0.0.0.0", "192.0.2.1"])  # noqa: S104 - refused
def test_no_header_is_believed_where_others_than_the_proxy_reach_the_chat(
    address: str | None, own: Path, headers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_USERS", f"header:{HEADER}")
    config.set_option("server.address", address)
    headers[:] = [(HEADER, "lin")]
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert "it must listen on this machine alone" in words_of(app)
    assert app.chat_input.len == 0


@pytest.mark.parametrize(
    ("told", "words", "buttons"),
    [
        ({"is_logged_in": False}, "Sign in to ask.", ["Sign in"]),
        ({"is_logged_in": False, "iss": ISSUER, "sub": "lin"}, "Sign in to ask.", ["Sign in"]),
        ({"is_logged_in": True, "iss": ISSUER}, "Sign in to ask.", ["Sign in"]),
        ({"email": "lin@example.org"}, "secrets.toml", []),
    ],
)
def test_who_is_not_signed_in_sees_how_to_and_nothing_else(
    told: dict[str, Any], words: str, buttons: list[str], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_USERS", "oidc")
    app = AppTest.from_file(APP, default_timeout=60)
    app.user = told
    app.query_params["chat"] = begin(own, "How many lanterns?")
    assert words in words_of(app.run())
    assert "lanterns" not in words_of(app)
    assert (app.chat_input.len, labels(app)) == (0, buttons)


def test_the_door_stays_shut_while_a_person_mends_the_settings(
    own: Path, headers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HETAO_USERS", f"header:{HEADER}")
    app = AppTest.from_file(APP, default_timeout=60).run()
    monkeypatch.setenv("HETAO_USERS", "header")
    assert app.run().chat_input.len == 0


def test_one_user_has_no_door_and_no_name(app: AppTest, data_dir: Path) -> None:
    assert app.chat_input.len == 1
    assert not {"sign-in", "sign-out"} & {button.key for button in app.button}
    assert not (data_dir / "users").exists()


def changing() -> None:
    """A page of everything by which a user may change what all share."""
    from datetime import UTC, datetime
    from pathlib import Path

    import streamlit as st

    from eval.listing import ListedRun
    from ui import changes, evaluation, library, users
    from ui.desks import run_desk

    def refused(change: object) -> None:
        try:
            change()  # type: ignore[operator]
        except users.AccessError as error:
            st.caption(str(error))

    run = ListedRun(Path("run"), None, datetime.now(UTC))  # type: ignore[arg-type]
    refused(lambda: changes.start(["ingest"]))
    refused(lambda: run_desk().start("set", None, Path("run")))
    refused(lambda: run_desk().delete(run))
    library.page()
    evaluation.page()


ADMINS = [
    ("header:X-Forwarded-User", " Lin@Example.org,chen", {}, "lin@example.org"),
    ("oidc", f"{ISSUER} Lin", {"sub": "Lin"}, ""),
    (
        "oidc",
        "Lin@example.org",
        {"sub": "1", "email": "lin@Example.org", "email_verified": True},
        "",
    ),
]
OTHERS = [
    ("header:X-Forwarded-User", "lin", {}, "chen"),
    ("oidc", f"{ISSUER} Lin", {"sub": "lin"}, ""),
    ("oidc", "lin@example.org", {"sub": "1", "email": "lin@example.org"}, ""),
    ("oidc", "lin@example.org", {"sub": "lin@example.org"}, ""),
    ("oidc", "lin,", {"sub": "1"}, ""),
]


@pytest.fixture
def open_as(
    own: Path, headers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    def run(script: Any, users: str, admins: str, told: dict[str, Any], named: str) -> AppTest:
        monkeypatch.setenv("HETAO_USERS", users)
        monkeypatch.setenv("HETAO_ADMINS", admins)
        headers[:] = [(HEADER, named)] if named else []
        app = AppTest.from_function(script, default_timeout=60)
        app.user = {"is_logged_in": True, "iss": ISSUER, **told}
        return app.run()

    return run


def permitted() -> None:
    import streamlit as st

    from ui import users

    st.caption(str(users.may_change()))


@pytest.mark.parametrize("case", ADMINS)
def test_administrators_may_change_what_all_share(
    case: tuple[Any, ...], open_as: Callable[..., AppTest]
) -> None:
    assert open_as(permitted, *case).caption[0].value == "True"


@pytest.mark.parametrize("case", OTHERS)
def test_others_may_not(case: tuple[Any, ...], open_as: Callable[..., AppTest]) -> None:
    assert open_as(permitted, *case).caption[0].value == "False"


def test_others_read_and_are_refused_what_changes_something(
    open_as: Callable[..., AppTest],
) -> None:
    app = open_as(changing, *OTHERS[0])
    only = "Only administrators of this chat may do that."
    assert [each.value for each in app.caption if each.value == only] == [only] * 3
    assert only in words_of(app)
    assert "1 event" in words_of(app)
    assert labels(app) == ["What was read"]
    app.button[0].click().run()
    assert "1 page" in words_of(app)
    assert labels(app) == ["Close"]


class HandOn(socketserver.StreamRequestHandler):
    """Hands one request of a browser on, with the header of the proxy in it."""

    server: Proxy

    def handle(self) -> None:
        first, *rest = [*takewhile(bytes.strip, iter(self.rfile.readline, b""))] or [b""]
        if not any(line.lower() == b"upgrade: websocket\r\n" for line in rest):
            # So that each request comes as the first of its connection.
            rest = [line for line in rest if not line.lower().startswith(b"connection:")]
            rest.append(b"Connection: close\r\n")
        named = f"{HEADER}: {self.server.name}\r\n".encode()
        with socket.create_connection(self.server.target) as server, suppress(OSError):
            server.sendall(b"".join([first, named, *rest, b"\r\n"]))
            back = threading.Thread(target=self._pump, args=(server.recv, self.wfile.write))
            back.start()
            self._pump(self.rfile.read1, server.sendall)
            back.join()

    def _pump(self, read: Callable[[int], bytes], write: Callable[[bytes], Any]) -> None:
        with suppress(OSError):  # the other side hung up
            while data := read(65536):
                write(data)
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class Proxy(socketserver.ThreadingTCPServer):
    """A reverse proxy before a server, which names somebody in each request that it hands on."""

    daemon_threads = True

    def __init__(self, address: str, name: str) -> None:
        super().__init__(("127.0.0.1", 0), HandOn)
        self.target, self.name = ("127.0.0.1", int(urlsplit(address).port or 0)), name
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.mark.slow
@pytest.mark.browser
def test_a_proxy_names_each_user_and_who_comes_around_it_is_refused(
    browser: Chrome, tmp_path: Path, serving: Any
) -> None:
    # Without an index: what was asked is shown all the same, and no model is waited for.
    link = f"/?chat={begin(make_folder('林梅', tmp_path), 'How many lanterns?')}"
    with serving(tmp_path, HETAO_USERS=f"header:{HEADER}") as address:
        with Proxy(address, "林梅") as of_lin, Proxy(address, "Chen") as of_chen:
            room = Room(browser, of_lin.address).opens(link)
            room.sees(".hetao-question", "lanterns")
            room.sees(".st-key-user", "林梅")
            Room(browser, of_chen.address).opens(link).sees("[role='alert']", "is not kept here")
            assert "lanterns" not in room.text()
            of_lin.shutdown()
            of_chen.shutdown()
        Room(browser, address).opens(link).sees("[role='alert']", "It is not known who you are")
        assert not browser.find_elements(By.CSS_SELECTOR, FIELD)
    assert not (tmp_path / FILE).exists()


def sign_in(room: Room, name: str) -> None:
    room.clicks(".st-key-sign-in button")
    room.clicks("button[name='sub']", name)


@pytest.mark.slow
@pytest.mark.browser
def test_people_sign_in_at_a_provider_ask_and_sign_out(
    browser: Chrome, own: Path, serving: Any
) -> None:
    import oidc_provider_mock

    people = [
        oidc_provider_mock.User(sub=sub, claims={"name": name, "email": f"{sub}@example.org"})
        for sub, name in (("lin", "林梅"), ("chen", "Chen Tao"))
    ]
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*://cdn.jsdelivr.net/*"]})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as provider:
        secrets = own / "house" / ".streamlit" / "secrets.toml"
        secrets.parent.mkdir(parents=True)
        secrets.write_text(
            f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            'cookie_secret = "of the test, and longer than 32 characters"\n'
            'client_id = "hetao"\nclient_secret = "of the test"\nserver_metadata_url = '
            f'"http://localhost:{provider.server_port}/.well-known/openid-configuration"\n'
        )
        with serving(own, secrets.parents[1], port=port, HETAO_USERS="oidc") as address:
            room = Room(browser, address).opens("/read")
            room.sees(".st-key-sign-in button", "Sign in")
            assert not browser.find_elements(By.CSS_SELECTOR, f"{FIELD}, [role='dialog']")
            room.has_no_faults()
            narrow(browser)
            room.sees(".st-key-sign-in button").click()
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            room.clicks("button[name='sub']", "lin")
            room.sees(".hetao-events")  # the page that was asked for
            room.opens().asks(UNIVERSITIES)
            link = browser.current_url.removeprefix(address)
            # Drawn to its end, so that what is opened now is not closed again.
            room.sees(".st-key-questions")
            room.has_no_faults()
            room.clicks(".st-key-user button", "林梅")
            room.clicks(".st-key-sign-out button")
            room.clicks("main form button")  # the provider asks whether to end its session, too
            room.sees(".st-key-sign-in button")
            room.opens(link)
            sign_in(room, "chen")
            room.sees(".st-key-user", "Chen Tao")
            room.sees("[role='alert']", "is not kept here")
            assert UNIVERSITIES not in room.text()
    assert len(list((own / "users").iterdir())) == 2
    assert not (own / FILE).exists()

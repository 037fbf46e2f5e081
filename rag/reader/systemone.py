"""Decision models behind an address: ``POST /v1/systemone``, the System One format.

llama.cpp's server, Ollama, LiteLLM and hosted models speak it. The format is described in
tools/server/README.md of llama.cpp and at docs.typesafe.ai/api: ``{"model", "state",
"questions"}`` is answered by ``{"model", "answers", "usage"}``, questions and answers as
:mod:`langchain_core.decisions` has them.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from typing import Any

import httpx
from langchain_core.decisions import (
    BaseDecisionModel,
    ClassifierRequest,
    ClassifierResponse,
    Question,
    State,
)
from langchain_core.runnables import RunnableConfig
from pydantic import SecretStr, ValidationError

from rag.errors import HetaoError
from rag.hosts import host_of, is_here
from rag.reader.decisions import AT_ONCE
from rag.reader.failure import failure_of, status_failure, timed_out, wrong_form

# No answer to a passage's questions is as long.
_MOST_BYTES = 1_000_000


class TimedModel(BaseDecisionModel):
    """A decision model that is given so many seconds for a whole batch.

    LangChain's own batch would wait for each of twenty passages until its time is up.
    """

    timeout_seconds: float
    host: str = ""

    @property
    def named(self) -> str:
        """How a failure calls it."""
        return f"{self.model} on {self.host or 'this machine'}"

    def batch(
        self,
        inputs: list[ClassifierRequest],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[ClassifierResponse]:
        """All responses. Raises ReaderFailure for the first that fails or when time is up."""
        until = time.monotonic() + self.timeout_seconds
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="reader")
        try:
            asked = [
                # In a context of its own a thread would know nothing of who may hear of it.
                pool.submit(
                    copy_context().run,
                    self._classify,
                    request["state"],
                    dict(request["questions"]),
                )
                for request in inputs
            ]
            return [each.result(max(0.0, until - time.monotonic())) for each in asked]
        except TimeoutError:
            raise timed_out(self.named) from None
        except HetaoError:
            raise
        except Exception as error:  # each provider's package has faults of its own
            raise failure_of(error, self.named) from None
        finally:
            # What is under way ends by its own time-out, and nobody waits for it.
            pool.shutdown(wait=False, cancel_futures=True)


class SystemOne(TimedModel):
    """A decision model of a server that speaks System One.

    ``base_url`` is the server's address, with or without ``/v1``. The key goes there only: no
    redirection is followed. Raises ReaderFailure.
    """

    base_url: str
    api_key: SecretStr = SecretStr("")

    @property
    def _provider(self) -> str:
        return "systemone"

    def _classify(self, state: State, questions: dict[str, Question]) -> ClassifierResponse:
        body = {
            "model": self.model,
            "state": state,
            "questions": {name: _wire(question) for name, question in questions.items()},
        }
        try:
            status, found = self._post(body)
        except Exception as error:  # httpx.InvalidURL and its like have no common base
            raise failure_of(error, self.named) from None
        if status != 200:
            raise status_failure(status, self.named, self._complaint(found))
        return self._response(found)

    def _post(self, body: dict[str, Any]) -> tuple[int, bytes]:
        until = time.monotonic() + self.timeout_seconds
        read = bytearray()
        with self._client.stream("POST", self._address, json=body) as reply:
            for part in reply.iter_bytes():
                read += part
                if time.monotonic() > until:
                    raise TimeoutError
                if len(read) > _MOST_BYTES:
                    raise wrong_form(self.named, f"more than {_MOST_BYTES:,} bytes")
        return reply.status_code, bytes(read)

    def _response(self, found: bytes) -> ClassifierResponse:
        try:
            answers = json.loads(found)["answers"]
            return ClassifierResponse.model_validate({"model": self.model, "answers": answers})
        except ValidationError as error:
            # Only where and of which kind: the values may be as long as the server likes.
            problem = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in problem["loc"][:3])
            raise wrong_form(self.named, f"{problem['type']} at {place[:80]}") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise wrong_form(self.named, "no JSON object with answers") from None

    def _complaint(self, found: bytes) -> str:
        """What the server says of a request, the key taken out; "" where it says nothing."""
        try:
            words = json.loads(found)["error"]["message"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        key = self.api_key.get_secret_value()
        line = " ".join(str(words).split())
        return line.replace(key, "[key]") if key else line

    @property
    def _address(self) -> str:
        return self.base_url.rstrip("/").removesuffix("/v1") + "/v1/systemone"

    @cached_property
    def _client(self) -> httpx.Client:
        key = self.api_key.get_secret_value()
        return httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self.timeout_seconds,
            # What is on this machine is never asked for through a proxy.
            trust_env=not is_here(host_of(self.base_url)),
        )


def _wire(question: Question) -> dict[str, Any]:
    """A question as it is sent: what was left out is left out."""
    return {name: value for name, value in question.model_dump().items() if value is not None}

"""Who hears what LangChain does for us: the callbacks that a caller hands over, and no tracer else.

LangChain sends every question, passage and answer to a tracing service where a variable of the
environment bids it, and that may have been set for another program. So our own steps heed no such
variable. Nothing is switched off beyond them: what else runs in the process is traced as it was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor, var_child_runnable_config

Input = TypeVar("Input")
Output = TypeVar("Output")


@contextmanager
def private(config: RunnableConfig | None = None) -> Iterator[None]:
    """Inside the block LangChain traces only where a tracer is among the callbacks.

    These are the callbacks of ``config``, or those of the run that goes on, as when a traced chain
    of the caller's has ours as a step. The block must not be left by a ``yield``: what it sets
    would hold for whoever takes the value.
    """
    # Both come late: they take LangChain a tenth of a second, and no question is asked before.
    from langchain_core.tracers import LangChainTracer
    from langsmith import tracing_context

    if any(isinstance(handler, LangChainTracer) for handler in _handlers(config)):
        yield
        return
    with tracing_context(enabled=False):
        yield


def _handlers(config: RunnableConfig | None) -> Sequence[BaseCallbackHandler]:
    ours = (config or {}).get("callbacks")
    callbacks = ours or (var_child_runnable_config.get() or {}).get("callbacks") or []
    return callbacks.handlers if isinstance(callbacks, BaseCallbackManager) else callbacks


class Private(Runnable[Input, Output]):
    """A runnable all of whose steps are :func:`private`, however it is run.

    What ``steps`` streams are snapshots, of which the last is the output.
    """

    def __init__(self, steps: Runnable[Input, Output]) -> None:
        self._steps = steps
        self.name = steps.get_name()

    def invoke(
        self,
        input: Input,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Output:
        """The output. LangChain's own way would add the snapshots up."""
        *_, output = self.stream(input, config, **kwargs)
        return output

    def stream(
        self,
        input: Input,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Output]:
        """The outputs as they come."""
        outputs = self._steps.stream(input, config, **kwargs)
        end = object()
        while True:
            with private(config):
                output: Any = next(outputs, end)
            if output is end:
                return
            yield output

    async def astream(
        self,
        input: Input,  # noqa: A002 - LangChain's name
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Output]:
        """The outputs as they come, each made in a thread while the loop goes on."""
        outputs = self.stream(input, config, **kwargs)
        end = object()
        while (output := await run_in_executor(config, next, outputs, end)) is not end:
            yield output  # type: ignore[misc]  # what is not the end is an output

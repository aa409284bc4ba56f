"""The one place that starts background tasks: kept by a strong reference, and loud when they fail."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

_log = structlog.get_logger("tasks")


class TaskSet:
    """The background tasks of one role; they end together.

    A task that fails is logged and its error kept in `failure`: the owner decides (a role stops, a sweep goes on).
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._told: list[Callable[[], None]] = []
        self.failure: BaseException | None = None

    def on_failure(self, action: Callable[[], None]) -> None:
        """Call `action` when a task fails, at once if one has failed already."""
        self._told.append(action)
        if self.failure is not None:
            action()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` in the background under `name`."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def names(self) -> set[str]:
        """The names of what runs."""
        return {task.get_name() for task in self._tasks}

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error("task failed", task=task.get_name(), error=type(error).__name__, exc_info=error)
            self.failure = self.failure or error
            for action in self._told:
                action()

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""The trigger: one look a poll for all tasks that a triggerer process waits for."""

from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.slurm.rows import Job
from capstan_provider.slurm.watch import Patience, Watch, learn_nothing, look

# The first answer waits so long at least: Airflow 3.3.2 fails a task whose trigger fires before
# its deferral is written down.
_SETTLE = 2.0


class _Waiting:
    """A trigger that waits. What is put into told: a line for its log, or None: all its jobs have
    ended."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.told: asyncio.Queue[str | None] = asyncio.Queue()
        self.since = time.monotonic()
        self.due = self.since + watch.patience.pause(0)
        self._said = ""

    @property
    def is_settled(self) -> bool:
        settle = min(_SETTLE, self.watch.patience.poll)
        return time.monotonic() >= self.since + settle

    def tell(self, trouble: str) -> None:
        """After a look, in which something may have gone wrong."""
        now = time.monotonic()
        self.due = now + self.watch.patience.pause(now - self.since)
        verdict = self.watch.overall
        left = len(self.watch.open)
        why = trouble or verdict.why
        said = why if len(self.watch.jobs) == 1 else f"{left} left; {why}"
        if said != self._said:
            self.told.put_nowait(said)
            self._said = said
        if not left:
            self.told.put_nowait(None)


class _Poller:
    """Looks for all triggers of one connection in one event loop."""

    def __init__(self, slurm_conn_id: str) -> None:
        self._slurm_conn_id = slurm_conn_id
        self._hook: SlurmHook | None = None
        self._waiting: set[_Waiting] = set()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, watch: Watch) -> _Waiting:
        waiting = _Waiting(watch)
        self._waiting.add(waiting)
        self._woken.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"slurm {self._slurm_conn_id}")
        return waiting

    def remove(self, waiting: _Waiting) -> None:
        self._waiting.discard(waiting)
        self._woken.set()

    async def _run(self) -> None:
        while self._waiting:
            self._woken.clear()
            pause = min(waiting.due for waiting in self._waiting) - time.monotonic()
            if pause > 0:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)
                continue
            await self._look([waiting for waiting in self._waiting if waiting.is_settled])

    async def _look(self, waiting: Sequence[_Waiting]) -> None:
        watches = [one.watch for one in waiting]
        try:
            trouble = await asyncio.to_thread(self._ask, watches)
        except Exception as error:
            trouble = str(error) or type(error).__name__
            learn_nothing(watches, int(time.time()))
        for one in waiting:
            one.tell(trouble)

    def _ask(self, watches: Sequence[Watch]) -> str:
        if self._hook is None:
            self._hook = SlurmHook(self._slurm_conn_id)
        return look(self._hook.cluster, watches, int(time.time()))


_pollers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Poller]] = (
    weakref.WeakKeyDictionary()
)


def _poller(slurm_conn_id: str) -> _Poller:
    mine = _pollers.setdefault(asyncio.get_running_loop(), {})
    if slurm_conn_id not in mine:
        mine[slurm_conn_id] = _Poller(slurm_conn_id)
    return mine[slurm_conn_id]


class SlurmJobTrigger(BaseTrigger):
    """Fires once when all jobs have ended: ``{"id", "folder", "jobs"}``, the last what became of
    each, as ``Watch.as_json`` gives it.

    :param slurm_conn_id: the Slurm connection.
    :param jobs: jobs as ``Job.as_json`` gives them, one or the elements of one array.
    :param folder: where their receipts are; "": they leave none.
    :param cancels: whether a user who marks or clears the task ends the jobs.
    :param patience: fields of ``Patience``.
    """

    def __init__(
        self,
        slurm_conn_id: str,
        jobs: Sequence[dict[str, Any]],
        folder: str,
        cancels: bool = True,
        patience: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.slurm_conn_id = slurm_conn_id
        self.jobs = list(jobs)
        self.folder = folder
        self.cancels = cancels
        self.patience = dict(patience or {})

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "capstan_provider.triggers.slurm.SlurmJobTrigger",
            {
                "slurm_conn_id": self.slurm_conn_id,
                "jobs": self.jobs,
                "folder": self.folder,
                "cancels": self.cancels,
                "patience": self.patience,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        watch = Watch([Job(**job) for job in self.jobs], self.folder, Patience(**self.patience))
        poller = _poller(self.slurm_conn_id)
        waiting = poller.add(watch)
        try:
            while (told := await waiting.told.get()) is not None:
                self.log.info("%s", told)
        finally:
            poller.remove(waiting)
        yield TriggerEvent(
            {"id": self.jobs[0]["id"], "folder": self.folder, "jobs": watch.as_json()}
        )

    async def on_kill(self) -> None:
        """A user has marked or cleared the task; a restart of the triggerer does not come here."""
        if self.cancels:
            words = sorted({str(job["id"]) for job in self.jobs})
            await asyncio.to_thread(self._cancel, words)
            self.log.info("cancelled %s", " ".join(words))

    def _cancel(self, words: Sequence[str]) -> None:
        SlurmHook(self.slurm_conn_id).cluster.cancel(words)

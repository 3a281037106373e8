"""Waiting for many jobs, on a real Slurm: one query a poll, whatever is down."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.slurm.rows import Job
from capstan_provider.slurm.watch import Patience
from capstan_provider.triggers.slurm import SlurmJobTrigger

from conftest import became, fired, wait_until

QUICK = Patience(poll=0.5, lost_after=3, silent_after=6)


def send(hook: SlurmHook, name: str, *options: str, script: str = "sleep 300") -> Job:
    words = [f"--job-name={name}", "--output=/dev/null", "--time=5", *options]
    number, submitted = hook.cluster.submit(f"#!/bin/sh\n{script}\n", words)
    return Job(number, -1, submitted, name)


def trigger(
    jobs: list[Job], folder: Path | str = "", patience: Patience = QUICK
) -> SlurmJobTrigger:
    described = [job.as_json() for job in jobs]
    return SlurmJobTrigger("slurm_default", described, str(folder), patience=asdict(patience))


def give_receipt(folder: Path, job: Job, kind: str, restart: int = 0) -> None:
    receipt = {"class": kind, "exit": 0, "job": job.word, "name": job.name, "restart": restart}
    folder.mkdir(exist_ok=True)
    (folder / f"receipt-{job.word}.json").write_text(json.dumps(receipt))


@pytest.fixture
def broken(jobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put commands before Slurm's own: given text is run before the real one is, if it is."""

    def make(**commands: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for command, text in commands.items():
            real = subprocess.run(["which", command], check=True, capture_output=True, text=True)
            path = folder / command
            path.write_text(f'#!/bin/sh\n{text}\nexec {real.stdout.strip()} "$@"\n')
            path.chmod(0o755)
        extra = {"folder": str(jobs), "bin": str(folder)}
        connection = json.dumps({"conn_type": "slurm", "extra": extra})
        monkeypatch.setenv("AIRFLOW_CONN_SLURM_DEFAULT", connection)
        return folder

    return make


def test_two_hundred_jobs_cost_one_query_a_poll(
    hook: SlurmHook, broken: Callable[..., Path], tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    broken(squeue=f"echo squeue >>{asked}", sacct=f"echo sacct >>{asked}")
    arrays = [send(hook, f"many-{number}", "--hold", "--array=0-49") for number in range(4)]
    waited = [
        [Job(array.id, index, array.submitted, array.name)]
        for array in arrays
        for index in range(50)
    ]
    polls = 4

    async def wait_a_while() -> None:
        tasks = [asyncio.create_task(fired(trigger(jobs))) for jobs in waited]
        await asyncio.sleep(QUICK.poll * (polls + 0.5))
        for task in tasks:
            assert not task.done()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(wait_a_while())
    queries = asked.read_text().split()
    hook.cluster.cancel([array.word for array in arrays])
    assert set(queries) == {"squeue"}
    assert 2 <= len(queries) <= polls + 1


def test_a_trigger_that_is_shut_down_leaves_its_job_alone(
    hook: SlurmHook, squeue: Callable[..., list[str]]
) -> None:
    job = send(hook, "left-alone")

    async def shut_down() -> None:
        waiting = trigger([job])
        task = asyncio.create_task(fired(waiting))
        await asyncio.sleep(1.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await waiting.cleanup()

    asyncio.run(shut_down())
    assert job.word in squeue()
    asyncio.run(trigger([job]).on_kill())
    wait_until(lambda: job.word not in squeue())


def forgotten(job: Job, squeue: Callable[..., list[str]]) -> bool:
    known = subprocess.run(["scontrol", "show", "job", job.word], capture_output=True, check=False)
    return known.returncode != 0 and job.word not in squeue("--states=all")


@pytest.mark.provokes("job forgotten, sacct down", "done by its receipt, else lost")
def test_a_job_that_vanishes_while_accounting_is_down_ends_by_its_receipt(
    hook: SlurmHook, jobs: Path, broken: Callable[..., Path], squeue: Callable[..., list[str]]
) -> None:
    """And without one as lost, though nothing says that it failed."""
    known, unknown = (send(hook, name, script="true") for name in ("known", "unknown"))
    broken(sacct="echo 'sacct: error: slurmdbd: Connection refused' >&2; exit 1")
    wait_until(lambda: forgotten(known, squeue) and forgotten(unknown, squeue))
    give_receipt(jobs, known, "done")
    told = became(trigger([known, unknown], jobs))
    assert told[known.word]["fate"] == "done"
    assert (told[unknown.word]["fate"], told[unknown.word]["failure"]) == ("failed", "lost")
    assert "sacct failed" in told[unknown.word]["why"]


@pytest.mark.provokes("completed without a receipt", "lost")
def test_a_completed_job_without_a_receipt_is_no_success(hook: SlurmHook, jobs: Path) -> None:
    job = send(hook, "no-receipt", script="true")
    told = became(trigger([job], jobs))[job.word]
    assert (told["fate"], told["failure"]) == ("failed", "lost")
    assert "there is no receipt" in told["why"]


@pytest.mark.provokes("requeue", "the earlier receipt does not count")
def test_a_receipt_of_an_earlier_start_is_none_of_this_one(hook: SlurmHook, jobs: Path) -> None:
    script = "[ ${SLURM_RESTART_COUNT:-0} -gt 0 ] || { scontrol requeue $SLURM_JOB_ID; sleep 60; }"
    job = send(hook, "again", "--requeue", script=f"{script}; exit 3")
    give_receipt(jobs, job, "done", restart=0)
    told = became(trigger([job], jobs))[job.word]
    assert (told["fate"], told["state"]) == ("failed", "FAILED")


def test_a_cancelled_job_ends_as_cancelled(hook: SlurmHook, jobs: Path) -> None:
    job = send(hook, "cancelled", "--hold")
    hook.cluster.cancel([job.word])
    told = became(trigger([job], jobs))[job.word]
    assert (told["fate"], told["failure"]) == ("failed", "cancelled")


@pytest.mark.provokes("slurmctld stopped for 6 s", "waited through")
def test_a_controller_that_is_away_for_a_while_loses_no_job(
    hook: SlurmHook, jobs: Path, cluster: Path
) -> None:
    job = send(hook, "outlives", script="sleep 2")
    give_receipt(jobs, job, "done")
    controller = int((cluster / "pid" / "slurmctld").read_text())

    async def wait_through() -> dict[str, Any]:
        patience = Patience(poll=0.5, lost_after=3, silent_after=600)
        task = asyncio.create_task(fired(trigger([job], jobs, patience)))
        await asyncio.sleep(0.6)
        os.kill(controller, signal.SIGSTOP)
        try:
            await asyncio.sleep(6)
            assert not task.done() or task.result()["jobs"][job.word]["fate"] == "done"
        finally:
            os.kill(controller, signal.SIGCONT)
        return await asyncio.wait_for(task, 120)

    begun = time.monotonic()
    assert asyncio.run(wait_through())["jobs"][job.word]["fate"] == "done"
    assert time.monotonic() - begun < 120

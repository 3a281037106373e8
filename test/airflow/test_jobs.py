"""A Slurm job as a task, on a real Slurm: sent once, found again, done by its receipt alone."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.operators.reaper import SlurmReaperOperator
from capstan_provider.operators.slurm import SlurmJobOperator, key_of
from capstan_provider.sensors.slurm import SlurmArraySensor

from conftest import Task, deferred, fired, run_deferred, sent, wait_until


def operator(*command: str, **settings: Any) -> SlurmJobOperator:
    arguments: dict[str, Any] = {"poll": 0.5, "time": "00:05:00", "task_id": "work"}
    if command:
        arguments["command"] = command
    return SlurmJobOperator(**{**arguments, **settings})


def sacct(name: str) -> list[str]:
    """Ids of all jobs of a name, ended or not."""
    words = ["sacct", "--allocations", "--noheader", "--parsable2", "-o", "JobID", "--name", name]
    printed = subprocess.run(words, check=True, capture_output=True, text=True)
    return sorted(set(printed.stdout.split()))


def test_a_connection_is_tested_on_the_cluster(hook: SlurmHook, jobs: Path) -> None:
    works, said = hook.test_connection()
    assert works, said
    assert "UP" in said
    assert str(jobs) in said


def test_a_connection_to_nowhere_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SLURM_DEFAULT", '{"conn_type": "slurm"}')
    monkeypatch.setenv("PATH", "/nonexistent")
    works, said = SlurmHook().test_connection()
    assert not works
    assert "no command sinfo in PATH" in said


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_job_that_ends_well(jobs: Path, task: Task, deferrable: bool) -> None:
    work = operator("sh", "-c", 'echo "it is $WHAT"', env={"WHAT": "done"}, deferrable=deferrable)
    result = run_deferred(work, task) if deferrable else work.execute(task.context())
    assert result["fate"] == "done"
    assert result["receipt"]["exit"] == 0
    assert result["receipt"]["job"] == str(result["job"]) == task.xcoms["job_id"]
    assert task.xcoms["job_link"] == f"https://jobs.example/{result['job']}"
    log = Path(result["folder"], f"log-{result['job']}")
    assert log.read_text() == "it is done\n"
    assert log.is_relative_to(jobs)


def test_a_script_has_its_directives_and_its_log_is_shown(
    jobs: Path, task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    script = (
        "#!/bin/bash\n#SBATCH --ntasks=2\necho tasks: $SLURM_NTASKS\nexit 7\n#SBATCH --ntasks=3"
    )
    with pytest.raises(AirflowException, match="exit status 7"):
        run_deferred(operator(script=script), task)
    assert "tasks: 2" in capsys.readouterr().out


def test_a_failure_that_is_not_to_be_tried_again_fails_for_good(jobs: Path, task: Task) -> None:
    with pytest.raises(AirflowFailException, match=r"exit status 1 \(code\)"):
        run_deferred(operator("false", retry_on=["infrastructure"]), task)


@pytest.mark.provokes("program killed", "tried again as killed")
def test_a_killed_program_is_told_from_one_that_fails(jobs: Path, task: Task) -> None:
    with pytest.raises(AirflowException, match=r"\(killed\)") as raised:
        run_deferred(operator("sh", "-c", "kill -9 $$", retry_on=["killed"]), task)
    assert not isinstance(raised.value, AirflowFailException)


def test_exit_99_skips(jobs: Path, task: Task) -> None:
    with pytest.raises(AirflowSkipException):
        run_deferred(operator("sh", "-c", "exit 99"), task)
    assert task.xcoms["return_value"]["fate"] == "skipped"


def test_what_the_worker_knows_stays_with_it(
    jobs: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "a password")
    result = run_deferred(operator("env"), task)
    assert "AIRFLOW" not in Path(result["folder"], f"log-{result['job']}").read_text()


def test_a_retry_goes_on_with_the_job(jobs: Path, task: Task) -> None:
    go = jobs / "go"
    work = operator("sh", "-c", f"until [ -e {go} ]; do sleep 0.2; done")
    first = sent(deferred(work, task))
    task.retry()
    second = deferred(work, task)
    assert sent(second) == first
    go.touch()
    event = asyncio.run(fired(second.trigger))
    assert work.resume(task.context(), event=event)["job"] == first["id"]
    task.retry()
    assert work.execute(task.context())["job"] == first["id"]
    wait_until(lambda: sacct(first["name"]))
    assert sacct(first["name"]) == [str(first["id"])]


@pytest.mark.provokes("id lost after sbatch", "found by its name")
@pytest.mark.parametrize("store", [True, False])
def test_a_worker_that_died_after_sbatch_sends_no_second_job(jobs: Path, store: bool) -> None:
    task = Task(store=store)
    work = operator("sleep", "1")
    first = sent(deferred(work, task))
    if task.store is not None:
        task.store.clear()
    task.retry()
    result = run_deferred(work, task)
    assert result["job"] == first["id"]
    wait_until(lambda: sacct(first["name"]))
    assert sacct(first["name"]) == [str(first["id"])]


def test_a_failed_job_is_sent_again_by_a_retry(jobs: Path, task: Task) -> None:
    jobs.mkdir()
    work = operator("sh", "-c", f"mkdir {jobs}/once")
    (jobs / "once").mkdir()
    with pytest.raises(AirflowException, match="exit status 1"):
        run_deferred(work, task)
    failed = task.xcoms["job_id"]
    (jobs / "once").rmdir()
    task.retry()
    assert str(run_deferred(work, task)["job"]) != failed


def test_a_clear_cancels_the_job_and_sends_another(
    jobs: Path, task: Task, squeue: Callable[..., list[str]]
) -> None:
    work = operator("sleep", "300")
    first = sent(deferred(work, task))
    task.clear()
    second = deferred(work, task)
    assert sent(second)["id"] != first["id"]
    wait_until(lambda: str(first["id"]) not in squeue())
    assert str(sent(second)["id"]) in squeue()
    asyncio.run(second.trigger.on_kill())
    wait_until(lambda: str(sent(second)["id"]) not in squeue())


def test_a_killed_worker_ends_its_job(
    jobs: Path, task: Task, squeue: Callable[..., list[str]]
) -> None:
    work = operator("sleep", "300")
    kept = work.submit_job(task.context())
    assert str(kept["id"]) in squeue()
    work.on_kill()
    wait_until(lambda: str(kept["id"]) not in squeue())


@pytest.mark.provokes("job that nobody knows", "failed for good, not sent again")
def test_a_job_that_nobody_knows_is_lost_and_not_sent_again(jobs: Path, task: Task) -> None:
    work = operator("touch", str(jobs / "ran"), lost_after=2)
    context = task.context()
    assert task.store is not None
    key = key_of(context)
    kept = {"id": 31_000_000, "index": -1, "submitted": int(time.time()), "name": key.name}
    kept |= {"requeues": False, "max_tries": key.max_tries, "folder": str(jobs)}
    task.store.set(work.external_id_key, kept)
    task.retry()
    with pytest.raises(AirflowFailException, match="nobody knows it"):
        run_deferred(work, task)
    assert not (jobs / "ran").exists()


def test_an_array_is_one_task_with_results_by_index(jobs: Path, task: Task) -> None:
    words = ("sh", "-c", "exit $((SLURM_ARRAY_TASK_ID == 2))")
    with pytest.raises(AirflowException, match="exit status 1"):
        run_deferred(operator(*words, array="0-4:2%2"), task)
    results = task.xcoms["return_value"]["results"]
    assert {index: result["fate"] for index, result in results.items()} == {
        "0": "done",
        "2": "failed",
        "4": "done",
    }
    assert results["2"]["receipt"]["exit"] == 1


def test_an_option_that_is_the_operators_is_refused(jobs: Path, task: Task) -> None:
    with pytest.raises(ValueError, match="use time of the operator"):
        operator("true", options={"time": "10"}).execute(task.context())


def test_a_scripts_own_limit_and_requeue_stand(jobs: Path, task: Task) -> None:
    script = "#!/bin/sh\n#SBATCH --requeue\n#SBATCH -t 7\ntrue"
    kept = sent(deferred(operator(script=script, time=None, options={"hold": True}), task))
    words = ["scontrol", "show", "job", str(kept["id"])]
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    SlurmHook().cluster.cancel([str(kept["id"])])
    assert "TimeLimit=00:07:00" in shown
    assert "Requeue=1" in shown
    assert kept["requeues"]


def test_the_reaper_ends_what_its_run_has_left_and_nothing_else(
    jobs: Path, squeue: Callable[..., list[str]]
) -> None:
    mine, other = Task(), Task()
    left = sent(deferred(operator("sleep", "300"), mine))
    alone = sent(deferred(operator("sleep", "300"), other))
    assert SlurmReaperOperator(task_id="reaper").execute(mine.context()) == [str(left["id"])]
    wait_until(lambda: str(left["id"]) not in squeue())
    assert str(alone["id"]) in squeue()
    SlurmHook().cluster.cancel([str(alone["id"])])


@pytest.mark.parametrize(("most_failed", "fails"), [(0, True), (1, False)])
def test_a_sensor_waits_for_an_array_of_somebody_elses(
    hook: SlurmHook, task: Task, most_failed: int, fails: bool
) -> None:
    script = "#!/bin/sh\nexit $((SLURM_ARRAY_TASK_ID == 1))\n"
    number, _ = hook.cluster.submit(script, ["--array=0-2", "--output=/dev/null", "--time=5"])
    sensor = SlurmArraySensor(
        task_id="wait", job=number, array="0-2", most_failed=most_failed, poll=0.5
    )
    context = task.context()
    event = asyncio.run(fired(deferred(sensor, task).trigger))
    if fails:
        with pytest.raises(AirflowException, match="1 of 3 elements"):
            sensor.resume(context, event)
    else:
        fates = {index: told["fate"] for index, told in sensor.resume(context, event).items()}
        assert fates == {"0": "done", "1": "failed", "2": "done"}

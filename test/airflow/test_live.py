"""A live Airflow on a real Slurm: what dies, dies, and each job is sent once and ended once."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conftest import FLIGHT_DAGS, FLIGHTS, World, wait_until
from live import Airflow

DAG_FILE = """
from airflow.sdk import DAG, task
from capstan_provider.operators.reaper import SlurmReaperOperator
from capstan_provider.operators.slurm import SlurmJobOperator

retries = {{"retries": 2, "retry_delay": 1}}
command = ["sh", "-c", "until [ -e {folder}/$SLURM_JOB_ID ]; do sleep 0.2; done"]

with DAG("night", schedule=None, default_args=retries):

    @task
    def first():
        pass

    work = SlurmJobOperator(
        task_id="work",
        command=command,
        time="00:10:00",
        poll=1,
    )
    begin = first()
    begin >> work >> SlurmReaperOperator(task_id="reaper").as_teardown(setups=begin)

with DAG("day", schedule=None, default_args=retries):
    SlurmJobOperator(
        task_id="work", command=command, time="00:10:00", poll=1, deferrable=False
    )
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of jobs; a file with a job's id in it lets the job end."""
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def airflow(
    cluster: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Airflow]:
    extra = {"folder": str(folder)}
    connection = json.dumps({"conn_type": "slurm", "extra": extra})
    live = Airflow(tmp_path_factory.mktemp("live") / "airflow", connection)
    (live.dags / "night.py").write_text(DAG_FILE.format(folder=folder))
    live.migrate()
    try:
        live.start()
        live.log_in()
        yield live
    finally:
        live.stop()


def begin(airflow: Airflow, dag: str = "night", state: str = "deferred") -> tuple[str, str]:
    """A run whose task waits for its job, and that."""
    run = airflow.trigger(dag)
    airflow.wait_for(dag, run, "work", state)
    return run, airflow.wait(lambda: str(airflow.xcom(dag, run, "work", "job_id")))


def count_named_as(job: str) -> int:
    """How many jobs have the name of this one."""
    words = ["sacct", "--allocations", "--noheader", "--parsable2", "-o", "JobName"]
    name = subprocess.run(
        [*words, "--jobs", job], check=True, capture_output=True, text=True
    ).stdout.strip()
    printed = subprocess.run(
        [*words, "--name", name], check=True, capture_output=True, text=True
    ).stdout
    return len(printed.split())


def test_a_job_of_a_live_airflow_ends_well(airflow: Airflow, folder: Path) -> None:
    run, job = begin(airflow)
    (folder / job).touch()
    told = airflow.wait_for("night", run, "work", "success", "failed")
    assert told["state"] == "success"
    assert airflow.xcom("night", run, "work", "return_value")["receipt"]["job"] == job


@pytest.mark.provokes("triggerer, scheduler: kill -9", "the task goes on with its job")
@pytest.mark.parametrize("component", ["triggerer", "scheduler"])
def test_what_is_killed_sends_no_second_job(airflow: Airflow, folder: Path, component: str) -> None:
    run, job = begin(airflow)
    airflow.kill(component)
    (folder / job).touch()
    airflow.start(component)
    assert airflow.wait_for("night", run, "work", "success", "failed")["state"] == "success"
    assert airflow.xcom("night", run, "work", "return_value")["job"] == int(job)
    assert wait_until(lambda: count_named_as(job)) == 1


@pytest.mark.provokes("worker: kill -9", "tried again, goes on with its job")
def test_a_killed_worker_that_waited_itself_sends_no_second_job(
    airflow: Airflow, folder: Path
) -> None:
    """With the scheduler, whose child it is; the task is tried again when its heartbeat is
    missed."""
    run, job = begin(airflow, "day", "running")
    airflow.kill("scheduler")
    airflow.start("scheduler")
    told = airflow.wait(lambda: airflow.task("day", run, "work")["try_number"] > 1)
    (folder / job).touch()
    assert told
    assert airflow.wait_for("day", run, "work", "success", "failed")["state"] == "success"
    assert airflow.xcom("day", run, "work", "return_value")["job"] == int(job)
    assert wait_until(lambda: count_named_as(job)) == 1


@pytest.mark.provokes("task marked as failed", "its job is cancelled")
def test_marked_as_failed_while_deferred_its_job_is_cancelled(
    airflow: Airflow, squeue: Callable[..., list[str]]
) -> None:
    run, job = begin(airflow)
    airflow.mark("night", run, "work", "failed")
    wait_until(lambda: job not in squeue())
    assert airflow.task("night", run, "work")["state"] == "failed"


@pytest.mark.provokes("task cleared", "its job is cancelled, another sent")
def test_cleared_while_deferred_its_job_is_cancelled_and_another_sent(
    airflow: Airflow, folder: Path, squeue: Callable[..., list[str]]
) -> None:
    run, job = begin(airflow)
    airflow.clear("night", run, "work")
    wait_until(lambda: job not in squeue())

    def other() -> str:
        told = str(airflow.xcom("night", run, "work", "job_id"))
        return told if told != job else ""

    second = airflow.wait(other)
    (folder / second).touch()
    assert airflow.wait_for("night", run, "work", "success", "failed")["state"] == "success"


@pytest.mark.provokes("marked as failed, no triggerer", "the reaper cancels the job")
def test_marked_as_failed_while_the_triggerer_is_down_the_reaper_cancels_its_job(
    airflow: Airflow, squeue: Callable[..., list[str]]
) -> None:
    run, job = begin(airflow)
    airflow.kill("triggerer")
    airflow.mark("night", run, "work", "failed")
    wait_until(lambda: job not in squeue(), 120)
    assert airflow.wait_for("night", run, "reaper", "success")["state"] == "success"
    airflow.start("triggerer")


@pytest.mark.provokes("a person's no, a person's yes", "left alone; promoted")
def test_a_person_approves_a_promotion_or_does_not(airflow: Airflow, world: World) -> None:
    text = Path(world.pipeline).read_text()
    Path(world.pipeline).write_text(text.replace("promote: automatic", "promote: after approval"))
    (airflow.dags / "late.py").write_text(
        "# Airflow looks for dags in files that say so.\n"
        "from capstan_provider.factory import capstan_dags\n"
        f"capstan_dags({world.pipeline!r}, registry={world.registry!r}, into=globals(),\n"
        "             step_settings={'poll': 0.5})\n"
    )
    run = airflow.trigger("late")
    airflow.answer("late", run, "approval", "Reject")
    assert airflow.wait_for("late", run, "promote", "skipped", "success")["state"] == "skipped"
    assert not list(Path(world.registry, "aliases").glob("late/champion/*"))
    run = airflow.trigger("late")
    airflow.answer("late", run, "approval", "Approve")
    assert airflow.wait_for("late", run, "promote", "success", "failed")["state"] == "success"
    assert json.loads(world.capstan("show", "late@champion", "--json"))["version"] == 2
    assert "approved by" in world.capstan("log", "late")


DRIFT_FILE = """# Airflow reads files that hold its name and "dag".
from datetime import timedelta
from capstan_provider.factory import capstan_dags, drift_asset

for dag_id, cooldown in (("at_once", timedelta(0)), ("held_back", timedelta(days=1))):
    capstan_dags({pipeline!r}, registry={registry!r}, into=globals(), dag_id=dag_id,
                 schedule=[drift_asset("late", {registry!r}, poll=1)], cooldown=cooldown,
                 step_settings={{"poll": 0.5}})
"""


def runs_of(airflow: Airflow, dag: str) -> list[dict[str, Any]]:
    return list(airflow.ask("GET", f"/api/v2/dags/{dag}/dagRuns")["dag_runs"])


def test_an_alarm_starts_a_run_and_a_cooldown_holds_one_back(
    airflow: Airflow, drifting: World
) -> None:
    """Alarms are raised until the trigger has begun to watch: what it found makes no event."""
    text = DRIFT_FILE.format(pipeline=drifting.pipeline, registry=drifting.registry)
    (airflow.dags / "drift.py").write_text(text)
    airflow.wait(lambda: airflow.ask("GET", "/api/v2/dags/held_back")["dag_id"])
    rows = count(200)

    def alarmed() -> list[dict[str, Any]]:
        drifting.alarm(next(rows))
        wait = time.monotonic() + 5
        while not (runs := runs_of(airflow, "held_back")) and time.monotonic() < wait:
            time.sleep(0.3)
        return runs

    held = str(airflow.wait(alarmed)[0]["dag_run_id"])
    begun = str(airflow.wait(lambda: runs_of(airflow, "at_once"))[0]["dag_run_id"])
    ends = ("success", "failed", "skipped")
    assert airflow.wait_for("at_once", begun, "open", *ends)["state"] == "success"
    assert airflow.wait_for("held_back", held, "open", *ends)["state"] == "skipped"
    assert airflow.wait_for("held_back", held, "promote", *ends)["state"] == "skipped"


def test_a_push_starts_a_run(airflow: Airflow, flights: Path, tmp_path: Path) -> None:
    """Of the pipeline that was pushed. The DAG is paused: its run waits."""
    name = "flight_delay_on_push"
    setting = f"import os; os.environ['CAPSTAN_FLIGHTS'] = {str(flights)!r}\n"
    text = (FLIGHT_DAGS / f"{name}.py").read_text()
    (airflow.dags / f"{name}.py").write_text(setting + text)
    airflow.wait(lambda: airflow.ask("PATCH", f"/api/v2/dags/{name}", {"is_paused": True}))
    bare, work = tmp_path / "bare", tmp_path / "work"
    (tmp_path / "password").write_text("secret\n")

    def git(folder: Path, *words: str) -> str:
        who = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
        command = ["git", "-C", folder, *who, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    shutil.copy(FLIGHTS / "post-receive", bare / "hooks")
    git(bare, "config", "capstan.flights", str(flights))
    git(bare, "config", "capstan.airflow", f"http://127.0.0.1:{airflow.port}")
    git(bare, "config", "capstan.user", "me")
    git(bare, "config", "capstan.passwordfile", str(tmp_path / "password"))
    git(bare, "config", "capstan.source", "flights")
    git(tmp_path, "clone", "--quiet", str(bare), str(work))
    (work / "flights").mkdir()
    for file in FLIGHTS.glob("*.yaml"):
        shutil.copy(file, work / "flights")
    pipeline = work / "flights" / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("trees: 100", "trees: 50"))
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "fewer trees")
    git(work, "push", "--quiet", "origin", "HEAD:other")
    assert not runs_of(airflow, name)
    git(work, "push", "--quiet", "origin", "HEAD:main")
    (run,) = runs_of(airflow, name)
    assert run["note"] == f"pushed: {git(work, 'rev-parse', 'HEAD')}"
    assert (flights / "pipeline.yaml").read_text() == pipeline.read_text()

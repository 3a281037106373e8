"""What the tests share: a Slurm of two virtual nodes, a connection to it, a task's context."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import shlex
import shutil
import subprocess
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import TaskDeferred
from airflow.triggers.base import BaseTrigger
from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.operators.slurm import SlurmJobOperator

LOOP = Path(__file__).parents[1] / "loop"
CLUSTER = Path(__file__).parents[1] / "slurm" / "cluster"


def wait_until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """What it says once it says something; a failure after a generous time."""
    until = time.monotonic() + seconds
    while not (said := what()):
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)
    return said


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Slurm with accounting; its commands are in PATH, and SLURM_CONF is set."""
    folder = tmp_path_factory.mktemp("cluster")
    command = [CLUSTER, "start", folder, "--owner", str(os.getpid())]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    printed = subprocess.run([CLUSTER, "env", folder], check=True, capture_output=True, text=True)
    for word in shlex.split(printed.stdout):
        name, equals, value = word.partition("=")
        if equals:
            os.environ[name] = value
    yield folder
    subprocess.run([CLUSTER, "stop", folder], check=True)


@pytest.fixture
def jobs(cluster: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of jobs of the test's own, and the connection slurm_default with it."""
    folder = tmp_path / "jobs"
    extra = {"folder": str(folder), "report": "https://jobs.example/{job}"}
    connection = json.dumps({"conn_type": "slurm", "extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_SLURM_DEFAULT", connection)
    return folder


@pytest.fixture
def hook(jobs: Path) -> SlurmHook:
    return SlurmHook()


class Store(dict[str, Any]):
    """A task's state store: what Airflow keeps in its database, kept here."""

    def set(self, key: str, value: Any, **_: Any) -> None:
        self[key] = json.loads(json.dumps(value))


class Task:
    """A task instance as an operator sees it, over tries and clears."""

    def __init__(self, task_id: str = "work", store: bool = True) -> None:
        self.run_id = f"manual__{uuid.uuid4()}"
        self.task_id = task_id
        self.try_number = 1
        self.max_tries = 1
        self.store: Store | None = Store() if store else None
        self.xcoms: dict[str, Any] = {}
        self.outlet_events: dict[Any, Any] = defaultdict(SimpleNamespace)
        self.started = datetime.now(timezone.utc)

    def retry(self) -> None:
        self.try_number += 1

    def clear(self) -> None:
        """As Airflow does: one more try, and as many tries more."""
        self.try_number += 1
        self.max_tries += 1

    def context(self) -> Any:
        ti = SimpleNamespace(
            dag_id="flights",
            run_id=self.run_id,
            task_id=self.task_id,
            map_index=-1,
            try_number=self.try_number,
            max_tries=self.max_tries,
            stats_tags={},
            xcom_push=lambda key, value: self.xcoms.update({key: value}),
        )
        context = {
            "ti": ti,
            "dag_run": SimpleNamespace(start_date=self.started, run_id=self.run_id),
            "outlet_events": self.outlet_events,
        }
        return context | ({"task_state_store": self.store} if self.store is not None else {})


@dataclass(frozen=True)
class World:
    """The small world of test/loop: a pipeline, two months of files, a registry."""

    folder: Path

    @property
    def pipeline(self) -> str:
        return str(self.folder / "pipeline.yaml")

    @property
    def registry(self) -> str:
        return str(self.folder / "registry")

    def alarm(self, min_rows: int = 200) -> None:
        """Watch the champion: a drift report raises an alarm; with another setting, another one."""
        words = ["monitor", "--quiet", "--pipeline", "pipeline.yaml", "--registry", self.registry]
        words += ["--set", "cooldown=0h", "--set", f"min_rows={min_rows}"]
        words += ["late@champion", "trips@latest"]
        done = subprocess.run(["capstan", *words], check=False, cwd=self.folder)
        assert done.returncode == 3

    def capstan(self, *words: str) -> str:
        command = ["capstan", *words, "--registry", self.registry]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder)
        return done.stdout

    def ids(self) -> str:
        """All that was made, with its ids."""
        command = [LOOP / "ids", self.registry]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def make_world(folder: Path, months: int) -> World:
    made = World(folder)
    made.folder.mkdir()
    command = [LOOP / "make", made.folder / "landing", str(months), "500"]
    subprocess.run(command, check=True)
    for file in LOOP.glob("*.yaml"):
        shutil.copy(file, made.folder)
    subprocess.run(["capstan", "init", made.registry], check=True)
    made.capstan("ingest", "--dataset", "weather", "--set", "missing=NA", "landing/weather.csv")
    return made


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world", 2)


@pytest.fixture
def drifting(tmp_path: Path) -> World:
    """A champion that was trained on two months, and a third that raises an alarm when it is
    watched."""
    made = make_world(tmp_path / "drifting", 3)
    third = made.folder / "landing" / "trips-03.csv"
    aside = third.rename(made.folder / "trips-03.csv")
    made.capstan("run", "--quiet", "pipeline.yaml")
    aside.rename(third)
    made.capstan("ingest", "--quiet", "--dataset", "trips", "--pipeline", "pipeline.yaml")
    return made


FLIGHTS = Path(__file__).parents[2] / "jobs" / "flight-delay"
FLIGHT_DAGS = Path(__file__).parents[2] / "dags" / "flights"


@pytest.fixture
def flights(tmp_path: Path) -> Path:
    """The folder of the flights, with as little as a plan looks at."""
    folder = tmp_path / "flights"
    (folder / "landing").mkdir(parents=True)
    for file in FLIGHTS.glob("*.yaml"):
        shutil.copy(file, folder)
    (folder / "landing" / "flights-2013-01.csv").write_text("time_hour\n2013-01-01T00:00:00Z\n")
    weather = folder / "weather.csv"
    weather.write_text("time_hour,origin\n2013-01-01T00:00:00Z,JFK\n")
    registry = ["--registry", str(folder / "registry")]
    subprocess.run(["capstan", "init", folder / "registry"], check=True)
    ingest = ["capstan", "ingest", "--quiet", "--dataset", "weather", weather, *registry]
    subprocess.run(ingest, check=True)
    return folder


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def squeue(cluster: Path) -> Callable[..., list[str]]:
    """Ids of jobs that have not ended."""

    def ask(*words: str) -> list[str]:
        printed = subprocess.run(
            ["squeue", "--noheader", "-o", "%i", *words], check=True, capture_output=True, text=True
        )
        return printed.stdout.split()

    return ask


def deferred(operator: BaseOperator, task: Task) -> TaskDeferred:
    """Execute up to the deferral."""
    with pytest.raises(TaskDeferred) as raised:
        operator.execute(task.context())
    return raised.value


async def fired(trigger: BaseTrigger) -> dict[str, Any]:
    """What the trigger says when it fires."""
    async for event in trigger.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


def run_deferred(operator: SlurmJobOperator, task: Task) -> dict[str, Any]:
    """Execute, wait in the trigger as Airflow would keep it, and go on after it."""
    deferral = deferred(operator, task)
    path, arguments = deferral.trigger.serialize()
    module, _, name = path.rpartition(".")
    trigger = getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))
    event = asyncio.run(fired(trigger))
    return operator.resume(task.context(), event=event)


def became(trigger: BaseTrigger) -> dict[str, Any]:
    """What the trigger says of each of its jobs."""
    return asyncio.run(fired(trigger))["jobs"]


def sent(deferral: TaskDeferred) -> dict[str, Any]:
    """The job that the task has been deferred for."""
    return deferral.trigger.jobs[0]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "provokes(fault, outcome): a fault, and what comes of it")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a test's report know what it provoked."""
    outcome = yield
    if marker := item.get_closest_marker("provokes"):
        outcome.get_result().user_properties.append(("provoked", marker.args))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was provoked, and came out as it should."""
    counts: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        if report.when == "call":
            counts.update(told for name, told in report.user_properties if name == "provoked")
    for (fault, outcome), count in sorted(counts.items()):
        terminalreporter.write_line(f"{count:3} {fault:34} {outcome}")

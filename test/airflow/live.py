"""A live Airflow: API server, scheduler, DAG processor and triggerer as processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Airflow:
    """Everything that it writes is in a folder; stopped by the ids of its processes."""

    def __init__(self, home: Path, connection: str) -> None:
        self.home = home
        self.dags = home / "dags"
        self.dags.mkdir(parents=True)
        self.port, worker, trigger = free_ports(3)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._watches: dict[str, subprocess.Popen[bytes]] = {}
        self._token = ""
        settings = {
            "API__PORT": str(self.port),
            "API__HOST": "127.0.0.1",
            "API__WORKERS": "1",
            "API__SECRET_KEY": secrets.token_hex(16),
            "API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
            "CORE__PARALLELISM": "4",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "DAG_PROCESSOR__REFRESH_INTERVAL": "2",
            "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
            "LOGGING__WORKER_LOG_SERVER_PORT": str(worker),
            "LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger),
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
            "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
            "TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        }
        self._environment = {
            **os.environ,
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
            "AIRFLOW_HOME": str(home),
            "AIRFLOW_CONN_SLURM_DEFAULT": connection,
        }

    def start(self, *components: str) -> None:
        for component in components or COMPONENTS:
            log = (self.home / f"{component}.log").open("ab")
            self._running[component] = subprocess.Popen(
                [sys.executable, "-m", "airflow", component],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._watch(component)

    def _watch(self, component: str) -> None:
        """However the tests end, it ends with them."""
        leader = str(self._running[component].pid)
        script = 'tail --pid="$0" -f /dev/null; kill -KILL -- "-$1"'
        self._watches[component] = subprocess.Popen(
            ["bash", "-c", script, str(os.getpid()), leader], start_new_session=True
        )

    def migrate(self) -> None:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        subprocess.run(command, env=self._environment, check=True, capture_output=True)

    def kill(self, component: str, how: int = signal.SIGKILL) -> None:
        """With all that it has started."""
        process = self._running.pop(component)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        process.wait()
        watch = self._watches.pop(component)
        os.killpg(watch.pid, signal.SIGKILL)
        watch.wait()

    def stop(self) -> None:
        for component in list(self._running):
            self.kill(component)

    # -- its API -------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def wait(self, what: Callable[[], Any], seconds: float = 120) -> Any:
        """What it says once it says something; an API that is not there yet says nothing."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                if said := what():
                    return said
            time.sleep(0.3)
        raise AssertionError(f"it did not come about; see {self.home}/*.log")

    def log_in(self) -> None:
        self._token = self.wait(lambda: self.ask("GET", "/auth/token"))["access_token"]

    def trigger(self, dag: str, **conf: Any) -> str:
        """A new run's id, once the DAG is known."""
        body = {"logical_date": None, "conf": conf}
        path = f"/api/v2/dags/{dag}/dagRuns"
        return str(self.wait(lambda: self.ask("POST", path, body))["dag_run_id"])

    def task(self, dag: str, run: str, task: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}"))

    def wait_for(self, dag: str, run: str, task: str, *states: str) -> dict[str, Any]:
        def is_there() -> dict[str, Any] | None:
            told = self.task(dag, run, task)
            return told if told["state"] in states else None

        return dict(self.wait(is_there))

    def mark(self, dag: str, run: str, task: str, state: str) -> None:
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}"
        self.ask("PATCH", path, {"new_state": state})

    def clear(self, dag: str, run: str, task: str) -> None:
        body = {"dry_run": False, "task_ids": [task], "dag_run_id": run, "only_failed": False}
        self.ask("POST", f"/api/v2/dags/{dag}/clearTaskInstances", body)

    def answer(self, dag: str, run: str, task: str, option: str) -> None:
        """As a person does who is asked, who takes some seconds: 3.3.2 fails a task that is
        answered before the scheduler has noticed that it waits."""
        self.wait_for(dag, run, task, "awaiting_input", "deferred")
        time.sleep(3)
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        self.wait(lambda: self.ask("PATCH", path, {"chosen_options": [option]}))

    def xcom(self, dag: str, run: str, task: str, key: str) -> Any:
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/{key}"
        return self.ask("GET", path)["value"]

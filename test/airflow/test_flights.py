"""The DAG files of the flights: what they are made of, and when they run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from conftest import FLIGHT_DAGS

NAMES = ("flight_delay_on_drift", "flight_delay_on_push", "flight_delay_weekly")


def bag(flights: Path, monkeypatch: pytest.MonkeyPatch) -> DagBag:
    monkeypatch.setenv("CAPSTAN_FLIGHTS", str(flights))
    return DagBag(FLIGHT_DAGS, bundle_name="flights", bundle_path=FLIGHT_DAGS)


@pytest.fixture
def dags(flights: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, DAG]:
    read = bag(flights, monkeypatch)
    assert not read.import_errors
    found: Any = read.dags
    return dict(found)


def test_the_flights_have_three_dags_of_the_same_steps(dags: dict[str, DAG]) -> None:
    order = ["open", "ingest", "validate", "prepare", "train", "evaluate", "prepare-all", "refit"]
    order += ["promote", "reaper"]
    assert sorted(dags) == sorted(NAMES)
    for dag in dags.values():
        assert [task.task_id for task in dag.topological_sort()] == order
        assert dag.max_active_runs == 1
        assert not dag.catchup


def test_one_runs_every_week_and_one_when_it_is_asked_to(dags: dict[str, DAG]) -> None:
    assert dags["flight_delay_weekly"].schedule == "@weekly"
    assert dags["flight_delay_on_push"].schedule is None


def test_one_runs_when_a_drift_report_raises_an_alarm(dags: dict[str, DAG], flights: Path) -> None:
    schedule: Any = dags["flight_delay_on_drift"].schedule
    (asset,) = schedule
    (watcher,) = asset.watchers
    _, watched = watcher.trigger.serialize()
    assert watched["registry"] == str(flights / "registry")
    assert (watched["kind"], watched["name"]) == ("report", "flight-delay-drift")
    assert watched["where"] == 'verdict == "alarm"'


def test_only_alarms_are_held_back(dags: dict[str, DAG]) -> None:
    cooldowns = {name: dag.get_task("open").cooldown for name, dag in dags.items()}
    assert cooldowns == {
        "flight_delay_on_drift": timedelta(days=2),
        "flight_delay_on_push": None,
        "flight_delay_weekly": None,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_worker_finds_the_dag_that_it_looks_for(
    flights: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It says which, and gets that one alone."""
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", name)
    assert list(bag(flights, monkeypatch).dags) == [name]


def test_they_are_parsed_in_less_than_a_tenth_of_a_second_each(
    flights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of three, as others use this machine too."""
    tries = [bag(flights, monkeypatch).dagbag_stats for _ in range(3)]
    for file in {stat.file for stat in tries[0]}:
        best = min(stat.duration for stats in tries for stat in stats if stat.file == file)
        assert best < timedelta(seconds=0.1)

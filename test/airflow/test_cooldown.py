"""Alarms that start a run, and alarms that are held back, by what the registry records."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from capstan_provider.cooldown import Made, held_back
from capstan_provider.operators.capstan import CapstanOpenOperator

from conftest import Task, World

NOON = datetime(2013, 4, 1, 12, tzinfo=timezone.utc)
TRAINED = Made("late@2", NOON)


@pytest.mark.parametrize(
    ("after", "cooldown", "is_held"),
    [
        (1, 24, True),
        (23.9, 24, True),
        (24, 24, False),
        (48, 24, False),
        (0.1, 0, False),
        (0, 0, False),
        (-1, 0, True),  # what was trained since has answered it
        (-1, 24, True),
    ],
)
def test_an_alarm_is_held_back_for_a_while_after_a_training(
    after: float, cooldown: float, is_held: bool
) -> None:
    alarm = Made("late-drift@1", NOON + timedelta(hours=after))
    why = held_back(alarm, TRAINED, timedelta(hours=cooldown))
    assert bool(why) == is_held


def test_who_is_held_back_is_told_by_what_and_until_when() -> None:
    alarm = Made("late-drift@1", NOON + timedelta(hours=1))
    why = held_back(alarm, TRAINED, timedelta(days=1))
    assert "late-drift@1 starts no run: late@2 was trained at 2013-04-01 12:00:00 UTC" in why
    assert "2013-04-02 12:00:00 UTC" in why


def test_where_nothing_was_ever_trained_no_alarm_is_held_back() -> None:
    assert held_back(Made("late-drift@1", NOON), None, timedelta(days=365)) == ""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to this machine; a run is opened without any Slurm."""
    connection = json.dumps({"conn_type": "slurm", "extra": {"folder": str(tmp_path / "jobs")}})
    monkeypatch.setenv("AIRFLOW_CONN_SLURM_DEFAULT", connection)


def open_run(world: World, cooldown: timedelta, *versions: int) -> str:
    """A run that the events of drift reports have started; of none: that somebody has started."""
    opened = CapstanOpenOperator(
        task_id="open", pipeline=world.pipeline, registry=world.registry, cooldown=cooldown
    )
    payloads = [{"kind": "report", "name": "late-drift", "version": one} for one in versions]
    events = [SimpleNamespace(extra={"payload": payload}) for payload in payloads]
    context: Any = {**Task().context(), "triggering_asset_events": {"drift": events}}
    return opened.execute(context)


def test_the_registry_remembers_what_was_trained(here: None, drifting: World) -> None:
    day, runs = timedelta(days=1), Path(drifting.registry, "runs")
    drifting.alarm()
    before = set(runs.iterdir())
    with pytest.raises(AirflowSkipException, match="late-drift@1 starts no run: late@2 was"):
        open_run(drifting, day, 1)
    assert set(runs.iterdir()) == before
    assert (runs / open_run(drifting, timedelta(0), 1)).is_dir()
    assert (runs / open_run(drifting, day)).is_dir()
    words = ("--pipeline", "pipeline.yaml", "--features", "late@1", "--name", "late")
    drifting.capstan("train", "--quiet", "--seed", "7", *words)
    with pytest.raises(AirflowSkipException, match="late-drift@1 starts no run: late@3 was"):
        open_run(drifting, timedelta(0), 1)
    drifting.alarm(min_rows=201)
    assert (runs / open_run(drifting, timedelta(0), 1, 2)).is_dir()

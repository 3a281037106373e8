"""The steps of a pipeline as tasks, on a real Slurm: what they make is what capstan run makes."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import TriggerEvent
from capstan_provider.factory import model_asset
from capstan_provider.operators.capstan import CapstanOpenOperator, CapstanStepOperator
from capstan_provider.triggers.registry import CapstanVersionTrigger

from conftest import Task, World, run_deferred


def open_run(world: World, **settings: Any) -> str:
    where = {"pipeline": world.pipeline, "registry": world.registry}
    opened = CapstanOpenOperator(task_id="open", settings=settings, **where)
    return opened.execute(Task().context())


def step(
    world: World, run: str, name: str, task: Task | None = None, **more: Any
) -> dict[str, Any]:
    with DAG("flights", schedule=None):
        work = CapstanStepOperator(
            task_id=name, run_id=run, step=name, registry=world.registry, poll=0.5, **more
        )
    return run_deferred(work, task or Task(name))


def test_a_run_of_tasks_makes_the_ids_of_a_run_here(jobs: Path, world: World) -> None:
    here = World(world.folder.with_name("here"))
    shutil.copytree(world.folder, here.folder)
    here.capstan("run", "--quiet", here.pipeline)
    run = open_run(world)
    steps = [
        one["id"] for one in json.loads(world.capstan("plan", "--json", world.pipeline))["steps"]
    ]
    results = {name: step(world, run, name) for name in steps[:-1]}
    task = Task("promote")
    asset = model_asset("late")
    results["promote"] = step(world, run, "promote", task, outlets=[asset])
    assert {result["class"] for result in results.values()} == {"done"}
    assert world.ids() == here.ids()
    refit = results["refit"]["outputs"][0]
    made = {"name": "late", "version": refit["version"], "id": refit["id"], "run": run}
    assert task.outlet_events[asset].extra == made
    again = step(world, open_run(world), "ingest")
    assert again["class"] == "skipped"
    assert again["outputs"][0]["id"] == results["ingest"]["outputs"][0]["id"]


def test_a_step_that_is_refused_says_why(
    jobs: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = world.folder / "trips.schema.yaml"
    text = schema.read_text()
    schema.write_text(text.replace("type: float32", "type: float32, min: 1000000", 1))
    run = open_run(world)
    assert step(world, run, "ingest")["outputs"]
    refused = step(world, run, "validate")
    assert (refused["fate"], refused["class"]) == ("refused", "refused")
    assert refused["message"] in capsys.readouterr().out


def test_a_step_that_fails_is_not_tried_again(jobs: Path, world: World) -> None:
    run = open_run(world, **{"prepare.where": "load > 1000"})
    step(world, run, "ingest")
    step(world, run, "validate")
    with pytest.raises(AirflowFailException, match=r"\(code\)"):
        step(world, run, "prepare")


def test_a_wrong_setting_is_no_reason_to_try_again(jobs: Path, world: World) -> None:
    with pytest.raises(AirflowFailException, match='did you mean "trees"'):
        open_run(world, **{"train.tres": 3})


def test_a_new_version_is_an_event(jobs: Path, world: World) -> None:
    watching = CapstanVersionTrigger(world.registry, "snapshot", "weather", poll=0.2)

    async def next_event() -> TriggerEvent:
        events = watching.run()
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(1)
        assert not waiting.done()
        source = world.folder / "landing" / "weather.csv"
        more = source.with_name("weather-2.csv")
        lines = source.read_text().splitlines()
        more.write_text("\n".join([lines[0], lines[1].replace("2024", "2031")]) + "\n")
        words = ("ingest", "--dataset", "weather", "--set", "missing=NA", str(more))
        await asyncio.to_thread(world.capstan, *words)
        return await asyncio.wait_for(waiting, 30)

    payload = asyncio.run(next_event()).payload
    listed = json.loads(world.capstan("list", "snapshot", "weather", "--json").splitlines()[-1])
    assert payload == {key: listed[key] for key in ("kind", "name", "version", "id")}
    assert payload["version"] == 2

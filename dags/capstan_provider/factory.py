"""DAGs from pipeline files: one task a step, as ``capstan plan`` resolves the file."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Asset, AssetWatcher, Param, get_parsing_context

from capstan_provider import __version__
from capstan_provider.operators.capstan import (
    CapstanOpenOperator,
    CapstanPromoteOperator,
    CapstanStepOperator,
)
from capstan_provider.operators.reaper import SlurmReaperOperator
from capstan_provider.triggers.registry import CapstanVersionTrigger

_OPEN, _REAPER = "open", "reaper"
_SECONDS = 30  # a plan may take
_SETTINGS = (
    "Keys of the pipeline file's sections to be set above what it says, such as "
    '{"train.trees": 200}'
)


class PipelineError(ValueError):
    """A pipeline file that is wrong: what capstan says of it, with line and key."""


class _Broken(DAG):
    """Stands for wrong files: it shows as an import error and leaves the other DAGs alone."""

    def validate(self) -> None:
        raise PipelineError(self.description)


def _digest(file: Path, registry: str) -> str:
    digest = hashlib.sha256(f"{__version__}\0{registry}\0{file}\0".encode())
    digest.update(file.read_bytes())
    return digest.hexdigest()


def read_plan(file: Path, registry: str, cache: Path | None = None) -> dict[str, Any]:
    """What ``capstan plan --json`` says of a pipeline file, or said of the same bytes before.

    :raises PipelineError: the file is wrong or cannot be planned.
    """
    try:
        kept = cache / f"{_digest(file, registry)}.json" if cache else None
        if kept and kept.exists():
            return dict(json.loads(kept.read_text()))
        words = ["capstan", "plan", str(file), "--json", "--registry", registry]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise PipelineError(f"{file}: {error}") from error
    if done.returncode != 0:
        raise PipelineError(done.stderr.strip() or f"{file}: capstan plan says nothing")
    plan = dict(json.loads(done.stdout))
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(plan))
        fresh.replace(kept)
    return plan


def model_asset(name: str) -> Asset:
    """The asset that promotion of a pipeline's model updates."""
    return Asset(name=f"capstan-model-{name}", uri=f"x-capstan://model/{name}")


def snapshot_asset(name: str) -> Asset:
    """The asset that the ingestion of a pipeline updates."""
    return Asset(name=f"capstan-snapshot-{name}", uri=f"x-capstan://snapshot/{name}")


def drift_asset(
    model: str, registry: str, slurm_conn_id: str = "slurm_default", poll: float = 60
) -> Asset:
    """The asset of a model's alarms, to schedule by: each drift report that raises one is an event.

    :param model: the model's name; of a pipeline's model the pipeline's.
    :param registry: absolute path of the registry.
    :param poll: seconds between looks at the registry.
    """
    trigger = CapstanVersionTrigger(
        registry, "report", f"{model}-drift", 'verdict == "alarm"', slurm_conn_id, poll
    )
    name = f"capstan-drift-{model}"
    watchers = [AssetWatcher(name=name, trigger=trigger)]
    return Asset(name=name, uri=f"x-capstan://drift/{model}", watchers=watchers)


def _outlets(plan: Mapping[str, Any], step: Mapping[str, Any]) -> list[Asset]:
    if step["stage"] == "ingest":
        return [snapshot_asset(str(plan["pipeline"]))]
    if step["stage"] == "promote":
        return [model_asset(str(plan["pipeline"]))]
    return []


def _ask_before_promotion(
    plan: Mapping[str, Any], last: Any, registry: str, slurm_conn_id: str
) -> CapstanPromoteOperator:
    """Of a pipeline with ``promote: after approval``: somebody approves, and the model that was
    trained last is promoted, with their name in the log."""
    trained = [step["id"] for step in plan["steps"] if step["stage"] == "train"][-1]
    made = f"ti.xcom_pull('{trained}')['outputs'][0]"
    evaluated = "ti.xcom_pull('evaluate')['outputs'][0]"
    model = f"{{{{ {made}['name'] }}}}@{{{{ {made}['version'] }}}}"
    approval = ApprovalOperator(
        task_id="approval",
        subject=f"Promote {model}?",
        body=f"Its gate has passed; evaluation {{{{ {evaluated}['version'] }}}} says more.",
    )
    promote = CapstanPromoteOperator(
        task_id="promote",
        model=model,
        registry=registry,
        reason="approved by {{ ti.xcom_pull('approval')['responded_by_user']['name'] }}",
        slurm_conn_id=slurm_conn_id,
        outlets=[model_asset(str(plan["pipeline"]))],
    )
    last >> approval >> promote
    return promote


def build(
    plan: Mapping[str, Any],
    file: Path,
    registry: str,
    *,
    dag_id: str,
    slurm_conn_id: str,
    schedule: Any,
    cooldown: timedelta | None,
    retries: int,
    pools: Mapping[str, str],
    step_settings: Mapping[str, Any],
    dag_settings: Mapping[str, Any],
) -> DAG:
    """The DAG of a plan: a run is opened, its steps follow one another, and what jobs are left at
    the end are cancelled."""
    many = [step["id"] for step in plan["steps"] if step["stage"] == "search"]
    if many:
        raise PipelineError(
            f"{file}: tune: is a search of many jobs, which capstan submit and capstan tune send; "
            "leave it out of a pipeline that Airflow drives"
        )
    dag = DAG(
        dag_id,
        **{
            "schedule": schedule,
            "catchup": False,
            "max_active_runs": 1,
            "tags": ["capstan"],
            "params": {"settings": Param({}, type="object", description=_SETTINGS)},
            "default_args": {"retries": retries, "retry_delay": timedelta(seconds=30)},
            **dag_settings,
        },
    )
    with dag:
        begin = CapstanOpenOperator(
            task_id=_OPEN,
            pipeline=str(file),
            registry=registry,
            settings="{{ params.settings | tojson }}",
            cooldown=cooldown,
            slurm_conn_id=slurm_conn_id,
        )
        last: Any = begin
        for step in plan["steps"]:
            task = CapstanStepOperator(
                **{
                    "task_id": step["id"],
                    "step": step["id"],
                    "run_id": f"{{{{ ti.xcom_pull('{_OPEN}') }}}}",
                    "registry": registry,
                    "requeue": step["stage"] == "train",
                    "slurm_conn_id": slurm_conn_id,
                    "pool": pools.get(step["stage"], pools.get("default", "default_pool")),
                    "outlets": _outlets(plan, step),
                    **step_settings,
                }
            )
            last >> task
            last = task
        if not any(step["stage"] == "promote" for step in plan["steps"]):
            last = _ask_before_promotion(plan, last, registry, slurm_conn_id)
        reaper = SlurmReaperOperator(task_id=_REAPER, slurm_conn_id=slurm_conn_id)
        last >> reaper.as_teardown(setups=begin)
    return dag


def capstan_dags(
    *files: str | Path,
    registry: str,
    into: MutableMapping[str, Any],
    dag_id: str = "{pipeline}",
    slurm_conn_id: str = "slurm_default",
    schedule: Any = None,
    cooldown: timedelta | None = None,
    retries: int = 2,
    pools: Mapping[str, str] | None = None,
    step_settings: Mapping[str, Any] | None = None,
    dag_settings: Mapping[str, Any] | None = None,
    cache: str | Path | None = None,
) -> None:
    """Put a DAG for each pipeline file into a DAG file: ``capstan_dags("flights.yaml",
    registry="/scratch/registry", into=globals())``. Nothing is asked of Slurm while the file is
    parsed.

    :param files: pipeline files, at the same path here and where Slurm's commands are run.
    :param registry: absolute path of the registry.
    :param into: where the DAGs are put: ``globals()``.
    :param dag_id: the DAG's id, with ``{pipeline}`` for the pipeline's name.
    :param schedule: as of every DAG; ``[drift_asset(…)]`` for a run at each alarm.
    :param cooldown: how long after a training no alarm starts another one.
    :param pools: pools by stage, ``default`` for the others.
    :param step_settings: further arguments of every CapstanStepOperator.
    :param dag_settings: further arguments of every DAG.
    :param cache: a folder that keeps plans by the digest of their file.
    """
    broken = []
    wanted = get_parsing_context().dag_id
    for given in files:
        file = Path(given)
        try:
            plan = read_plan(file, registry, Path(cache) if cache else None)
            name = dag_id.format(pipeline=plan["pipeline"])
            if wanted not in (None, name):
                continue
            if f"dag_{name}" in into:
                raise PipelineError(f"{file}: another file has the DAG {name} already")
            into[f"dag_{name}"] = build(
                plan,
                file,
                registry,
                dag_id=name,
                slurm_conn_id=slurm_conn_id,
                schedule=schedule,
                cooldown=cooldown,
                retries=retries,
                pools=pools or {},
                step_settings=step_settings or {},
                dag_settings=dag_settings or {},
            )
        except PipelineError as error:
            broken.append(str(error))
    if broken:
        into["dag_broken"] = _Broken("capstan_broken", description="\n".join(broken), schedule=None)

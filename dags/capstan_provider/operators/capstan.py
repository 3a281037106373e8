"""The steps of a pipeline of Capstan's as tasks: a run is opened, and each step is a Slurm job."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.standard.utils.skipmixin import SkipMixin
from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from capstan_provider.cooldown import Made, held_back, watched_model
from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.operators.slurm import MENDABLE, SlurmJobOperator
from capstan_provider.slurm import script as slurm_script
from capstan_provider.slurm.commands import CommandFailed, NoAnswer
from capstan_provider.slurm.states import Fate, Verdict

if TYPE_CHECKING:
    from airflow.sdk import Context

# Of capstan's exit statuses: what will be no better next time, and that nothing was to be done.
_FOR_GOOD = (2, 3, 4)
_SKIPPED = 99


def _capstan(hook: SlurmHook, words: Sequence[str]) -> dict[str, Any]:
    """What a command of capstan's prints as JSON."""
    try:
        read = json.loads(hook.cluster.run(["capstan", *words, "--json"]))
    except CommandFailed as error:
        if error.status == _SKIPPED:
            raise AirflowSkipException(str(error)) from None
        if error.status in _FOR_GOOD:
            raise AirflowFailException(str(error)) from None
        raise AirflowException(str(error)) from None
    return dict(read)


def _alarms(context: Context) -> list[dict[str, Any]]:
    """The drift reports whose events have started the DAG run, as CapstanVersionTrigger tells
    them."""
    found = []
    for events in (context.get("triggering_asset_events") or {}).values():
        payloads = [(event.extra or {}).get("payload") for event in events]
        found += [one for one in payloads if isinstance(one, dict) and one.get("kind") == "report"]
    return found


class CapstanOpenOperator(BaseOperator):
    """Make a run of a pipeline, whose steps are then tasks. Its XCom is the run's id.

    With a cooldown, a DAG run that the alarm of a drift report has started is skipped where the
    model that the report is about was trained so shortly before it, or after it. That is read from
    the registry, so it does not matter who trained, nor what Airflow remembers. A DAG run that
    somebody starts knows no cooldown.

    :param pipeline: path of the pipeline file, where Slurm's commands are run.
    :param registry: absolute path of the registry.
    :param settings: keys of the file's sections to be set above what it says, such as
        ``{"train.trees": 200}``, or these as JSON.
    :param cooldown: how long after a training no alarm starts another one; None: each does.
    :param slurm_conn_id: the Slurm connection.
    """

    template_fields: Sequence[str] = ("pipeline", "registry", "settings")

    def __init__(
        self,
        *,
        pipeline: str,
        registry: str,
        settings: Mapping[str, Any] | str | None = None,
        cooldown: timedelta | None = None,
        slurm_conn_id: str = SlurmHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.registry = registry
        self.settings = settings
        self.cooldown = cooldown
        self.slurm_conn_id = slurm_conn_id

    def _show(self, kind: str, reference: str) -> dict[str, Any]:
        words = ["show", "--kind", kind, reference, "--registry", self.registry]
        return _capstan(SlurmHook(self.slurm_conn_id), words)

    def _newest(self, model: str) -> Made | None:
        words = ["capstan", "list", "model", model, "--json", "--registry", self.registry]
        listed = SlurmHook(self.slurm_conn_id).cluster.run(words)
        return Made.read(self._show("model", f"{model}@latest")) if listed.strip() else None

    def _cool_down(self, context: Context, cooldown: timedelta) -> None:
        """Skip where the newest of the alarms that have started the DAG run is held back."""
        alarms = _alarms(context)
        if not alarms:
            return
        newest = max(alarms, key=lambda alarm: int(alarm["version"]))
        report = self._show("report", f"{newest['name']}@{newest['version']}")
        trained = self._newest(watched_model(report))
        if why := held_back(Made.read(report), trained, cooldown):
            raise AirflowSkipException(why)

    def execute(self, context: Context) -> str:
        if self.cooldown is not None:
            self._cool_down(context, self.cooldown)
        words = ["plan", self.pipeline, "--open", "--registry", self.registry]
        given = self.settings or {}
        settings = json.loads(given) if isinstance(given, str) else given
        for key, value in settings.items():
            words += ["--set", f"{key}={value}"]
        run = str(_capstan(SlurmHook(self.slurm_conn_id), words)["run"])
        self.log.info("run %s", run)
        return run


class CapstanPromoteOperator(BaseOperator):
    """Make a model version the champion, for pipelines that say ``promote: after approval``. Where
    it is the champion already the task is skipped; where the gate has refused it, or somebody else
    has moved the alias meanwhile, it fails for good.

    :param model: the version, such as ``"flight-delay@7"``.
    :param registry: absolute path of the registry.
    :param reason: kept in the registry's log.
    :param slurm_conn_id: the Slurm connection.
    """

    template_fields: Sequence[str] = ("model", "registry", "reason")

    def __init__(
        self,
        *,
        model: str,
        registry: str,
        reason: str = "",
        slurm_conn_id: str = SlurmHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.registry = registry
        self.reason = reason
        self.slurm_conn_id = slurm_conn_id

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002
        words = ["promote", self.model, "--registry", self.registry]
        words += ["--reason", self.reason] if self.reason else []
        return _capstan(SlurmHook(self.slurm_conn_id), words)


class CapstanStepOperator(SlurmJobOperator, SkipMixin):
    """One step of a run as a Slurm job, with the resources and the script that ``capstan submit``
    gives it. What is found done under the step's key is not done again.

    Refused, by validation or the gate, is no failure: the task succeeds, says why, and what comes
    behind it is skipped. Where nothing is left to do the task itself is skipped.

    :param run_id: the run's id, such as ``"{{ ti.xcom_pull('open') }}"``.
    :param step: the step's id.
    :param registry: absolute path of the registry.
    :param retry_on: as of SlurmJobOperator; a program that fails is not started again.

    All else as of SlurmJobOperator; ``options`` stand above those of the script. Assets among the
    outlets get what was made: ``{"name", "version", "id", "run"}``.
    """

    template_fields: Sequence[str] = ("run_id", "step", "registry", "options", "time", "env")
    template_ext: Sequence[str] = ()
    receipt_classes: ClassVar[Mapping[int, str]] = slurm_script.STAGE_CLASSES

    def __init__(
        self,
        *,
        run_id: str,
        step: str,
        registry: str,
        retry_on: Collection[str] = MENDABLE,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_on=retry_on, **kwargs)
        self.run_id = run_id
        self.step = step
        self.registry = registry

    def resolve_template_files(self) -> None:
        """None of the fields names a file."""

    def job_script(self, context: Context) -> str:  # noqa: ARG002
        words = ["attempt", self.run_id, self.step, "--registry", self.registry]
        return str(_capstan(self.get_hook(), words)["script"])

    def _read_end(self) -> dict[str, Any]:
        """The receipt of the newest attempt, and where that lies."""
        script = 'folder=$(ls -d "$1"/attempt-* | sort -V | tail -n 1) && echo "$folder"'
        step = f"{self.registry}/runs/{self.run_id}/{self.step}"
        cluster = self.get_hook().cluster
        try:
            folder = cluster.run(["sh", "-c", script, "sh", step]).strip()
            read = cluster.read_json([f"{folder}/end.json"])
        except (CommandFailed, NoAnswer) as error:
            raise AirflowException(f"the receipt of {self.step} cannot be read: {error}") from None
        return {"folder": folder, **read.get(f"{folder}/end.json", {})}

    def conclude(
        self, context: Context, result: dict[str, Any], verdict: Verdict
    ) -> dict[str, Any]:
        end = self._read_end()
        message = str(end.get("message") or "")
        outputs = end.get("outputs") or []
        said = {"run": self.run_id, "step": self.step, "class": end.get("class")}
        result |= {**said, "message": message, "outputs": outputs}
        if self.log_lines and verdict.fate is not Fate.DONE:
            self.show_end_of(f"{end['folder']}/log")
        if end.get("class") == "stopped" and not verdict.fate.is_success:
            raise AirflowException(f"{self.step} stopped with a checkpoint, to be run again")
        if verdict.fate is Fate.REFUSED:
            self.log.warning("%s was refused: %s", self.step, message)
            context["ti"].xcom_push(key="return_value", value=result)
            self.skip(context["ti"], list(self._to_skip()))
            return result
        if verdict.fate is Fate.DONE and end.get("class") == "skipped" and not outputs:
            context["ti"].xcom_push(key="return_value", value=result)
            raise AirflowSkipException(message)
        if verdict.fate is Fate.DONE:
            self._tell_assets(context, outputs)
        elif message:
            self.log.error("%s: %s", self.step, message)
        return super().conclude(context, result, verdict)

    def _to_skip(self) -> Iterator[Any]:
        """What comes right behind, but for what runs whatever happened."""
        for task in self.downstream_list:
            if not task.is_teardown and task.trigger_rule not in ("all_done", "always"):
                yield task

    def _tell_assets(self, context: Context, outputs: Sequence[Mapping[str, Any]]) -> None:
        if not outputs:
            return
        made = {key: outputs[0].get(key) for key in ("name", "version", "id")}
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra = {**made, "run": self.run_id}

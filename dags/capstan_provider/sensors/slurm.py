"""Waiting for a job array that somebody else has sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowException

from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.slurm.rows import Job, array_indices
from capstan_provider.slurm.states import Fate
from capstan_provider.slurm.watch import Patience
from capstan_provider.triggers.slurm import SlurmJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context


class SlurmArraySensor(BaseSensorOperator):
    """Wait, in the triggerer, until all elements of a job array have ended; its XCom is what became
    of each, by index. Somebody else's jobs leave no receipts: Slurm's word is all there is.

    :param job: the array's base id.
    :param array: the indices, as sbatch takes them: ``"0-9"``.
    :param most_failed: how many elements may fail.
    :param cancels: whether a user who marks or clears the task ends the array.
    :param slurm_conn_id: the Slurm connection.
    :param poll, lost_after, silent_after: seconds, as of SlurmJobOperator.
    """

    template_fields: Sequence[str] = ("job", "array")

    def __init__(
        self,
        *,
        job: str | int,
        array: str,
        most_failed: int = 0,
        cancels: bool = False,
        slurm_conn_id: str = SlurmHook.default_conn_name,
        poll: float = 30,
        lost_after: int = 900,
        silent_after: int = 6 * 60 * 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job = job
        self.array = array
        self.most_failed = most_failed
        self.cancels = cancels
        self.slurm_conn_id = slurm_conn_id
        self.patience = Patience(poll, lost_after, silent_after)

    def execute(self, context: Context) -> Any:  # noqa: ARG002
        jobs = [Job(int(self.job), index) for index in array_indices(self.array)]
        trigger = SlurmJobTrigger(
            self.slurm_conn_id,
            [job.as_json() for job in jobs],
            folder="",
            cancels=self.cancels,
            patience=asdict(self.patience),
        )
        return self.defer(trigger=trigger, method_name="resume", timeout=self.timeout)

    def resume(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        results = {word.rpartition("_")[2]: told for word, told in event["jobs"].items()}
        failed = [index for index, told in results.items() if told["fate"] != Fate.DONE.value]
        context["ti"].xcom_push(key="return_value", value=results)
        if len(failed) > self.most_failed:
            why = results[failed[0]]["why"]
            raise AirflowException(
                f"{len(failed)} of {len(results)} elements of job {self.job} failed, such as "
                f"{failed[0]}: {why}"
            )
        return results

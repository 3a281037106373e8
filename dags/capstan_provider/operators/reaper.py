"""What ends the jobs that a DAG run has left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.operators.slurm import key_of

if TYPE_CHECKING:
    from airflow.sdk import Context


class SlurmReaperOperator(BaseOperator):
    """End the jobs of this DAG run that are left when its tasks have ended: those whose task was
    marked as failed while no triggerer was there to cancel them. To be made a teardown, which no
    DAG run is judged by: ``first >> work >> SlurmReaperOperator(...).as_teardown(setups=first)``.

    :param slurm_conn_id: the Slurm connection.
    """

    def __init__(self, *, slurm_conn_id: str = SlurmHook.default_conn_name, **kwargs: Any) -> None:
        super().__init__(**{"trigger_rule": "all_done", **kwargs})
        self.slurm_conn_id = slurm_conn_id

    def execute(self, context: Context) -> list[str]:
        """The ids of the jobs that were left."""
        cluster = SlurmHook(self.slurm_conn_id).cluster
        left = cluster.commented(key_of(context).run_comment)
        if left:
            cluster.cancel(left)
            self.log.info("cancelled what was left: %s", " ".join(left))
        return left

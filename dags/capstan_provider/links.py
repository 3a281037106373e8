"""The link to a job's page, in the UI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

JOB_ID = "job_id"  # keys of what an operator pushes as soon as it knows
JOB_LINK = "job_link"


class JobLink(BaseOperatorLink):
    """To the page that the connection's ``report`` names."""

    @property
    def name(self) -> str:
        return "Slurm job"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002
        return str(XCom.get_value(ti_key=ti_key, key=JOB_LINK) or "")

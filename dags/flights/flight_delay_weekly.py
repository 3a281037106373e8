"""An Airflow DAG that trains and judges the next model of the flights every week."""

from os import environ
from pathlib import Path

from capstan_provider.factory import capstan_dags

flights = Path(environ["CAPSTAN_FLIGHTS"])

capstan_dags(
    flights / "pipeline.yaml",
    registry=str(flights / "registry"),
    into=globals(),
    dag_id="flight_delay_weekly",
    schedule="@weekly",
)

"""An Airflow DAG that trains when it is asked to: by jobs/flight-delay/post-receive, or by hand."""

from os import environ
from pathlib import Path

from capstan_provider.factory import capstan_dags

flights = Path(environ["CAPSTAN_FLIGHTS"])

capstan_dags(
    flights / "pipeline.yaml",
    registry=str(flights / "registry"),
    into=globals(),
    dag_id="flight_delay_on_push",
)

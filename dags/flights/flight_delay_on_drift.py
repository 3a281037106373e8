"""An Airflow DAG that trains when a drift report of the flights' champion raises an alarm."""

from datetime import timedelta
from os import environ
from pathlib import Path

from capstan_provider.factory import capstan_dags, drift_asset

flights = Path(environ["CAPSTAN_FLIGHTS"])
registry = str(flights / "registry")

capstan_dags(
    flights / "pipeline.yaml",
    registry=registry,
    into=globals(),
    dag_id="flight_delay_on_drift",
    schedule=[drift_asset("flight-delay", registry)],
    cooldown=timedelta(days=2),
)

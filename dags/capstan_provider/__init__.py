"""Slurm and Capstan for Airflow: a hook, operators, triggers, a sensor, and DAGs from plans."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _field(label: str, description: str) -> dict[str, Any]:
    return {
        "label": label,
        "description": description,
        "schema": {"type": ["string", "null"]},
    }


def get_provider_info() -> dict[str, Any]:
    return {
        "package-name": "airflow-provider-capstan",
        "name": "Capstan",
        "description": "Slurm jobs that are sent once, found again and never taken for a success "
        "without a receipt; the steps of Capstan's pipelines.",
        "versions": [__version__],
        "hooks": [
            {"integration-name": "Slurm", "python-modules": ["capstan_provider.hooks.slurm"]}
        ],
        "operators": [
            {"integration-name": "Slurm", "python-modules": ["capstan_provider.operators.slurm"]},
            {
                "integration-name": "Capstan",
                "python-modules": ["capstan_provider.operators.capstan"],
            },
        ],
        "sensors": [
            {"integration-name": "Slurm", "python-modules": ["capstan_provider.sensors.slurm"]}
        ],
        "triggers": [
            {"integration-name": "Slurm", "python-modules": ["capstan_provider.triggers.slurm"]},
            {
                "integration-name": "Capstan",
                "python-modules": ["capstan_provider.triggers.registry"],
            },
        ],
        "extra-links": ["capstan_provider.links.JobLink"],
        "connection-types": [
            {
                "hook-class-name": "capstan_provider.hooks.slurm.SlurmHook",
                "hook-name": "Slurm",
                "connection-type": "slurm",
                "ui-field-behaviour": {
                    "hidden-fields": ["host", "schema", "login", "password", "port", "extra"],
                    "relabeling": {},
                    "placeholders": {},
                },
                "conn-fields": {
                    "ssh_conn_id": _field(
                        "SSH connection",
                        "Id of the SSH connection to a machine that has Slurm's commands; "
                        "empty: they are run on the machine of the worker and the triggerer.",
                    ),
                    "folder": _field(
                        "Folder of jobs",
                        "Absolute path of a folder that Slurm's nodes and that machine share: "
                        "scripts, logs and receipts. Empty: airflow-slurm in the home folder.",
                    ),
                    "bin": _field(
                        "Folder of commands", "Put before PATH there; empty: PATH as it is."
                    ),
                    "slurm_conf": _field("slurm.conf", "SLURM_CONF there; empty: as it is."),
                    "report": _field(
                        "Link to a job",
                        "An address with {job} in it, for the link in the UI; such as a page of "
                        "Open OnDemand or of a job monitor.",
                    ),
                },
            }
        ],
    }

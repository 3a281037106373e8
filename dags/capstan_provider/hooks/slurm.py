"""The hook: a Slurm cluster by an Airflow connection."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from capstan_provider.slurm.cluster import Cluster
from capstan_provider.slurm.commands import (
    CommandFailed,
    CommandMissing,
    Commands,
    LocalCommands,
    NoAnswer,
    SSHCommands,
)

if TYPE_CHECKING:
    from airflow.sdk import Connection


class SlurmHook(BaseHook):
    """Slurm's commands, run on this machine or over SSH as the connection says.

    :param slurm_conn_id: id of a connection of type Slurm. Its extra: ``ssh_conn_id``, ``folder``,
        ``bin``, ``slurm_conf``, ``report``; all may be empty.
    """

    conn_name_attr = "slurm_conn_id"
    default_conn_name = "slurm_default"
    conn_type = "slurm"
    hook_name = "Slurm"

    def __init__(self, slurm_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.slurm_conn_id = slurm_conn_id

    @functools.cached_property
    def _extra(self) -> dict[str, Any]:
        connection: Connection = self.get_connection(self.slurm_conn_id)
        return dict(connection.extra_dejson)

    def setting(self, name: str) -> str:
        """A field of the connection, "" where it is not set."""
        return str(self._extra.get(name) or "")

    def _commands(self) -> Commands:
        configuration = self.setting("slurm_conf")
        variables = {"SLURM_CONF": configuration} if configuration else {}
        ssh = self.setting("ssh_conn_id")
        if not ssh:
            return LocalCommands(variables, self.setting("bin"))
        try:
            from airflow.providers.ssh.hooks.ssh import SSHHook  # noqa: PLC0415  an extra
        except ImportError:
            raise ImportError(
                f"the connection {self.slurm_conn_id} names the SSH connection {ssh}, and the SSH "
                "provider is not installed: pip install airflow-provider-capstan[ssh]"
            ) from None
        return SSHCommands(SSHHook(ssh_conn_id=ssh).get_conn, variables, self.setting("bin"))

    @functools.cached_property
    def cluster(self) -> Cluster:
        return Cluster(self._commands())

    def get_conn(self) -> Cluster:
        return self.cluster

    @functools.cached_property
    def folder(self) -> str:
        """Where scripts, logs and receipts are kept, there."""
        folder = self.setting("folder") or f"{self.cluster.home()}/airflow-slurm"
        if not folder.startswith("/"):
            raise ValueError(
                f'connection {self.slurm_conn_id}: folder "{folder}": expected an absolute path '
                "on a file system that Slurm's nodes share"
            )
        return folder.rstrip("/")

    def link(self, job: str) -> str:
        """The address of a job's page, "" where the connection names none."""
        return self.setting("report").replace("{job}", job)

    def test_connection(self) -> tuple[bool, str]:
        try:
            version = self.cluster.run(["sinfo", "--version"]).strip()
            controller = self.cluster.run(["scontrol", "ping"]).strip().split("\n")[0]
            if " is UP" not in controller:
                return False, f"{version}: {controller}"
            self.cluster.write(f"{self.folder}/.try", "")
        except (CommandFailed, CommandMissing, NoAnswer, ValueError, ImportError) as error:
            return False, str(error)
        return True, f"{version}; {controller}; jobs are kept in {self.folder}"

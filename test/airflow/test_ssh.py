"""The same over SSH: a server on this machine, the SSH provider's own client."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from airflow.sdk.exceptions import AirflowException
from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.operators.slurm import SlurmJobOperator
from capstan_provider.slurm.commands import CommandFailed, CommandMissing, NoAnswer

from conftest import Task, run_deferred


async def _serve(process: asyncssh.SSHServerProcess[str]) -> None:
    """What sshd does with a command line: a shell runs it."""
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        process.command or "exit 1",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await shell.communicate((await process.stdin.read()).encode())
    process.stdout.write(out.decode())
    process.stderr.write(said.decode())
    process.exit(shell.returncode or 0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str | int]]:
    """Where it listens and with which keys, as the extra of an SSH connection."""
    folder = tmp_path_factory.mktemp("ssh")
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (folder / "authorized").write_bytes(user_key.export_public_key())
    loop, started = asyncio.new_event_loop(), threading.Event()
    port = 0

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(folder / "authorized"),
            process_factory=_serve,
        )

    def run() -> None:
        nonlocal port
        port = loop.run_until_complete(listen()).get_port()
        started.set()
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(30)
    public = host_key.export_public_key().decode().split()
    yield {
        "port": port,
        "private_key": user_key.export_private_key().decode(),
        "host_key": " ".join(public[:2]),
    }
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def over_ssh(
    server: dict[str, str | int], jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> SlurmHook:
    keys = {name: server[name] for name in ("private_key", "host_key")}
    ssh = {"conn_type": "ssh", "host": "127.0.0.1", "port": server["port"], "login": "me"}
    monkeypatch.setenv("AIRFLOW_CONN_LOGIN_NODE", json.dumps({**ssh, "extra": keys}))
    extra = {"ssh_conn_id": "login_node", "folder": str(jobs)}
    connection = json.dumps({"conn_type": "slurm", "extra": extra})
    monkeypatch.setenv("AIRFLOW_CONN_SLURM_DEFAULT", connection)
    return SlurmHook()


def test_a_connection_over_ssh_is_tested_on_the_cluster(over_ssh: SlurmHook) -> None:
    works, said = over_ssh.test_connection()
    assert works, said


def test_a_job_over_ssh(over_ssh: SlurmHook, jobs: Path) -> None:
    task = Task()
    script = 'echo "quotes \' and \\$ and a | bar"; exit $CODE'
    settings = {"task_id": "work", "poll": 0.5, "time": "5"}
    work = SlurmJobOperator(script=script, env={"CODE": "0"}, **settings)
    result = run_deferred(work, task)
    assert result["fate"] == "done"
    log = jobs / result["folder"] / f"log-{result['job']}"
    assert log.read_text() == "quotes ' and $ and a | bar\n"
    with pytest.raises(AirflowException, match="exit status 5"):
        run_deferred(SlurmJobOperator(script=script, env={"CODE": "5"}, **settings), Task())


def test_failures_over_ssh_are_told_apart(over_ssh: SlurmHook) -> None:
    commands = over_ssh.cluster.commands
    with pytest.raises(CommandFailed, match="status 3: it said this"):
        commands.run(["sh", "-c", "echo it said this >&2; exit 3"])
    with pytest.raises(CommandMissing, match="no command sbanana"):
        commands.run(["sbanana"])
    with pytest.raises(NoAnswer, match="no answer in 1 seconds"):
        commands.run(["sleep", "20"], seconds=1)

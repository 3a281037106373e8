"""Running commands where Slurm is: on this machine, or over SSH."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import paramiko

# Times as seconds since the epoch, and plain words, whatever the site's settings.
_PLAIN = {"SLURM_TIME_FORMAT": "%s", "LC_ALL": "C"}
_KEPT = ("SLURM_CONF", "SLURM_CLUSTERS", "SLURM_JWT")
# What would change a command's meaning, and what a job has no business to know: Airflow's own
# settings hold passwords.
_DROPPED = ("SQUEUE_", "SACCT_", "SLURM_", "AIRFLOW_", "_AIRFLOW_", "__AIRFLOW")


class CommandFailed(RuntimeError):
    """It exited with another status than 0."""

    def __init__(self, command: str, status: int, said: str) -> None:
        words = " ".join(said.split("\n")[:3]).strip()[:700]
        super().__init__(f"{command} ended with status {status}: {words or 'it said nothing'}")
        self.status = status
        self.said = said


class CommandMissing(RuntimeError):
    """There is no such command."""

    def __init__(self, command: str, where: str) -> None:
        super().__init__(
            f"there is no command {command} in PATH {where}: is this a machine that Slurm's jobs "
            "are submitted from? Set the folder of commands in the Slurm connection"
        )


class NoAnswer(RuntimeError):
    """It gave no answer in time, or could not be run: whether it did its work is unknown."""


class Commands(Protocol):
    """Somewhere to run commands."""

    def run(self, words: Sequence[str], text: str = "", seconds: float = 60) -> str:
        """Run words, without a shell, with text on standard input; what it printed."""
        ...


class LocalCommands:
    """On this machine."""

    def __init__(self, variables: Mapping[str, str] | None = None, folder: str = "") -> None:
        self._variables = dict(variables or {})
        self._folder = folder

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in _KEPT or not name.startswith(_DROPPED)
        }
        kept.update(_PLAIN, **self._variables)
        if self._folder:
            kept["PATH"] = f"{self._folder}:{kept.get('PATH', '/usr/bin:/bin')}"
        return kept

    def run(self, words: Sequence[str], text: str = "", seconds: float = 60) -> str:
        environment = self._environment()
        try:
            process = subprocess.Popen(
                ["/usr/bin/env", *words] if self._folder else list(words),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
                encoding="utf-8",
                errors="replace",
            )
        except FileNotFoundError:
            raise CommandMissing(words[0], "here") from None
        except OSError as error:
            raise NoAnswer(f"cannot run {words[0]}: {error}") from error
        with process:
            try:
                out, said = process.communicate(text, timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise NoAnswer(f"{words[0]} gave no answer in {seconds:g} seconds") from None
        if process.returncode < 0:
            raise NoAnswer(f"{words[0]} was ended by signal {-process.returncode}: {said.strip()}")
        if process.returncode == 127 and self._folder:
            raise CommandMissing(words[0], "here")
        if process.returncode != 0:
            raise CommandFailed(words[0], process.returncode, said)
        return out


class SSHCommands:
    """Over SSH, by a client of the SSH provider's hook. Safe for use by several threads, one
    command at a time each."""

    def __init__(
        self,
        connect: Callable[[], paramiko.SSHClient],
        variables: Mapping[str, str] | None = None,
        folder: str = "",
    ) -> None:
        self._connect = connect
        self._connecting = threading.Lock()
        self._variables = {**_PLAIN, **(variables or {})}
        self._folder = folder

    def _line(self, words: Sequence[str], seconds: float) -> str:
        """The command as a line for the shell over there, which ends it when its time is over."""
        settings = [f"{name}={value}" for name, value in self._variables.items()]
        timeout = ["timeout", "--kill-after=5", f"{seconds:g}", *words]
        line = shlex.join(["env", *settings, *timeout])
        return f'PATH={shlex.quote(self._folder)}:"$PATH" {line}' if self._folder else line

    def run(self, words: Sequence[str], text: str = "", seconds: float = 60) -> str:
        try:
            with self._connecting:
                client = self._connect()
            status, out, said = self._exchange(client, self._line(words, seconds), text, seconds)
        except NoAnswer:
            raise
        except Exception as error:  # paramiko's, socket's and Airflow's errors have no common base
            raise NoAnswer(f"{words[0]} over SSH: {error or type(error).__name__}") from error
        if status == 127:
            raise CommandMissing(words[0], "over SSH")
        if status in (-1, 124, 137):
            raise NoAnswer(f"{words[0]} over SSH gave no answer in {seconds:g} seconds")
        if status != 0:
            raise CommandFailed(words[0], status, said)
        return out

    @staticmethod
    def _exchange(
        client: paramiko.SSHClient, line: str, text: str, seconds: float
    ) -> tuple[int, str, str]:
        until = time.monotonic() + seconds + 10
        stdin, stdout, stderr = client.exec_command(line, timeout=seconds + 10)
        channel = stdout.channel
        said: list[bytes] = []
        reader = threading.Thread(target=lambda: said.append(stderr.read()), daemon=True)
        reader.start()
        stdin.write(text)
        channel.shutdown_write()
        out = stdout.read()
        reader.join(max(0.0, until - time.monotonic()))
        if not channel.status_event.wait(max(0.0, until - time.monotonic())):
            channel.close()
            raise NoAnswer("the connection was lost before the command's end was told")
        status = channel.recv_exit_status()
        return status, out.decode("utf-8", "replace"), b"".join(said).decode("utf-8", "replace")

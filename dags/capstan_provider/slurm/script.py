"""What is sent to Slurm: a job's names, options, and the script that leaves a receipt. Pure."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

_NAME_BYTES = 100  # of a job's name, before the digest

# The class of a receipt by exit status; any other is "failed".
PLAIN_CLASSES = {0: "done", 99: "skipped"}
STAGE_CLASSES = {0: "done", 3: "refused", 75: "stopped", 99: "skipped"}

# Options of sbatch that the operator sets itself, and what to use instead.
_OURS = {
    "array": "array of the operator",
    "comment": "nothing: jobs are found by it",
    "error": "nothing: the log holds both",
    "export": "env of the operator",
    "job-name": "nothing: jobs are found by it",
    "no-requeue": "requeue of the operator",
    "open-mode": "nothing",
    "output": "nothing: the log is in the folder of the Slurm connection",
    "parsable": "nothing",
    "requeue": "requeue of the operator",
    "time": "time of the operator",
    "wait": "nothing: the operator waits",
    "wrap": "command of the operator",
}


@dataclass(frozen=True)
class Key:
    """Which job this is: a try of a task keeps it, a clear makes another. Runs of the same name in
    two Airflows differ in when they started."""

    dag: str
    run: str
    started: str
    task: str
    map_index: int
    max_tries: int

    @property
    def run_comment(self) -> str:
        """What the comments of all jobs of the run begin with."""
        words = ("airflow", self.dag, self.run, self.started)
        return " ".join(quote(word, safe=":+@") or "-" for word in words) + " "

    @property
    def comment(self) -> str:
        return f"{self.run_comment}{quote(self.task)} {self.map_index} {self.max_tries}"

    @property
    def name(self) -> str:
        """The job's name, by which accounting finds it: slurmdbd keeps comments only where it is
        told to (AccountingStoreFlags)."""
        digest = hashlib.sha256(self.comment.encode()).hexdigest()[:16]
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.dag}.{self.task}")
        return f"{plain[:_NAME_BYTES]}-{digest}"

    @property
    def folder(self) -> str:
        """Of scripts, logs and receipts, below the folder of the connection. No "%", which Slurm
        would take for a placeholder."""
        task = self.task if self.map_index < 0 else f"{self.task}.{self.map_index}"
        words = (self.dag, self.run, task)
        safe = (re.sub(r"[^A-Za-z0-9._:+@=-]", "_", word) for word in words)
        return "/".join((*safe, self.name.rpartition("-")[2]))


def option_words(options: Mapping[str, str | int | bool | None]) -> list[str]:
    """Options of sbatch by their long names: {"partition": "main", "exclusive": True}."""
    words = []
    for name, value in options.items():
        option = name.lstrip("-").replace("_", "-")
        if option in _OURS:
            raise ValueError(
                f"sbatch's option {option} is set by the operator; use {_OURS[option]}"
            )
        if value is None or value is False:
            continue
        words.append(f"--{option}" if value is True else f"--{option}={value}")
    return words


def log_word(is_array: bool) -> str:
    return "log-%A_%a" if is_array else "log-%j"


def receipt_path(folder: str, word: str) -> str:
    return f"{folder}/receipt-{word}.json"


def log_path(folder: str, word: str) -> str:
    return f"{folder}/log-{word}"


def directives(script: str) -> list[str]:
    """The #SBATCH lines at the head of a script, as sbatch takes them: up to its first command."""
    found = []
    for line in script.splitlines():
        if line.startswith("#SBATCH"):
            found.append(line)
        elif line.strip() and not line.startswith("#"):
            break
    return found


def has_directive(script: str, *options: str) -> bool:
    """True where one of these options ("--time", "-t") stands in a script's #SBATCH lines."""
    words = (line.removeprefix("#SBATCH").split()[:1] for line in directives(script))
    return any(word and word[0].partition("=")[0] in options for word in words)


def executable(script: str) -> str:
    """A script that the kernel can start: bash where it does not say otherwise."""
    text = script.strip("\n") + "\n"
    return text if text.startswith("#!") else f"#!/usr/bin/env bash\n{text}"


def command_script(command: Sequence[str]) -> str:
    return f"#!/usr/bin/env bash\nexec {shlex.join(command)}\n"


def batch_script(
    script: str, path: str, classes: Mapping[int, str], env: Mapping[str, str] | None = None
) -> str:
    """The batch script: it runs the script that lies at path, whose text is given, and leaves a
    receipt in the folder of it. bash waits on through the signals that Slurm sends, so that what
    the script does with them counts."""
    folder = path.rpartition("/")[0]
    cases = "\n".join(f"{status}) class={word} ;;" for status, word in sorted(classes.items()))
    exports = "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in sorted((env or {}).items())
    )
    lines = [
        "#!/usr/bin/env bash",
        *directives(script),
        "trap : TERM INT USR1 USR2",
        *([exports] if exports else []),
        f"folder={shlex.quote(folder)}",
        shlex.quote(path),
        "status=$?",
        "# By SIGKILL: that is for Slurm to tell of, as where this shell is killed as well.",
        "[ $status != 137 ] || exit $status",
        "case $status in",
        cases,
        "*) class=failed ;;",
        "esac",
        "word=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}",
        "receipt=$folder/receipt-$word.json",
        'printf \'{"class":"%s","exit":%d,"job":"%s","name":"%s","restart":%d,"host":"%s",'
        '"ended":%d}\\n\' \\',
        '    "$class" "$status" "$word" "$SLURM_JOB_NAME" "${SLURM_RESTART_COUNT:-0}" \\',
        '    "${SLURMD_NODENAME:-}" "$(date +%s)" >"$receipt.$$" && mv "$receipt.$$" "$receipt"',
        'exit "$status"',
    ]
    return "\n".join(lines) + "\n"

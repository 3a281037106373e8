"""A Slurm cluster: looking at jobs, sending them, finding them again, ending them. Thin."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from capstan_provider.slurm import rows as slurm_rows
from capstan_provider.slurm.commands import CommandFailed, CommandMissing, Commands, NoAnswer
from capstan_provider.slurm.rows import Job, Row, RowError
from capstan_provider.slurm.states import Answer, Sighting, lives

_DAY = 24 * 60 * 60
_LONG = 30  # days in which a job of unknown age was sent
_IDS_BYTES = 100_000  # of an argument, of which Linux takes 128 KiB; past that all are listed
_IDS_A_COMMAND = 500
_TROUBLE = (CommandFailed, CommandMissing, NoAnswer, RowError)

Seen = dict[str, Sighting]


def _is_no_such_job(error: Exception) -> bool:
    """An answer, not a failure."""
    return isinstance(error, CommandFailed) and "Invalid job id specified" in error.said


@dataclass(frozen=True)
class Found:
    """Jobs of one name, in squeue and in sacct, ended or not."""

    answer: Answer  # FAILED (why says so), ABSENT or SEEN
    jobs: tuple[tuple[int, int, str], ...] = ()  # id, submitted, state; by id
    why: str = ""


class Cluster:
    """What is remembered between calls is which flags this release does not take."""

    def __init__(self, commands: Commands, seconds: float = 60) -> None:
        self.commands = commands
        self._seconds = seconds
        self._classic_squeue = False
        self._accounts = True

    def run(self, words: Sequence[str], text: str = "") -> str:
        return self.commands.run(words, text, self._seconds)

    # -- looking ---------------------------------------------------------------------------

    def _squeue(self, *about: str) -> list[Row]:
        if not self._classic_squeue:
            words = ["squeue", "--noheader", "--states=all", "-O", slurm_rows.SQUEUE_FORMAT]
            try:
                text = self.run([*words, *about])
                return slurm_rows.parse_rows(text, slurm_rows.SQUEUE_FIELDS, "squeue")
            except RowError:
                self._classic_squeue = True
            except CommandFailed as error:
                if "format" not in error.said:
                    raise
                self._classic_squeue = True
        words = ["squeue", "--noheader", "--states=all", "-o", slurm_rows.SQUEUE_CLASSIC_FORMAT]
        text = self.run([*words, *about])
        return slurm_rows.parse_rows(text, slurm_rows.SQUEUE_CLASSIC_FIELDS, "squeue")

    def _sacct(self, since: int, *about: str) -> list[Row]:
        """A day is taken off, as clocks differ, and the time is by its own clock."""
        ago = max(int(time.time()) - since, 0) + _DAY
        words = ["sacct", "--allocations", "--noheader", "--parsable2"]
        words += ["-o", slurm_rows.SACCT_FORMAT, f"--starttime=now-{ago}seconds"]
        return slurm_rows.parse_rows(self.run([*words, *about]), slurm_rows.SACCT_FIELDS, "sacct")

    def _ask(
        self, jobs: Sequence[Job], ask: Callable[[], list[Row]]
    ) -> tuple[Mapping[Job, Sighting], str]:
        """What a source says of jobs, and what it complained of."""
        try:
            rows = ask()
        except _TROUBLE as error:
            answer = Answer.ABSENT if _is_no_such_job(error) else Answer.FAILED
            if "accounting storage is disabled" in str(error).lower():
                self._accounts = False
                answer = Answer.NONE
            return {job: Sighting(answer=answer) for job in jobs}, str(error)
        return slurm_rows.assign(rows, jobs, Answer.ABSENT if rows else Answer.EMPTY), ""

    def look(self, jobs: Iterable[Job]) -> dict[Job, Seen]:
        """One squeue for all; one sacct for those that squeue leaves open; the controller's word
        on one that squeue said nothing about. No error: the sightings say what failed."""
        seen: dict[Job, Seen] = {job: {} for job in jobs}
        if not seen:
            return seen
        self._add(seen, "squeue", list(seen), lambda about: self._squeue(*about))
        asked = [job for job in seen if _is_open(seen[job])]
        if asked and self._accounts:
            since = min(job.submitted or int(time.time()) - _LONG * _DAY for job in asked)
            self._add(seen, "sacct", asked, lambda about: self._sacct(since, *about))
        self._ask_controller(seen)
        return seen

    def _add(
        self,
        seen: dict[Job, Seen],
        source: str,
        jobs: Sequence[Job],
        ask: Callable[[Sequence[str]], list[Row]],
    ) -> None:
        ids = ",".join(str(number) for number in sorted({job.id for job in jobs}))
        about = [f"--jobs={ids}"] if len(ids) <= _IDS_BYTES else []
        sightings, _ = self._ask(jobs, lambda: ask(about))
        for job, sighting in sightings.items():
            seen[job][source] = sighting

    def _ask_controller(self, seen: dict[Job, Seen]) -> None:
        """squeue prints nothing where it knows none of several ids: an explicit "no such job" is
        the controller's word that it works, and stands for the others."""
        quiet = [
            job
            for job in seen
            if _is_open(seen[job]) and seen[job]["squeue"].answer is not Answer.ABSENT
        ]
        if not quiet:
            return
        words = ["scontrol", "--oneliner", "show", "job", quiet[0].word]
        sightings, _ = self._ask(quiet[:1], lambda: slurm_rows.parse_pairs(self.run(words)))
        first = sightings[quiet[0]]
        seen[quiet[0]]["scontrol"] = first
        for job in quiet[1:]:
            if first.answer is Answer.ABSENT and seen[job]["squeue"].answer is Answer.EMPTY:
                seen[job]["scontrol"] = Sighting(answer=Answer.ABSENT)
            elif first.answer is Answer.FAILED:
                seen[job]["scontrol"] = first

    # -- sending, finding, ending ----------------------------------------------------------

    def submit(self, script: str, options: Sequence[str]) -> tuple[int, int]:
        """Its id (of an array: the base id) and the time before it was sent. After NoAnswer it may
        have been accepted all the same: look for it by name before it is sent again."""
        submitted = int(time.time())
        printed = self.run(["sbatch", "--parsable", *options], script).strip().split("\n")[-1]
        number = printed.split(";")[0]
        if not number.isdecimal():
            raise NoAnswer(f'sbatch printed no job id, but "{printed:.80}"')
        return int(number), submitted

    def find(self, name: str, since: int) -> Found:
        """ABSENT needs every source there is to have answered."""
        rows: list[Row] = []
        why = ""
        try:
            rows += self._squeue(f"--name={name}")
        except _TROUBLE as error:
            why = "" if _is_no_such_job(error) else str(error)
        if self._accounts:
            try:
                rows += self._sacct(since, f"--name={name}")
            except _TROUBLE as error:
                if "accounting storage is disabled" in str(error).lower():
                    self._accounts = False
                else:
                    why = why or str(error)
        jobs: dict[int, tuple[int, int, str]] = {}
        for row in rows:
            if row.name == name:
                sighting = row.sighting
                jobs.setdefault(row.id, (row.id, sighting.submitted, sighting.state))
        if jobs:
            return Found(Answer.SEEN, tuple(jobs[number] for number in sorted(jobs)))
        return Found(Answer.FAILED if why else Answer.ABSENT, why=why)

    def cancel(self, words: Sequence[str]) -> None:
        """End jobs ("12", "12_3"); those that have ended or that Slurm no longer knows are fine."""
        for first in range(0, len(words), _IDS_A_COMMAND):
            try:
                self.run(["scancel", *words[first : first + _IDS_A_COMMAND]])
            except CommandFailed as error:
                ended = "already completing or completed" in error.said
                if not ended and not _is_no_such_job(error):
                    raise

    def commented(self, comment: str) -> list[str]:
        """The ids of this user's jobs that have not ended and whose comment begins so."""
        text = self.run(["squeue", "--me", "--noheader", "--states=all", "-o", "%A|%T|%k"])
        rows = (line.split("|", 2) for line in text.splitlines() if line.count("|") >= 2)
        return [row[0] for row in rows if lives(row[1]) and row[2].startswith(comment)]

    # -- files on the file system that is shared with the nodes ------------------------------

    def home(self) -> str:
        return self.run(["sh", "-c", 'printf %s "$HOME"'])

    def write(self, path: str, text: str) -> None:
        """A file that can be executed, published whole; its folder is made."""
        script = (
            'mkdir -p "$(dirname "$1")" && cat >"$1.$$" && chmod 755 "$1.$$" && mv "$1.$$" "$1"'
        )
        self.run(["sh", "-c", script, "sh", path], text)

    def tail(self, path: str, lines: int) -> str:
        """The last lines of a file, "" where there is none."""
        script = 'if [ -r "$1" ]; then tail -n "$2" "$1" | tail -c 200000; fi'
        return self.run(["sh", "-c", script, "sh", path, str(lines)])

    def read_json(self, paths: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Those of the files that are there and hold an object, in one command."""
        script = (
            'for file; do [ -r "$file" ] || continue; printf "%s\\t" "$file"; '
            'tr -d "\\n" <"$file"; echo; done'
        )
        found = {}
        text = self.run(["sh", "-c", script, "sh", *paths]) if paths else ""
        for line in text.splitlines():
            path, _, value = line.partition("\t")
            try:
                read = json.loads(value)
            except ValueError:
                continue
            if isinstance(read, dict):
                found[path] = read
        return found


def _is_open(seen: Seen) -> bool:
    """True where nothing that was asked so far says where the job is: also where accounting has it
    alive and the controller does not know it."""
    if any(seen[s].answer is Answer.SEEN for s in ("squeue", "scontrol") if s in seen):
        return False
    sacct = seen.get("sacct", Sighting())
    return sacct.answer is not Answer.SEEN or lives(sacct.state)

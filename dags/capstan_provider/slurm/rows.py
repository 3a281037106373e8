"""The rows that Slurm's commands print, as sightings of jobs. Pure, as ``src/slurm/rows.c``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from capstan_provider.slurm.states import Answer, Sighting

CLOCKS_DIFFER = 60  # seconds that two clocks of a site may be apart

# Fields in the order in which they are printed; a job's name comes last, as it may hold a "|".
SQUEUE_FORMAT = (
    "JobArrayID:|,State:|,exit_code:|,SubmitTime:|,RestartCnt:|,EndTime:|,NodeList:|,"
    "Reason:|,Name:|"
)
SQUEUE_FIELDS = (
    "id",
    "state",
    "status",
    "submitted",
    "restarts",
    "ended",
    "nodes",
    "reason",
    "name",
)
# What squeue has always taken.
SQUEUE_CLASSIC_FORMAT = "%i|%T|%V|%e|%N|%r|%j|"
SQUEUE_CLASSIC_FIELDS = ("id", "state", "submitted", "ended", "nodes", "reason", "name")
SACCT_FORMAT = "JobID,State,ExitCode,Submit,End,NodeList,Reason,JobName"
SACCT_FIELDS = ("id", "state", "exit", "submitted", "ended", "nodes", "reason", "name")


class RowError(ValueError):
    """A command printed something else than rows."""


@dataclass(frozen=True)
class Job:
    """A job to look at: id, time of submission and name together say which it is, since ids are
    used again."""

    id: int  # of an array: its base id
    index: int = -1  # of an array's element; -1: none
    submitted: int = 0  # seconds since the epoch; 0: not known
    name: str = ""
    requeues: bool = False  # Slurm brings it back: its row may be younger than submitted

    @property
    def word(self) -> str:
        """As Slurm writes it: "12", "12_3"."""
        return str(self.id) if self.index < 0 else f"{self.id}_{self.index}"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "index": self.index,
            "submitted": self.submitted,
            "name": self.name,
            "requeues": self.requeues,
        }


@dataclass(frozen=True)
class Row:
    id: int
    elements: str  # "" for no array, "3", "[0-3,7%2]"
    name: str
    sighting: Sighting

    @property
    def is_own(self) -> bool:
        """Of one element alone, or of no array."""
        return self.elements == "" or self.elements.isdecimal()


def read_time(text: str) -> int:
    """Seconds since the epoch, or local time where Slurm does not take SLURM_TIME_FORMAT; 0 for
    "Unknown", "N/A" and the like."""
    if text.isdecimal():
        return int(text)
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").timestamp())
    except ValueError:
        return 0


def _number(text: str) -> int:
    match = re.match(r"-?\d+", text)
    return int(match.group()) if match else 0


def _sighting(row: Mapping[str, str]) -> Sighting:
    """An empty value says nothing: so does squeue print a column that it does not know."""
    values = {name: value for name, value in row.items() if value or name == "state"}
    state = re.split(r"[ +]", values["state"], maxsplit=1)[0]
    if not state:
        raise ValueError("no state")
    exit_code, signal = -1, 0
    if "status" in values:  # as wait(2) gives it
        status = _number(values["status"])
        exit_code, signal = (status >> 8) & 0xFF, status & 0x7F
    elif "exit" in values:
        first, _, second = values["exit"].partition(":")
        exit_code, signal = _number(first), _number(second)
    nodes = values.get("nodes", "")
    reason = values.get("reason", "")
    return Sighting(
        answer=Answer.SEEN,
        state=state,
        reason="" if reason == "(null)" else reason,
        exit=exit_code,
        signal=signal,
        submitted=read_time(values.get("submitted", "")),
        ended=read_time(values.get("ended", "")),
        restarts=_number(values["restarts"]) if "restarts" in values else -1,
        nodes="" if nodes in ("(null)", "None assigned") else nodes,
        by_user=" by " in values["state"],
    )


def parse_id(word: str) -> tuple[int, str]:
    """ "12", "12_3", "12_[0-3%2]" as the number and the elements."""
    match = re.fullmatch(r"(\d+)(?:_(.*))?", word)
    if not match:
        raise ValueError("no job id")
    return int(match.group(1)), match.group(2) or ""


def parse_rows(text: str, fields: Sequence[str], source: str) -> list[Row]:
    rows = []
    for line in text.splitlines():
        if not line:
            continue
        parts = line.split("|", len(fields) - 1)
        try:
            values = dict(zip(fields, parts, strict=True))
            number, elements = parse_id(values["id"])
            sighting = _sighting(values)
        except ValueError:
            raise RowError(f'{source} printed a row that is not understood: "{line:.80}"') from None
        name = values.get("name", "")
        rows.append(Row(number, elements, name.removesuffix("|"), sighting))
    return rows


_PAIRS = {
    "state": "JobState",
    "exit": "ExitCode",
    "submitted": "SubmitTime",
    "ended": "EndTime",
    "restarts": "Restarts",
    "nodes": "NodeList",
    "reason": "Reason",
}


def parse_pairs(text: str) -> list[Row]:
    """What ``scontrol --oneliner show job`` prints. An array's element has an id of its own as
    JobId, and is known by ArrayJobId and ArrayTaskId."""
    rows = []
    for line in text.splitlines():
        pairs = dict(word.partition("=")[::2] for word in line.split(" ") if "=" in word)
        if not pairs.get("JobId", "").isdecimal() or "JobState" not in pairs:
            continue
        values = {field: pairs[key] for field, key in _PAIRS.items() if key in pairs}
        number, elements = int(pairs["JobId"]), ""
        if "ArrayJobId" in pairs and "ArrayTaskId" in pairs:
            number, elements = int(pairs["ArrayJobId"]), pairs["ArrayTaskId"]
        rows.append(Row(number, elements, pairs.get("JobName", ""), _sighting(values)))
    return rows


def _ranges(elements: str) -> Iterable[tuple[int, int, int]]:
    for match in re.finditer(r"(\d+)(?:-(\d+))?(?::(\d+))?", elements.split("%", maxsplit=1)[0]):
        first = int(match.group(1))
        yield first, int(match.group(2) or first), int(match.group(3) or 1)


def elements_hold(elements: str, index: int) -> bool:
    """True where elements ("3", "[0-3,7-9:2%4]") hold index. A list that Slurm has cut short
    ("...") may hold any index behind its last."""
    last = -1
    for first, last, step in _ranges(elements):
        if first <= index <= last and step > 0 and (index - first) % step == 0:
            return True
    return "..." in elements and index > last


def array_indices(array: str) -> list[int]:
    """The indices that ``sbatch --array`` makes of a word like "0-9:3,20%4"."""
    word = array.split("%", maxsplit=1)[0]
    if not re.fullmatch(r"\d+(-\d+(:\d+)?)?(,\d+(-\d+(:\d+)?)?)*", word):
        raise ValueError(f'array "{array}": expected something like "0-9", "1,3,5" or "0-99%10"')
    found: set[int] = set()
    for first, last, step in _ranges(word):
        if last < first or step < 1:
            raise ValueError(f'array "{array}": {first}-{last} holds no index')
        found.update(range(first, last + 1, step))
    return sorted(found)


def _is_of(row: Row, job: Job) -> bool:
    """A job's name holds a key: where it is known it decides. Else the time of submission does,
    which a requeue moves on."""
    if job.name and row.name:
        return job.name == row.name
    if not job.submitted or not row.sighting.submitted:
        return True
    apart = row.sighting.submitted - job.submitted
    moved_on = job.requeues or row.sighting.restarts > 0
    return apart >= -CLOCKS_DIFFER and (moved_on or apart <= CLOCKS_DIFFER)


def assign(rows: Sequence[Row], jobs: Iterable[Job], answer: Answer) -> dict[Job, Sighting]:
    """What one source says of each job; answer is for those that it has no row of. Of an array's
    element its own row counts before one of a list."""
    by_id: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.is_own):
        by_id.setdefault(row.id, []).append(row)
    found = {}
    for job in jobs:
        found[job] = Sighting(answer=answer)
        for row in by_id.get(job.id, []):
            mine = elements_hold(row.elements, job.index) if row.elements else job.index < 0
            if mine and _is_of(row, job):
                found[job] = replace(row.sighting)
    return found

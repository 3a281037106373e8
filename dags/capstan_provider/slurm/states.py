"""What has become of a Slurm job: its receipt and Slurm's word weighed. Pure.

The table of states and the judgement are those of ``src/slurm/state.c`` and
``src/slurm/verdict.c``; a test holds the two against each other, case by case.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Phase(Enum):
    WAITS = "waits"  # for the first time or again
    RUNS = "runs"  # or has not quite ended
    COMPLETED = "completed"  # its script ended with 0: success only where a receipt says so
    FAILED = "failed"
    ELSEWHERE = "elsewhere"  # another cluster of the federation has it


class Failure(str, Enum):
    """What failed; retries are told apart by it."""

    NONE = ""
    CODE = "code"
    KILLED = "killed"  # by SIGKILL: a person, or a machine out of memory
    INFRASTRUCTURE = "infrastructure"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CANCELLED = "cancelled"
    DEADLINE = "deadline"
    DEPENDENCY = "dependency"
    LOST = "lost"


class Fate(str, Enum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    STOPPED = "stopped"  # in good order, with a checkpoint, and Slurm does not bring it back
    FAILED = "failed"
    UNKNOWN = "unknown"  # to be asked again; never success

    @property
    def is_final(self) -> bool:
        return self not in (Fate.PENDING, Fate.RUNNING, Fate.UNKNOWN)

    @property
    def is_success(self) -> bool:
        """The work is over; of a refusal: the gate has said its word."""
        return self in (Fate.DONE, Fate.SKIPPED, Fate.REFUSED)


class Answer(str, Enum):
    """What came of asking a source about a job. Failed, empty and absent are three things."""

    NONE = "none"  # not asked: not needed, or there is no such source
    FAILED = "failed"  # the query failed: nothing is known
    EMPTY = "empty"  # no row at all
    ABSENT = "absent"  # it is working, and the job is not in it
    SEEN = "seen"


SOURCES = ("squeue", "sacct", "scontrol", "jobcomp")


@dataclass(frozen=True)
class State:
    """A row of the table of Slurm's words, as in squeue(1) and sacct(1), "JOB STATE CODES"."""

    word: str
    phase: Phase
    failure: Failure = Failure.NONE
    held: bool = False  # waits for somebody to release it
    comes_back: bool = False  # an end after which a job sent with --requeue is started again


STATES: Mapping[str, State] = {
    state.word: state
    for state in (
        State("PENDING", Phase.WAITS),
        State("CONFIGURING", Phase.WAITS),
        State("REQUEUED", Phase.WAITS),
        State("REQUEUE_FED", Phase.WAITS),
        State("REQUEUE_HOLD", Phase.WAITS, held=True),
        State("SPECIAL_EXIT", Phase.WAITS, held=True),
        State("RESV_DEL_HOLD", Phase.WAITS, held=True),
        State("RUNNING", Phase.RUNS),
        State("COMPLETING", Phase.RUNS),
        State("RESIZING", Phase.RUNS),
        State("SIGNALING", Phase.RUNS),
        State("STAGE_OUT", Phase.RUNS),
        State("STOPPED", Phase.RUNS),
        State("SUSPENDED", Phase.RUNS),
        State("COMPLETED", Phase.COMPLETED),
        State("FAILED", Phase.FAILED, Failure.CODE),
        State("TIMEOUT", Phase.FAILED, Failure.TIMEOUT),
        State("OUT_OF_MEMORY", Phase.FAILED, Failure.MEMORY),
        State("CANCELLED", Phase.FAILED, Failure.CANCELLED),
        State("DEADLINE", Phase.FAILED, Failure.DEADLINE),
        State("NODE_FAIL", Phase.FAILED, Failure.INFRASTRUCTURE, comes_back=True),
        State("BOOT_FAIL", Phase.FAILED, Failure.INFRASTRUCTURE, comes_back=True),
        State("PREEMPTED", Phase.FAILED, Failure.INFRASTRUCTURE, comes_back=True),
        State("REVOKED", Phase.ELSEWHERE),
    )
}


def lives(word: str) -> bool:
    """True where the word is known and the job has not ended."""
    state = STATES.get(word)
    return state is not None and state.phase in (Phase.WAITS, Phase.RUNS)


@dataclass(frozen=True)
class Sighting:
    """One source's row of a job; all but answer is meant where it was seen."""

    answer: Answer = Answer.NONE
    state: str = ""
    reason: str = ""
    exit: int = -1  # -1: not said
    signal: int = 0
    submitted: int = 0  # seconds since the epoch by Slurm's clock; 0: not said
    ended: int = 0
    restarts: int = -1  # -1: not said
    nodes: str = ""
    by_user: bool = False  # "CANCELLED by 1000"


@dataclass(frozen=True)
class Verdict:
    fate: Fate
    failure: Failure = Failure.NONE
    suspect: bool = False  # receipt and Slurm contradict each other: verify the outputs
    held: bool = False  # waits for somebody to release it
    unknown_since: int = 0  # to be kept for the next verdict; 0: the clock does not run
    source: str = ""  # whose row decided; "": none's
    state: str = ""  # Slurm's word in that row
    why: str = ""
    nodes: str = ""  # that it ran on, where these may be at fault

    def as_json(self) -> dict[str, Any]:
        return {
            "fate": self.fate.value,
            "failure": self.failure.value,
            "suspect": self.suspect,
            "held": self.held,
            "source": self.source,
            "state": self.state,
            "why": self.why,
            "nodes": self.nodes,
        }


@dataclass(frozen=True)
class Evidence:
    seen: Mapping[str, Sighting]
    now: int  # seconds since the epoch
    receipt: str | None = None  # its class: "done", "failed", …; None: there is none
    requeues: bool = False  # Slurm brings it back after preemption and node failure
    unknown_since: int = 0  # as the last verdict gave it
    lost_after: int = 900  # seconds of not being known after which a job is lost


_RECEIPTS = {
    "done": Fate.DONE,
    "skipped": Fate.SKIPPED,
    "refused": Fate.REFUSED,
    "stopped": Fate.STOPPED,
}


@dataclass(frozen=True)
class _Heard:
    """What Slurm says, all sources taken together."""

    row: Sighting | None = None
    source: str = ""
    behind: bool = False  # the row is older than what the controller says
    absent: bool = False  # a source that works does not know it, and none failed
    state: State | None = field(default=None)  # None: no row, or a word that is not known

    @property
    def usable(self) -> bool:
        return self.row is not None and not self.behind


def _hear(seen: Mapping[str, Sighting]) -> _Heard:
    """The controller, which squeue and scontrol ask, knows a job first and forgets it first; what
    accounting and the completion file say of one that it has forgotten is believed where it is an
    end, and is behind where it is not."""

    def answer(source: str) -> Answer:
        return seen[source].answer if source in seen else Answer.NONE

    forgotten = Answer.ABSENT in (answer("squeue"), answer("scontrol"))
    heard, failed, absent = _Heard(), False, False
    for source in ("squeue", "scontrol", "sacct", "jobcomp"):
        failed = failed or answer(source) is Answer.FAILED
        absent = absent or answer(source) is Answer.ABSENT
        if answer(source) is not Answer.SEEN or heard.usable:
            continue
        row = seen[source]
        behind = forgotten and lives(row.state)
        heard = _Heard(row=row, source=source, behind=behind, state=STATES.get(row.state))
    absent = absent and not failed and not heard.usable
    return _Heard(heard.row, heard.source, heard.behind, absent, heard.state)


def _waits_for_ever(row: Sighting) -> bool:
    return row.reason == "DependencyNeverSatisfied"


def _was_not_launched(row: Sighting) -> bool:
    """ "launch failed requeued held": a node refused to start it. Slurm neither starts it again nor
    says that it has failed."""
    return "launch failed" in row.reason or "launch_failed" in row.reason


def _is_held(row: Sighting, state: State) -> bool:
    """ "JobHeldUser", "JobHeldAdmin", "job requeued in held state"."""
    return state.held or "held" in row.reason.lower()


def _was_killed(row: Sighting) -> bool:
    """A script that ends with what its program was killed by has 128 + SIGKILL as exit status."""
    return row.signal == signal.SIGKILL or row.exit == 128 + signal.SIGKILL


def _failure_of(heard: _Heard, row: Sighting, state: State) -> Failure:
    """A job that --kill-on-invalid-dep has ended is CANCELLED; sacct then gives no user who did it
    and only says what the job waited for (Slurm 22.05)."""
    killed = heard.source == "sacct" and row.reason == "Dependency" and not row.by_user
    cancelled = state.failure is Failure.CANCELLED
    return Failure.DEPENDENCY if cancelled and (killed or _waits_for_ever(row)) else state.failure


def _count_down(evidence: Evidence, ended: int = 0) -> Verdict:
    """Unknown until the deadline, then lost."""
    since = evidence.unknown_since or evidence.now
    if 0 < ended < since:
        since = ended
    if evidence.now - since >= evidence.lost_after:
        return Verdict(Fate.FAILED, Failure.LOST, unknown_since=since)
    return Verdict(Fate.UNKNOWN, unknown_since=since)


def _judge_living(row: Sighting, state: State) -> Verdict:
    waits = state.phase is Phase.WAITS
    if waits and _waits_for_ever(row):
        return Verdict(Fate.FAILED, Failure.DEPENDENCY)
    if waits and _was_not_launched(row):
        return Verdict(Fate.FAILED, Failure.INFRASTRUCTURE)
    held = waits and _is_held(row, state)
    return Verdict(Fate.PENDING if waits else Fate.RUNNING, held=held)


def _may_come_back(evidence: Evidence, heard: _Heard, state: State) -> bool:
    """An end that only accounting tells of: the controller, which would know whether the job comes
    back, did not answer."""
    told = heard.source in ("squeue", "scontrol") or any(
        evidence.seen[source].answer is Answer.ABSENT
        for source in ("squeue", "scontrol")
        if source in evidence.seen
    )
    return evidence.requeues and state.comes_back and not told


def _judge_row(evidence: Evidence, heard: _Heard, row: Sighting) -> Verdict:
    """Slurm has the job, and there is no receipt."""
    state = heard.state
    if state is None:
        return Verdict(Fate.UNKNOWN)
    if state.phase in (Phase.WAITS, Phase.RUNS):
        return _judge_living(row, state)
    if state.phase in (Phase.COMPLETED, Phase.ELSEWHERE):
        return _count_down(evidence, row.ended)
    if _may_come_back(evidence, heard, state):
        return Verdict(Fate.PENDING)
    failure = _failure_of(heard, row, state)
    killed = failure is Failure.CODE and _was_killed(row)
    return Verdict(Fate.FAILED, Failure.KILLED if killed else failure)


def _judge_done(fate: Fate, heard: _Heard) -> Verdict:
    """The work is over by its receipt: an end that says otherwise makes it suspect."""
    if heard.row is None or heard.state is None:
        return Verdict(fate)
    other = heard.state.failure
    says_so = fate is Fate.REFUSED and other is Failure.CODE
    held = heard.state.phase is Phase.WAITS and _is_held(heard.row, heard.state)
    return Verdict(fate, suspect=other is not Failure.NONE and not says_so, held=held)


# How the job of a step ends that was asked to stop and has. Where Slurm gives another end it has
# asked, or somebody through it, and that end says what is to become of the step.
_STOPS = (Failure.NONE, Failure.CODE, Failure.DEPENDENCY)


def _judge_undone(evidence: Evidence, heard: _Heard, row: Sighting, state: State) -> Verdict:
    """A receipt of something that did not get done, and what Slurm says of the job's end."""
    stopped = evidence.receipt == "stopped"
    if state.phase in (Phase.WAITS, Phase.RUNS):
        return _judge_living(row, state)
    if _may_come_back(evidence, heard, state):
        return Verdict(Fate.PENDING)
    failure = _failure_of(heard, row, state)
    if stopped and failure is Failure.CODE and _was_killed(row):
        failure = Failure.KILLED  # before its script could bring it back
    suspect = not stopped and state.phase is Phase.COMPLETED
    if stopped and failure in _STOPS:
        return Verdict(Fate.STOPPED, suspect=suspect)
    return Verdict(Fate.FAILED, failure or Failure.CODE, suspect=suspect)


def _judge_receipt(evidence: Evidence, heard: _Heard) -> Verdict:
    """The same where Slurm says nothing that can be used. A job that stopped may be brought back:
    only once nobody knows it any more is stopping its end."""
    if evidence.receipt != "stopped":
        return Verdict(Fate.FAILED, Failure.CODE)
    if not evidence.requeues:
        return Verdict(Fate.STOPPED)
    if not heard.absent:
        return Verdict(Fate.UNKNOWN)
    verdict = _count_down(evidence)
    return Verdict(Fate.STOPPED) if verdict.fate is Fate.FAILED else verdict


def _weigh(evidence: Evidence, heard: _Heard) -> Verdict:
    receipt = evidence.receipt
    said = _RECEIPTS.get(receipt, Fate.FAILED) if receipt is not None else None
    if said is not None and said.is_success:
        return _judge_done(said, heard)
    row = heard.row if heard.usable else None
    if receipt is not None:
        if row and heard.state and heard.state.phase is not Phase.ELSEWHERE:
            return _judge_undone(evidence, heard, row, heard.state)
        return _judge_receipt(evidence, heard)
    if row:
        return _judge_row(evidence, heard, row)
    if heard.absent:
        return _count_down(evidence)
    return Verdict(Fate.UNKNOWN)  # nothing is known: the clock does not run


_ANSWERS = {
    Answer.FAILED: "failed",
    Answer.EMPTY: "came back empty",
    Answer.ABSENT: "does not know it",
    Answer.SEEN: "is behind",
}


def _explain(evidence: Evidence, heard: _Heard) -> str:
    receipt = f"receipt says {evidence.receipt}; " if evidence.receipt is not None else ""
    row = heard.row if heard.usable else None
    if row is None:
        asked = [
            f"{source} {_ANSWERS[evidence.seen[source].answer]}"
            for source in SOURCES
            if source in evidence.seen and evidence.seen[source].answer is not Answer.NONE
        ]
        return receipt + (", ".join(asked) or "Slurm was not asked")
    reason = f" ({row.reason})" if row.reason not in ("", "None") else ""
    end = ""
    if row.signal > 0:
        end = f", signal {row.signal}"
    elif row.exit > 0:
        end = f", exit status {row.exit}"
    completed = heard.state is not None and heard.state.phase is Phase.COMPLETED
    missing = ", but there is no receipt" if completed and evidence.receipt is None else ""
    return f"{receipt}{row.state} by {heard.source}{reason}{end}{missing}"


def judge(evidence: Evidence) -> Verdict:
    """Weigh. Only a receipt makes success. The clock towards ``Failure.LOST`` runs while a source
    that works says that it does not have the job and none failed, and from the end of a job that
    Slurm says completed and that left no receipt. A sighting stops it, and so does a look in which
    nothing could be learnt: it then starts anew."""
    heard = _hear(evidence.seen)
    verdict = _weigh(evidence, heard)
    row = heard.row if heard.usable else None
    at_fault = row is not None and verdict.failure is Failure.INFRASTRUCTURE
    return Verdict(
        verdict.fate,
        verdict.failure,
        verdict.suspect,
        verdict.held,
        verdict.unknown_since,
        heard.source if row else "",
        row.state if row else "",
        _explain(evidence, heard),
        row.nodes if row and at_fault else "",
    )

"""Waiting for jobs: what is known of them from look to look, and one look for all who wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from capstan_provider.slurm.cluster import Cluster, Seen
from capstan_provider.slurm.commands import CommandFailed, CommandMissing, NoAnswer
from capstan_provider.slurm.rows import Job
from capstan_provider.slurm.script import receipt_path
from capstan_provider.slurm.states import (
    STATES,
    Answer,
    Evidence,
    Failure,
    Fate,
    Phase,
    Sighting,
    Verdict,
    judge,
    lives,
)

_SLOWEST = 6  # times the first pause
_NOTHING: Seen = {"squeue": Sighting(answer=Answer.FAILED)}
_OFTEN = 4  # looks in as long as has been waited already


@dataclass(frozen=True)
class Patience:
    """Seconds."""

    poll: float = 30  # between the first looks; grows sixfold
    lost_after: int = 900  # nobody who works knows the job
    silent_after: int = 6 * 60 * 60  # nothing can be learnt about it

    def pause(self, waited: float) -> float:
        return min(max(self.poll, waited / _OFTEN), self.poll * _SLOWEST)


@dataclass
class Watch:
    """The jobs of one task: one, or the elements of an array."""

    jobs: Sequence[Job]
    folder: str  # of receipts; "": there are none, and Slurm's word is all there is
    patience: Patience = field(default_factory=Patience)
    verdicts: dict[Job, Verdict] = field(default_factory=dict)
    receipts: dict[Job, dict[str, Any]] = field(default_factory=dict)
    _silent_since: dict[Job, int] = field(default_factory=dict)

    @property
    def open(self) -> list[Job]:
        """Those that have not ended as far as is known."""
        return [
            job
            for job in self.jobs
            if job not in self.verdicts or not self.verdicts[job].fate.is_final
        ]

    def take(self, job: Job, seen: Seen, receipt: Mapping[str, Any] | None, now: int) -> None:
        """Judge one job by what was seen."""
        before = self.verdicts.get(job)
        mine = receipt if receipt is not None and _is_of(receipt, job, seen) else None
        verdict = judge(
            Evidence(
                seen=seen,
                now=now,
                receipt=str(mine.get("class", "")) if mine is not None else None,
                requeues=job.requeues,
                unknown_since=before.unknown_since if before else 0,
                lost_after=self.patience.lost_after,
            )
        )
        if not self.folder:
            verdict = _trust(verdict, seen)
        self.verdicts[job] = self._bound(job, verdict, now)
        if mine is not None:
            self.receipts[job] = dict(mine)

    def _bound(self, job: Job, verdict: Verdict, now: int) -> Verdict:
        """Where nothing can be learnt for too long the job is lost as well."""
        if verdict.fate is not Fate.UNKNOWN or verdict.unknown_since:
            self._silent_since.pop(job, None)
            return verdict
        since = self._silent_since.setdefault(job, now)
        if now - since < self.patience.silent_after:
            return verdict
        why = f"nothing could be learnt about it for {now - since} seconds: {verdict.why}"
        return replace(verdict, fate=Fate.FAILED, failure=Failure.LOST, why=why)

    @property
    def overall(self) -> Verdict:
        missing = Verdict(Fate.UNKNOWN, why="Slurm was not asked")
        return overall([self.verdicts.get(job, missing) for job in self.jobs])

    def as_json(self) -> dict[str, dict[str, Any]]:
        """What became of each job, by its word."""
        return {
            job.word: {
                **(self.verdicts[job].as_json() if job in self.verdicts else {}),
                "receipt": self.receipts.get(job),
            }
            for job in self.jobs
        }


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Of several jobs together: the one that says most. While one is open it is that one's; then a
    failure counts before a refusal, and that before what was done."""
    order = (
        *(Fate.UNKNOWN, Fate.RUNNING, Fate.PENDING, Fate.FAILED),
        *(Fate.STOPPED, Fate.REFUSED, Fate.DONE, Fate.SKIPPED),
    )
    return min(verdicts, key=lambda verdict: order.index(verdict.fate))


def _is_of(receipt: Mapping[str, Any], job: Job, seen: Seen) -> bool:
    """A receipt of an earlier start of the job is none of this one."""
    restarts = max((sighting.restarts for sighting in seen.values()), default=-1)
    started = receipt.get("restart", 0)
    named = not job.name or receipt.get("name", job.name) == job.name
    return named and isinstance(started, int) and started >= restarts


def _trust(verdict: Verdict, seen: Seen) -> Verdict:
    """Of a job that leaves no receipts by nature: completed, in Slurm's words, is done."""
    state = STATES.get(verdict.state)
    completed = state is not None and state.phase is Phase.COMPLETED
    clean = any(
        sighting.answer is Answer.SEEN and sighting.exit in (-1, 0) for sighting in seen.values()
    )
    if completed and clean:
        why = verdict.why.replace(", but there is no receipt", "")
        return replace(verdict, fate=Fate.DONE, failure=Failure.NONE, unknown_since=0, why=why)
    return verdict


def look(cluster: Cluster, watches: Iterable[Watch], now: int) -> str:
    """One look for all jobs of all watches: Slurm first, then the receipts of those that do not
    live, so that a receipt is never older than the word it is weighed with. What went wrong while
    the receipts were read, "" where nothing did; of jobs that have one nothing is learnt then."""
    open_jobs = [(watch, job) for watch in watches for job in watch.open]
    seen = cluster.look({job: None for _, job in open_jobs})
    ended = [(watch, job) for watch, job in open_jobs if watch.folder and not _is_living(seen[job])]
    paths = {receipt_path(watch.folder, job.word) for watch, job in ended}
    receipts: dict[str, dict[str, Any]] = {}
    trouble = ""
    try:
        receipts = cluster.read_json(sorted(paths))
    except (CommandFailed, CommandMissing, NoAnswer) as error:
        trouble = f"receipts cannot be read: {error}"
        for _, job in ended:
            seen[job] = _NOTHING
    for watch, job in open_jobs:
        receipt = receipts.get(receipt_path(watch.folder, job.word)) if watch.folder else None
        watch.take(job, seen[job], receipt, now)
    return trouble


def learn_nothing(watches: Iterable[Watch], now: int) -> None:
    """After a look that failed as a whole."""
    for watch in watches:
        for job in watch.open:
            watch.take(job, _NOTHING, None, now)


def _is_living(seen: Seen) -> bool:
    return any(
        seen[source].answer is Answer.SEEN and lives(seen[source].state)
        for source in ("squeue", "scontrol")
        if source in seen
    )

"""What becomes of a job: the provider says what Capstan's own programs say, in every case."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from capstan_provider.slurm.rows import (
    SACCT_FIELDS,
    SQUEUE_FIELDS,
    Job,
    array_indices,
    assign,
    parse_pairs,
    parse_rows,
)
from capstan_provider.slurm.states import STATES, Answer, Evidence, Sighting, judge

NOW = 1_700_000_000
SOURCE = Path(__file__).parents[2] / "src" / "slurm" / "state.c"


def sightings() -> list[Sighting]:
    """Every answer, and every word of Slurm's and one that it may come to use."""
    answers = [Sighting(answer=answer) for answer in Answer if answer is not Answer.SEEN]
    words = [
        Sighting(Answer.SEEN, state=word, exit=1, ended=NOW - 100, nodes="n1")
        for word in (*STATES, "NEWSTATE")
    ]
    reasons = [
        Sighting(Answer.SEEN, state="PENDING", reason="DependencyNeverSatisfied"),
        Sighting(Answer.SEEN, state="PENDING", reason="JobHeldUser"),
        Sighting(Answer.SEEN, state="PENDING", reason="launch failed requeued held", nodes="n1"),
        Sighting(Answer.SEEN, state="PENDING", reason="job requeued in held state"),
        Sighting(Answer.SEEN, state="CANCELLED", reason="DependencyNeverSatisfied"),
        Sighting(Answer.SEEN, state="CANCELLED", reason="Dependency"),
        Sighting(Answer.SEEN, state="CANCELLED", reason="Dependency", by_user=True),
        Sighting(Answer.SEEN, state="COMPLETED", exit=0, ended=NOW - 5, restarts=1),
        Sighting(Answer.SEEN, state="FAILED", exit=0, signal=9),
        Sighting(Answer.SEEN, state="FAILED", exit=137),
    ]
    return answers + words + reasons


def cases() -> Iterator[Evidence]:
    receipts = (None, "done", "skipped", "refused", "stopped", "failed", "conflict")
    clocks = (0, NOW - 10, NOW - 1000)
    controllers = (None, Sighting(Answer.ABSENT), Sighting(Answer.SEEN, state="RUNNING"))
    product = itertools.product(sightings(), sightings(), receipts, (False, True), clocks)
    for count, (squeue, sacct, receipt, requeues, clock) in enumerate(product):
        seen = {"squeue": squeue, "sacct": sacct}
        if controller := controllers[count % len(controllers)]:
            seen["scontrol"] = controller
        yield Evidence(seen, NOW, receipt, requeues, clock, lost_after=60)


def test_verdicts_are_those_of_the_programs() -> None:
    evidence = list(cases())
    lines = "".join(json.dumps(asdict(case)) + "\n" for case in evidence)
    program = os.environ["CAPSTAN_JUDGE"]
    printed = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    theirs = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(theirs) == len(evidence) > 50_000
    for case, verdict in zip(evidence, theirs, strict=True):
        mine = judge(case)
        said = {**mine.as_json(), "unknown_since": mine.unknown_since}
        expected = {"source": "", "state": "", "nodes": "", **verdict}
        assert said == expected, case


def test_the_words_are_those_of_the_programs() -> None:
    assert set(re.findall(r'\.word = "(\w+)"', SOURCE.read_text())) == set(STATES)


def test_success_needs_a_receipt() -> None:
    for case in cases():
        if case.receipt not in ("done", "skipped", "refused"):
            assert not judge(case).fate.is_success, case


def test_an_id_that_is_used_again_is_another_job() -> None:
    job = Job(12, submitted=NOW, name="flights.work-aa")
    text = f"12|COMPLETED|0:0|{NOW}|{NOW}|n1|None|somebody-elses\n"
    rows = parse_rows(text, SACCT_FIELDS, "sacct")
    assert assign(rows, [job], Answer.ABSENT)[job].answer is Answer.ABSENT
    nameless = Job(12, submitted=NOW - 86400)
    assert assign(rows, [nameless], Answer.ABSENT)[nameless].answer is Answer.ABSENT


def test_elements_are_known_by_their_own_rows_and_by_lists() -> None:
    text = (
        f"7_[2-3,5%2]|PENDING|0|{NOW}|0|N/A||Resources|a\n"
        f"7_1|RUNNING|0|{NOW}|0|N/A|n1|None|a\n7_3|FAILED|1792|{NOW}|0|{NOW}|n2|NonZero|a\n"
    )
    jobs = [Job(7, index, NOW, "a") for index in range(6)]
    found = assign(parse_rows(text, SQUEUE_FIELDS, "squeue"), jobs, Answer.ABSENT)
    states = [found[job].state for job in jobs]
    assert states == ["", "RUNNING", "PENDING", "FAILED", "", "PENDING"]
    assert found[jobs[3]].exit == 7


def test_what_the_controller_shows_of_an_element_is_the_element() -> None:
    text = (
        "JobId=18 ArrayJobId=15 ArrayTaskId=2 JobName=a JobState=RUNNING Reason=None "
        "Restarts=1 ExitCode=0:0 SubmitTime=2026-01-01T00:00:00\n"
    )
    job = Job(15, 2, name="a")
    seen = assign(parse_pairs(text), [job], Answer.ABSENT)[job]
    assert (seen.state, seen.restarts, seen.reason) == ("RUNNING", 1, "None")


def test_indices_are_those_that_sbatch_makes() -> None:
    assert array_indices("0-6:3,9%2") == [0, 3, 6, 9]
    for wrong in ("", "a", "3-1", "1-9:0"):
        with pytest.raises(ValueError, match="array"):
            array_indices(wrong)

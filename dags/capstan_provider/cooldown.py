"""Whether an alarm starts a run, decided by what the registry records and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Made:
    """A version and when it was made."""

    name: str
    when: datetime

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> Made:
        """From what ``capstan show --json`` prints."""
        when = str(shown["manifest"]["provenance"]["when"])
        # Python 3.10 reads no Z.
        made = datetime.fromisoformat(when.replace("Z", "+00:00"))
        return cls(f"{shown['name']}@{shown['version']}", made)


def watched_model(report: Mapping[str, Any]) -> str:
    """The name of the model that a drift report is about, from what ``capstan show --json``
    prints of it."""
    inputs = report["manifest"]["inputs"]
    return next(str(one["name"]) for one in inputs if one["role"] == "model")


def held_back(alarm: Made, trained: Made | None, cooldown: timedelta) -> str:
    """Why an alarm starts no run, or "" where it does.

    :param alarm: the report that raised it.
    :param trained: the newest version of the model it is about; None: there is none.
    :param cooldown: how long after a training no alarm starts another one. An alarm from before
        the training never does: it has been answered.
    """
    if trained is None or alarm.when >= trained.when + cooldown:
        return ""
    until = trained.when + cooldown
    return (
        f"{alarm.name} starts no run: {trained.name} was trained at {trained.when:%F %T} UTC, "
        f"and alarms from before {until:%F %T} UTC are held back"
    )

"""The trigger of events: a new version in a registry."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.slurm.commands import CommandFailed, CommandMissing, NoAnswer

_LAST = "last_version"  # key of the asset's state


class CapstanVersionTrigger(BaseEventTrigger):
    """For assets with watchers: an event for each new version of a name in a registry, such as a
    snapshot or a drift report. Its payload: ``{"kind", "name", "version", "id"}``.

    What was there when it first looked makes no event. On Airflow 3.3 it goes on after a restart
    where it had been; before, it looks anew.

    :param registry: absolute path of the registry.
    :param kind: snapshot, features, model, evaluation, report or predictions.
    :param name: the versions' name.
    :param where: an expression of ``capstan list --where``; only versions that it holds for.
    :param slurm_conn_id: the Slurm connection, where capstan is run.
    :param poll: seconds between looks.
    """

    def __init__(
        self,
        registry: str,
        kind: str,
        name: str,
        where: str = "",
        slurm_conn_id: str = SlurmHook.default_conn_name,
        poll: float = 60,
    ) -> None:
        super().__init__()
        self.registry = registry
        self.kind = kind
        self.name = name
        self.where = where
        self.slurm_conn_id = slurm_conn_id
        self.poll = poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "capstan_provider.triggers.registry.CapstanVersionTrigger",
            {
                "registry": self.registry,
                "kind": self.kind,
                "name": self.name,
                "where": self.where,
                "slurm_conn_id": self.slurm_conn_id,
                "poll": self.poll,
            },
        )

    def _list(self) -> list[dict[str, Any]]:
        words = ["capstan", "list", self.kind, self.name, "--json", "--registry", self.registry]
        if self.where:
            words += ["--where", self.where]
        printed = SlurmHook(self.slurm_conn_id).cluster.run(words)
        return [json.loads(line) for line in printed.splitlines() if line]

    async def _last(self) -> int | None:
        store = self.asset_state_store
        kept = await store.aget(_LAST) if store is not None else None
        return int(kept) if isinstance(kept, int) else None

    async def _keep(self, version: int) -> None:
        if self.asset_state_store is not None:
            await self.asset_state_store.aset(_LAST, version)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        last = await self._last()
        while True:
            try:
                versions = await asyncio.to_thread(self._list)
            except (CommandFailed, CommandMissing, NoAnswer) as error:
                self.log.warning("the registry cannot be looked at: %s", error)
                await asyncio.sleep(self.poll)
                continue
            newest = max((int(one["version"]) for one in versions), default=0)
            for one in versions:
                if last is not None and int(one["version"]) > last:
                    keys = ("kind", "name", "version", "id")
                    yield TriggerEvent({key: one.get(key) for key in keys})
            if last is None or newest > last:
                last = newest
                await self._keep(newest)
            await asyncio.sleep(self.poll)

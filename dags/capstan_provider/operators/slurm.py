"""A Slurm job as a task: sent once, found again, cancelled with the task, done by its receipt."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from capstan_provider.hooks.slurm import SlurmHook
from capstan_provider.links import JOB_ID, JOB_LINK, JobLink
from capstan_provider.slurm import script as slurm_script
from capstan_provider.slurm.commands import CommandFailed, NoAnswer
from capstan_provider.slurm.rows import Job, array_indices
from capstan_provider.slurm.states import Answer, Failure, Fate, Verdict
from capstan_provider.slurm.watch import Patience, Watch, look, overall
from capstan_provider.triggers.slurm import SlurmJobTrigger

try:
    from airflow.sdk import ResumableJobMixin
except ImportError:  # Airflow before 3.3: jobs are found again by their name alone
    from airflow.providers.common.compat.sdk import ResumableJobMixin

if TYPE_CHECKING:
    from airflow.sdk import Context

_SUPERSEDED = "superseded"  # status of a job whose task has been cleared since
_TIME = "01:00:00"
_LATE_ANSWERS = 3  # looks for a job whose sending got no answer
_OLDEST = timedelta(days=30)  # of a run whose start is not known

# Classes of failure that the program itself has no part in.
MENDABLE = ("killed", "infrastructure", "timeout", "memory", "deadline")

Kept = dict[str, Any]  # what is kept about a job: Job.as_json, max_tries and where it lies


def key_of(context: Context) -> slurm_script.Key:
    """Which job is this task's."""
    ti = context["ti"]
    started = context["dag_run"].start_date
    return slurm_script.Key(
        dag=ti.dag_id,
        run=ti.run_id,
        started=started.isoformat() if started else "",
        task=ti.task_id,
        map_index=-1 if ti.map_index is None else ti.map_index,
        max_tries=ti.max_tries,
    )


class SlurmJobOperator(ResumableJobMixin, BaseOperator):
    """Run a command or a script as a Slurm job, and wait for its end.

    A retry of the task goes on with the job of the try before, where that is alive or done; a clear
    cancels it and sends another. A job that nobody knows any more and that left no receipt fails
    the task for good: it is not sent again in silence.

    :param command: a command as a list of words. Give this or script.
    :param script: a script, with its ``#SBATCH`` lines; or the name of a file beside the DAG that
        ends in .sh, .bash or .sbatch. Jinja templates are rendered in both.
    :param options: options of sbatch by their long names, such as ``{"partition": "main"}``.
    :param time: the job's time limit, above what the script says. Every job has one, an hour where
        nobody says, so that it ends even where nobody is left to cancel it.
    :param array: indices, such as ``"0-9%4"``: one task for all of them, its result by index.
    :param env: variables of the script.
    :param requeue: whether Slurm starts the job again after preemption and node failure, above what
        the script says; otherwise Airflow's retries do.
    :param retry_on: classes of failure after which a retry is worth its while; the others fail the
        task at once.
    :param slurm_conn_id: the Slurm connection.
    :param deferrable: wait in the triggerer, or here.
    :param poll: seconds between looks at first; they grow sixfold.
    :param lost_after: seconds after which a job that nobody knows is lost.
    :param silent_after: seconds after which a job about which nothing can be learnt is lost.
    :param log_lines: how much of the end of the job's log is shown.
    """

    template_fields: Sequence[str] = ("command", "script", "options", "time", "array", "env")
    template_ext: Sequence[str] = (".sh", ".bash", ".sbatch")
    template_fields_renderers: ClassVar[dict[str, str]] = {"script": "bash", "env": "json"}
    operator_extra_links = (JobLink(),)
    external_id_key = "slurm_job"
    receipt_classes: ClassVar[Mapping[int, str]] = slurm_script.PLAIN_CLASSES

    def __init__(
        self,
        *,
        command: Sequence[str] | None = None,
        script: str | None = None,
        options: Mapping[str, str | int | bool | None] | None = None,
        time: str | None = None,
        array: str | None = None,
        env: Mapping[str, str] | None = None,
        requeue: bool | None = None,
        retry_on: Collection[str] = ("code", *MENDABLE),
        slurm_conn_id: str = SlurmHook.default_conn_name,
        deferrable: bool = True,
        poll: float = 30,
        lost_after: int = 900,
        silent_after: int = 6 * 60 * 60,
        log_lines: int = 50,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.script = script
        self.options = options
        self.time = time
        self.array = array
        self.env = env
        self.requeue = requeue
        self.retry_on = tuple(retry_on)
        self.slurm_conn_id = slurm_conn_id
        self.deferrable = deferrable
        self.log_lines = log_lines
        self._live: Kept | None = None  # to be cancelled when the task is killed here
        self._result: dict[str, Any] | None = None

        self.patience = Patience(poll, lost_after, silent_after)

    def get_hook(self) -> SlurmHook:
        return SlurmHook(self.slurm_conn_id)

    def resolve_template_files(self) -> None:
        """Only script may name a file: a word of command that ends in .sh is a word."""
        command, self.command = self.command, None
        try:
            super().resolve_template_files()
        finally:
            self.command = command

    # -- what is sent ------------------------------------------------------------------------

    def job_script(self, context: Context) -> str:  # noqa: ARG002  for subclasses
        """The script that the job runs."""
        if (self.script is None) == (self.command is None):
            raise AirflowFailException("give the operator either a command or a script")
        if self.script is not None:
            return slurm_script.executable(self.script)
        return slurm_script.command_script(list(self.command or ()))

    def _words(self, key: slurm_script.Key, folder: str, text: str) -> list[str]:
        words = [f"--job-name={key.name}", f"--comment={key.comment}"]
        words += [f"--output={folder}/{slurm_script.log_word(bool(self.array))}"]
        words += ["--open-mode=append"]
        words += ["--requeue" if self._requeues(text) else "--no-requeue"]
        if self.time or not slurm_script.has_directive(text, "--time", "-t"):
            words.append(f"--time={self.time or _TIME}")
        if self.array:
            words.append(f"--array={self.array}")
        return words + slurm_script.option_words(self.options or {})

    def _requeues(self, text: str) -> bool:
        if self.requeue is not None:
            return self.requeue
        return slurm_script.has_directive(text, "--requeue")

    def _keep(
        self, key: slurm_script.Key, folder: str, number: int, submitted: int, requeues: bool
    ) -> Kept:
        job = Job(number, -1, submitted, key.name, requeues)
        kept = {**job.as_json(), "max_tries": key.max_tries, "folder": folder}
        if self.array:
            kept["indices"] = array_indices(self.array)
        return kept

    # -- sending it once: the methods of ResumableJobMixin -----------------------------------

    def submit_job(self, context: Context) -> Kept:
        """The job of this try: found by its name, or sent."""
        hook, key = self.get_hook(), key_of(context)
        folder = f"{hook.folder}/{key.folder}"
        before = self._kept(context)
        if before and before["max_tries"] < key.max_tries:
            self.log.info("the task was cleared: cancelling job %s", before["id"])
            hook.cluster.cancel([str(before["id"])])
            before = None
        kept = self._find(hook, key, folder, before)
        if kept is None:
            kept = self._send(hook, key, folder, context)
        self._live = kept
        context["ti"].xcom_push(key=JOB_ID, value=str(kept["id"]))
        context["ti"].xcom_push(key=JOB_LINK, value=hook.link(str(kept["id"])))
        return kept

    def _kept(self, context: Context) -> Kept | None:
        store = context.get("task_state_store")
        return None if store is None else cast("Kept | None", store.get(self.external_id_key))

    def _find(
        self, hook: SlurmHook, key: slurm_script.Key, folder: str, before: Kept | None
    ) -> Kept | None:
        """The newest job of this name, if it has not failed; before: the one that is known to. One
        that has failed may be in the queue all the same, held, and is taken out of it."""
        oldest = datetime.fromisoformat(key.started) if key.started else None
        since = int(oldest.timestamp() if oldest else time.time() - _OLDEST.total_seconds())
        found = hook.cluster.find(key.name, since)
        if found.answer is Answer.FAILED:
            raise AirflowException(
                f"nobody can tell whether the job was sent already, so it is not sent: {found.why}"
            )
        if before:
            hook.cluster.cancel([str(before["id"])])
        if not found.jobs or (before and before["id"] >= found.jobs[-1][0]):
            return None
        number, submitted, state = found.jobs[-1]
        kept = self._keep(key, folder, number, submitted, self.requeue is not False)
        if self._look(hook, kept).fate in (Fate.FAILED, Fate.STOPPED):
            hook.cluster.cancel([str(number)])
            return None
        self.log.info("job %s of this task is %s already: going on with it", number, state)
        return kept

    def _send(self, hook: SlurmHook, key: slurm_script.Key, folder: str, context: Context) -> Kept:
        text = self.job_script(context)
        path = f"{folder}/script-{context['ti'].try_number}"
        batch = slurm_script.batch_script(text, path, self.receipt_classes, self.env)
        words = self._words(key, folder, text)
        hook.cluster.write(path, text)
        submitted = int(time.time())
        try:
            number, submitted = hook.cluster.submit(batch, words)
        except CommandFailed as error:
            raise AirflowException(str(error)) from None
        except NoAnswer as error:
            number = self._find_late(hook, key, submitted, error)
        self.log.info("sent job %s (%s), its log: %s", number, key.name, folder)
        return self._keep(key, folder, number, submitted, self._requeues(text))

    @staticmethod
    def _find_late(hook: SlurmHook, key: slurm_script.Key, submitted: int, error: NoAnswer) -> int:
        """A submission without an answer may have been accepted all the same."""
        for _ in range(_LATE_ANSWERS):
            time.sleep(2)
            found = hook.cluster.find(key.name, submitted)
            if found.answer is Answer.SEEN:
                return found.jobs[-1][0]
        raise AirflowException(f"it was not sent, as far as can be told: {error}") from None

    def _watch(self, kept: Kept) -> Watch:
        jobs = [
            Job(kept["id"], index, kept["submitted"], kept["name"], kept["requeues"])
            for index in kept.get("indices", [-1])
        ]
        return Watch(jobs, kept["folder"], self.patience)

    def _look(self, hook: SlurmHook, kept: Kept) -> Verdict:
        watch = self._watch(kept)
        look(hook.cluster, [watch], int(time.time()))
        return watch.overall

    def get_job_status(self, external_id: Any, context: Context) -> str:
        if external_id["max_tries"] < context["ti"].max_tries:
            return _SUPERSEDED
        return self._look(self.get_hook(), external_id).fate.value

    def is_job_active(self, status: str) -> bool:
        return status in (Fate.PENDING.value, Fate.RUNNING.value, Fate.UNKNOWN.value)

    def is_job_succeeded(self, status: str) -> bool:
        return status in (Fate.DONE.value, Fate.SKIPPED.value, Fate.REFUSED.value)

    def poll_until_complete(self, external_id: Any, context: Context) -> Any:
        """Wait here. Returns the result, since the mixin hands it on after a reconnection."""
        hook, watch, begun = self.get_hook(), self._watch(external_id), time.monotonic()
        self._live = external_id
        said = ""
        while True:
            trouble = look(hook.cluster, [watch], int(time.time()))
            if (why := trouble or watch.overall.why) != said:
                self.log.info("%s", why)
                said = why
            if not watch.open:
                break
            time.sleep(watch.patience.pause(time.monotonic() - begun))
        self._result = self._finish(context, external_id, watch.as_json(), watch.overall)
        return self._result

    def get_job_result(self, external_id: Any, context: Context) -> Any:
        return self._result or self.poll_until_complete(external_id, context)

    # -- running -----------------------------------------------------------------------------

    def execute(self, context: Context) -> Any:
        if not self.deferrable:
            return self.execute_resumable(context)
        kept = self._kept(context)
        status = self.get_job_status(kept, context) if kept else ""
        if kept and self.is_job_succeeded(status):
            return self.get_job_result(kept, context)
        if kept is None or not self.is_job_active(status):
            kept = self.submit_job(context)
            if (store := context.get("task_state_store")) is not None:
                store.set(self.external_id_key, kept)
        else:
            self.log.info("going on with job %s, which is %s", kept["id"], status)
        watch = self._watch(kept)
        trigger = SlurmJobTrigger(
            self.slurm_conn_id,
            [job.as_json() for job in watch.jobs],
            watch.folder,
            patience=asdict(self.patience),
        )
        return self.defer(
            trigger=trigger,
            method_name="resume",
            timeout=self.execution_timeout,
        )

    def resume(self, context: Context, event: dict[str, Any]) -> Any:
        """After the trigger: all has been learnt. The event says all that is needed, since
        ``DAG.test`` of Airflow 3.3.2 hands on no other arguments."""
        told = event["jobs"]
        verdict = overall(_read_verdict(one) for one in told.values())
        return self._finish(context, event, told, verdict)

    def _finish(
        self, context: Context, kept: Kept, told: dict[str, dict[str, Any]], verdict: Verdict
    ) -> dict[str, Any]:
        """Show the log, leave the result, and say how the task ends."""
        self._live = None
        self._show_log(kept, told)
        result: dict[str, Any] = {"job": kept["id"], "folder": kept["folder"], **told[min(told)]}
        if self.array:
            results = {word.rpartition("_")[2]: one for word, one in told.items()}
            result = {"job": kept["id"], "folder": kept["folder"], "results": results}
        return self.conclude(context, result, verdict)

    def conclude(
        self, context: Context, result: dict[str, Any], verdict: Verdict
    ) -> dict[str, Any]:
        """End the task as the verdict says."""
        said = f"job {result['job']}: {verdict.why}"
        if verdict.suspect:
            self.log.warning("%s; receipt and Slurm contradict each other", said)
        if verdict.fate is Fate.DONE:
            self.log.info("%s", said)
            return result
        context["ti"].xcom_push(key="return_value", value=result)
        if verdict.fate is Fate.SKIPPED:
            raise AirflowSkipException(said)
        if verdict.fate is Fate.STOPPED:
            raise AirflowException(f"{said}; it stopped in good order, to be run again")
        if verdict.failure.value in self.retry_on:
            raise AirflowException(f"{said} ({verdict.failure.value})")
        raise AirflowFailException(_for_good(said, verdict))

    def _show_log(self, kept: Kept, told: Mapping[str, Any]) -> None:
        """The end of the job's log; of an array, of the first element that failed."""
        if not self.log_lines:
            return
        failed = [word for word in told if told[word].get("fate") == Fate.FAILED.value]
        word = (failed or list(told))[0]
        self.show_end_of(slurm_script.log_path(kept["folder"], word))

    def show_end_of(self, path: str) -> None:
        """The last lines of a file of the cluster's."""
        try:
            text = self.get_hook().cluster.tail(path, self.log_lines)
        except (CommandFailed, NoAnswer) as error:
            self.log.warning("%s cannot be read: %s", path, error)
            return
        self.log.info("the end of %s:", path)
        for line in text.splitlines():
            self.log.info("%s", line)

    def on_kill(self) -> None:
        if self._live is None:
            return
        with contextlib.suppress(CommandFailed, NoAnswer):
            self.get_hook().cluster.cancel([str(self._live["id"])])
            self.log.info("cancelled job %s", self._live["id"])


def _for_good(said: str, verdict: Verdict) -> str:
    if verdict.failure is Failure.LOST:
        return (
            f"{said}; the job is lost: it left no receipt and nobody knows it. Look whether its "
            "work was done; clear the task to send it again"
        )
    return f"{said} ({verdict.failure.value or verdict.fate.value})"


def _read_verdict(told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        Fate(told["fate"]),
        Failure(told["failure"]),
        told["suspect"],
        source=told["source"],
        state=told["state"],
        why=told["why"],
        nodes=told["nodes"],
    )

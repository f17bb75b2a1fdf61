"""The rows of one case that goes to another version, in the caller's transaction.

Five to eight statements: lock · case · closed and renewed jobs · new jobs · renamed rows · history;
the audit log is the caller's. Open tasks are read and written only where the new version says
something else of them, waits only where the case ever had any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.migrating import Moments, migrate
from engine.errors import MigrationRefused
from engine.model.migrations import Migrated, TaskNews
from engine.model.people import Actor
from engine.model.steps import JobKind, Status
from engine.services import calendar, claims, history, recording, searchable, stepping
from engine.services.context import Context, UnitOfWork
from engine.services.workshop.looking import at_work, held_by_somebody
from engine.services.workshop.routes import Route
from engine.store.instances import InstanceRow
from engine.store.jobs import NewJob
from engine.store.tables import no_deadline


@dataclass(frozen=True, kw_only=True)
class Why:
    """What history keeps of the act."""

    #: The person's own words: sealed.
    reason: str
    #: Id of the batch; empty: a single case.
    batch: str = ""


def carry(
    uow: UnitOfWork, ctx: Context, actor: Actor, held: InstanceRow, route: Route, why: Why
) -> Migrated:
    """Take a case over that is locked and loaded; write all its rows but the audit log's.

    Raises `MigrationRefused` with what stands in the way, `StaleRevision`.
    """
    now = ctx.moment(held.database_now)
    days = calendar.at_version(uow, ctx, held.calendar_version)
    moments = Moments(
        now=now,
        started=lambda: uow.casemigrations.started(held.id),
        knowing=lambda then: route.bundle.environment(days, then),
    )
    done = migrate(route.pairing, held.state, moments)
    rows = _Rows(uow, ctx, actor, held, route, done, now)
    rows.case()
    rows.tasks()
    rows.waits()
    rows.told(why)
    stepping.deliver_buffered(uow, ctx, actor, held, done.step, now)
    return done


class _Rows:
    """Writes the rows of one case."""

    def __init__(
        self,
        uow: UnitOfWork,
        ctx: Context,
        actor: Actor,
        held: InstanceRow,
        route: Route,
        done: Migrated,
        now: datetime,
    ) -> None:
        self.uow, self.ctx, self.actor = uow, ctx, actor
        self.held, self.route, self.done, self.now = held, route, done, now
        definition = route.pairing.target
        self.record = recording.Record(uow, ctx, actor, held, definition, now)

    def case(self) -> None:
        step, held = self.done.step, self.held
        ended = step.status is not Status.ACTIVE
        self.uow.casemigrations.move(
            held,
            definition_id=self.route.target_id,
            status=stepping.STATES[step.status].value if ended else held.status,
            state=self.done.state,
            variables=step.variables,
            waits=held.waits or bool(step.waits),
            ended_at=self.now if ended else None,
            end_element=step.end,
            failure=step.failure,
        )
        process = self.route.pairing.target.process
        searchable.anew(self.uow, process, held.id, step.variables)

    # --- tasks --------------------------------------------------------------------------------

    def tasks(self) -> None:
        """Have tasks follow their elements, and say of open ones what the new version says."""
        if self.done.tasks:
            self._rewrite()
        renamed = self._renamed_tasks()
        if renamed:
            self.uow.casemigrations.rename_tasks(self.held.id, renamed)

    def _rewrite(self) -> None:
        there = self.uow.casemigrations.open_tasks(self.held.id)
        changed = [(news, there[news.token.hex]) for news in self.done.tasks]
        self._refuse_held(changed)
        self.uow.casemigrations.rewrite_tasks([self._task(*one) for one in changed])
        for news, row in changed:
            if news.candidates is not None and (row.more_candidates or len(news.candidates) > 1):
                listed = list(recording.candidates_of(news.candidates))
                self.uow.casemigrations.offer(row.id, listed[1:])

    def _refuse_held(self, changed: list[tuple[TaskNews, Any]]) -> None:
        """Refuse to give to others, or to put on another form, what somebody is at work on."""
        for news, row in changed:
            goes = {news.candidates, news.assignee, news.form} != {None}
            if goes and at_work(row, self.route.pairing.source.process):
                stands = held_by_somebody(row.element)
                raise MigrationRefused(stands.message, [stands])

    def _renamed_tasks(self) -> dict[str, str]:
        pairing = self.route.pairing
        kinds = pairing.source.process.elements
        return {
            old: new
            for old, new in pairing.mapping.items()
            if new and new != old and kinds[old].kind in {"userTask", "manualTask"}
        }

    def _task(self, news: TaskNews, row: Any) -> dict[str, Any]:
        """Return what an open task says now: the news, and the rest as it was."""
        given: dict[str, Any] = {
            "key": row.id,
            "new_form": row.form if news.form is None else news.form,
            "new_role": row.role,
            "new_organisation": row.organisation,
            "more": row.more_candidates,
            "new_assignee": row.assignee,
            "claimed": row.claimed_at,
            "new_priority": row.priority if news.priority is None else news.priority,
            "new_due": row.due_at,
            "new_local": row.local if news.local is None else news.local or None,
        }
        if news.new_due:
            given["new_due"] = news.due or no_deadline(row.created_at)
        if news.assignee is not None:
            given["new_assignee"] = news.assignee or None
            given["claimed"] = self.now if news.assignee else None
        if news.candidates is not None:
            given |= _offered(news)
        return given

    # --- jobs and waits -----------------------------------------------------------------------

    def waits(self) -> None:
        step, held, rooms = self.done.step, self.held, self.uow
        self.record.close(step, recording.Submission(), None)
        anew = [token.hex for token in self.done.renewed]
        reminded = [news for news in self.done.tasks if news.new_follow_up]
        again = anew + [news.token.hex for news in reminded]
        if again:
            rooms.jobs.cancel(again, self.now)
        if anew and held.waits:
            rooms.subscriptions.close(anew)
        renamed = {token.hex: element for token, element in self.done.renamed.items()}
        if renamed:
            rooms.casemigrations.rename_waits(renamed, waits=held.waits)
        self.record.open_rows(step)
        reminders = list(self._reminders(reminded))
        if reminders:
            rooms.jobs.add(reminders, self.now)

    def _reminders(self, reminded: list[TaskNews]) -> Iterator[NewJob]:
        for news in reminded:
            if news.follow_up is not None:
                yield NewJob(
                    kind=JobKind.REMINDER,
                    due_at=news.follow_up,
                    element=news.element,
                    token=news.token.hex,
                    instance_id=self.held.id,
                    payload={},
                    max_attempts=claims.OWN_PLAN.max_attempts,
                )

    # --- history ------------------------------------------------------------------------------

    def told(self, why: Why) -> None:
        """Write history: from which version to which, and why."""
        told: Mapping[str, Any] = {"from": self.route.before, "to": self.route.after}
        told = {**told, "batch": why.batch} if why.batch else told
        act = history.event_row(
            self.held.id, self.now, self.actor, "migrated", detail=told, reason=why.reason
        )
        moves = [
            self.record.event(
                one.happened.value, one.element, one.token.hex, one.detail, one.sealed
            )
            for one in self.done.step.events
        ]
        self.uow.events.add([act, *moves])


def _offered(news: TaskNews) -> dict[str, Any]:
    listed = list(recording.candidates_of(news.candidates or ()))
    first = listed[0] if listed else None
    return {
        "new_role": first.role if first else "",
        "new_organisation": first.organisation if first else "",
        "more": len(listed) > 1,
    }

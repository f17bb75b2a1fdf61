"""Tabs of the page of a case: what each is called, and what it reads for its template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from engine.model.text import Text, text
from engine.services.cockpit import casetabs, casevalues, inspecting
from engine.web import state
from engine.web.asking import whole

Tab = Callable[[Any, inspecting.Seen], Mapping[str, object]]

TASK_STATES = {
    "open": text("still open"),
    "completed": text("completed"),
    "cancelled": text("withdrawn"),
}


def row_number(name: str) -> int:
    """Return a number of the address; what is none is 0."""
    return whole(request.args.get(name, ""), 0, least=0, most=10**15)


def _tasks(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"tasks": casetabs.tasks(uow, case), "states": TASK_STATES}


def _jobs(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    rows, older = casetabs.jobs(uow, case, before=request.args.get("before", "")[:32])
    return {"jobs": rows, "older": older}


def _waits(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"waits": casetabs.waits(uow, case)}


def _variables(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"scopes": casevalues.variables(uow, case), "changed": casevalues.changed(uow, case)}


def _decisions(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"decisions": casevalues.decisions(uow, case)}


def _papers(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"papers": casetabs.papers(uow, case)}


def _comments(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"comments": casetabs.comments(uow, case)}


def _history(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    before = row_number("before")
    rows, older = casetabs.history(uow, case, before=before)
    return {"rows": rows, "older": older}


def _audit(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    before = row_number("before")
    rows, older = casetabs.links(uow, state.context(), state.actor(), case, before=before)
    return {"links": rows, "older": older}


def _tree(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    after = request.args.get("after", "")[:32]
    return {
        "tree": casetabs.tree(uow, state.context(), state.actor(), case, after=after),
        "after": after,
    }


def _version(uow: Any, case: inspecting.Seen) -> Mapping[str, object]:
    return {"versions": casetabs.versions(uow, case)}


@dataclass(frozen=True, kw_only=True)
class Page:
    """A tab."""

    #: What it is called.
    label: Text
    #: What it shows, for its template ``cockpit/case/<key>.html``.
    read: Tab
    #: Which number of `caseviews.Counts` stands beside it; empty: none.
    count: str = ""


TABS: Mapping[str, Page] = {
    "tasks": Page(label=text("Tasks"), read=_tasks, count="tasks"),
    "jobs": Page(label=text("Jobs"), read=_jobs, count="jobs"),
    "variables": Page(label=text("Variables"), read=_variables),
    "history": Page(label=text("History"), read=_history, count="history"),
    "audit": Page(label=text("Audit log"), read=_audit),
    "waits": Page(label=text("Messages and signals"), read=_waits, count="waits"),
    "decisions": Page(label=text("Decisions"), read=_decisions),
    "papers": Page(label=text("Documents and signatures"), read=_papers, count="papers"),
    "comments": Page(label=text("Comments"), read=_comments, count="comments"),
    "tree": Page(label=text("Called processes"), read=_tree, count="children"),
    "version": Page(label=text("Version"), read=_version),
}

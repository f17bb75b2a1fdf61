"""What was sent with a task: kept by the completion, read back by the task's page.

It is written by the statement that closes the task and sealed with the task's id; it stands in the
task's row and nowhere else, so that it is gone with the rest of what the case knows of people.
"""

from collections.abc import Mapping
from typing import Any

from engine.forms import Checked, Form
from engine.services import bundles
from engine.services.context import Context, UnitOfWork
from engine.services.views import SentView
from engine.store.tasks import TaskRow


def kept(
    definition_id: str,
    form: Form,
    checked: Checked,
    context: Mapping[str, object],
    documents: Mapping[str, str],
) -> dict[str, object]:
    """Return what a completion keeps; `documents` are the names of files by their ids.

    The definition is named because a case may be migrated: its form was that of another version.
    """
    sent = form.sent(checked, context)
    return {
        "definition": definition_id,
        "form": form.key,
        "values": sent.values,
        "hidden": sorted(sent.hidden),
        "options": sent.options,
        "files": {one: documents.get(one, "") for one in sent.files},
    }


def view(uow: UnitOfWork, ctx: Context, task: TaskRow) -> SentView | None:
    """Return what was sent with a task; None: nothing is kept of it."""
    if task.sent is None:
        return None
    told: Mapping[str, Any] = task.sent
    definition = uow.definitions.find(told["definition"])
    bundle = bundles.of_definition(uow, ctx, told["definition"])
    return SentView(
        form_key=told["form"],
        form=bundle.form_json[told["form"]],
        process=task.process,
        version=definition.version if definition else 0,
        values=told["values"],
        hidden=frozenset(told["hidden"]),
        options=told["options"],
        files=told["files"],
    )

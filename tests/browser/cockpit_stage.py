"""A bad night for an administrator: the migration portal is down, and a new version came."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.model.people import SYSTEM
from engine.services import definitions
from handlers.registries.sandbox.families import families
from tests.acceptance.kandas_stage import Stage, files

#: Cases whose registration failed; cases before the application; the one that is at it.
FAILED, EARLY = 12, 39
#: The outside system that is down, and the handler that asks it.
PORTAL, TOPIC = "migration_portal", "registries.migration_portal.register"
FILE = "processes/kandas/approval.bpmn"
#: Who takes the application in the new version: other people than those who have it open.
BEFORE, AFTER = "career_specialist@", "career_director@"
#: Two o'clock in the night from Monday to Tuesday in Kazakhstan, and when the pages are opened.
NIGHT = datetime(2026, 9, 7, 20, 30, tzinfo=UTC)


@dataclass(kw_only=True)
class Night:
    """What happened; case numbers in the order in which they came."""

    #: Registered nowhere: the portal did not answer.
    failed: list[str] = field(default_factory=list)
    #: At the consultation.
    early: list[str] = field(default_factory=list)
    #: At the application, which somebody has open.
    held: str = ""

    def __call__(self, stage: Stage) -> None:
        """Have it happen."""
        stage.sandbox.switch(PORTAL, "down")
        for number in range(FAILED):
            self.failed.append(self._registered(stage, number))
        stage.until(NIGHT)
        while len(self._incidents(stage)) < FAILED:
            stage.later(minutes=5)
        for number in range(FAILED, FAILED + EARLY):
            self.early.append(stage.open(families()[number], "cc.61.1", "10").number)
        last = stage.open(families()[FAILED + EARLY], "cc.61.1", "10")
        stage.work(last, "consultation")
        stage.take(last, "application")
        self.held = last.number
        _deploy(stage)

    def _registered(self, stage: Stage, number: int) -> str:
        case = stage.open(families()[number], "cc.61.1", "10")
        while here := stage.open_elements(case):
            stage.work(case, here[0])
        return case.number

    @staticmethod
    def _incidents(stage: Stage) -> list[str]:
        with stage.reading() as uow:
            return [row.business_key for row in uow.incidents.open()]


def _deploy(stage: Stage) -> None:
    """Deploy a version in which the application goes to other people."""
    brought = files()
    text = brought[FILE].decode()
    start = text.index('<bpmn:userTask id="application"')
    end = text.index(">", start)
    task = text[start:end]
    assert BEFORE in task
    changed = text[:start] + task.replace(BEFORE, AFTER) + text[end:]
    with stage.begin() as uow:
        brought[FILE] = changed.encode()
        definitions.deploy(uow, stage.ctx, SYSTEM, brought, "Өтінішті директор қабылдайды")
        uow.commit()

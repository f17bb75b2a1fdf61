"""Analysts before the workshop's editors: an installation with the orders' files, and windows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

from engine.bootstrap import App, build
from engine.clock import SystemClock
from engine.config import Settings, domains
from engine.model.people import SYSTEM, Candidate
from engine.services import accounts
from engine.store import Keys
from handlers.kandas import staff as kandas_staff
from handlers.support import staff as support_staff
from tests.acceptance.kandas_stage import PASSWORD, make_template
from tests.browser.desk import Desk

#: The second analyst's name; the first is the demo's.
OTHER = "Қасымова Әсем"
LOGINS = ("analyst", "analyst2")
#: What the library tells of its own past.
KNOWN = "ContextPad#getPad is deprecated"


@contextmanager
def workshop(folder: Path) -> Iterator[App]:
    """Furnish an installation with both orders' files and two analysts."""
    written = Keys.generate()
    path = make_template(folder, Keys.parse(written), (kandas_staff, support_staff))
    settings = Settings(
        database_url=f"sqlite:///{path}",
        keys=written,
        demo=True,
        demo_password=PASSWORD,
        authority=folder / "authority",
        extensions=domains(),
    )
    built = build(settings, clock=SystemClock())
    with built.database.begin() as uow:
        accounts.create(
            uow,
            built.context,
            SYSTEM,
            login=LOGINS[1],
            password=PASSWORD,
            name=OTHER,
            memberships=[Candidate("analyst", kandas_staff.MINISTRY)],
        )
        uow.commit()
    yield built
    built.close()


class Analyst(Desk):
    """Somebody before an editor; notes what the browser complains of."""

    def _note(self, message: Any) -> None:
        if KNOWN not in message.text:
            super()._note(message)

    def sign_in(self, login: str) -> "Analyst":
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/inbox/**")
        return self

    def edit(self, file: str, *, branch: str = "main", ready: str = "ready") -> Page:
        """Open a file in its editor and wait until it can be used."""
        self.page.goto(f"{self.address}/workshop/b/{branch}/edit/{file}")
        self.page.wait_for_selector(f"[data-bench][data-{ready}]")
        return self.page

    def draw(self, file: str, *, branch: str = "main") -> "Analyst":
        """Open a diagram and wait until the check and the catalogue have come, too."""
        self.edit(file, branch=branch, ready="complete")
        return self

    def find(self, element: str) -> None:
        """Select an element as people do: Ctrl+F, some letters, Enter."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+f")
        self.page.keyboard.type(element)
        self.page.locator(".djs-search-result").first.wait_for()
        self.page.keyboard.press("Enter")
        # A flow that runs straight is as high as nothing: attached is all one can ask.
        chosen = self.page.locator(f'[data-element-id="{element}"].selected').first
        chosen.wait_for(state="attached")

    def state(self, kind: str) -> None:
        """Wait for what the header says of the draft."""
        self.page.wait_for_selector(f"[data-part=state][data-kind={kind}]")

    def drawn(self, element: str) -> str:
        """Return the words on an element."""
        shape = self.page.locator(f'[data-element-id="{element}"] .djs-visual text').first
        return shape.text_content() or ""

    def problems(self) -> Locator:
        """Return the errors that the check lists."""
        return self.page.locator("[data-part=problems] .prob.e")

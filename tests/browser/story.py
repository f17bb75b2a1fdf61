"""A case and everybody who works on it, each at a window of their own, on the demo's clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from playwright.sync_api import Browser

from engine.model.calendar import ZONE
from tests.browser.chain_stage import Running
from tests.browser.clerk import Clerk


class Story:
    """One family's case and everybody who works on it."""

    def __init__(
        self, browser: Browser, installation: Running, people: Mapping[str, str], forms: str
    ) -> None:
        """Give everybody a window: `people` are logins by part, one of them ``admin``."""
        self.case = ""
        self._clock = installation.app.context.clock
        self.people = {
            part: Clerk(browser, installation.address, login, forms)
            for part, login in people.items()
        }

    def now(self) -> datetime:
        """Return the demo's clock as it stands in Kazakhstan."""
        return self._clock.now().astimezone(ZONE)

    def today(self, after: int = 0) -> str:
        """Return the date of the demo's clock, or of a day after."""
        return (self.now() + timedelta(days=after)).strftime("%d.%m.%Y")

    def who(self, part: str) -> Clerk:
        """Return somebody, signed in."""
        found = self.people[part]
        return found if found.inside else found.enter()

    def move_the_clock(self, days: int, picture: str = "") -> None:
        """Have the administrator move the demo's clock."""
        admin = self.who("admin")
        admin.open("/admin/sandbox/")
        for _ in range(days):
            admin.page.locator("button[name=hours][value='24']").click()
            admin.page.wait_for_load_state()
        if picture:
            admin.both(picture)

    def complaints(self) -> dict[str, list[str]]:
        """Return what is wrong with the pages that somebody saw."""
        return {part: one.complaints for part, one in self.people.items() if one.complaints}

    def close(self) -> None:
        """Have everybody leave."""
        for clerk in self.people.values():
            clerk.leave()

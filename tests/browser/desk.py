"""A browser window with somebody before it."""

from pathlib import Path

from playwright.sync_api import Page

from tests.sample_office import PASSWORD

SHOTS = Path(__file__).parent / "screenshots"
WIDTHS = {"1280": (1280, 800), "390": (390, 844)}
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


class Desk:
    """A browser window with somebody before it; notes what the console complains of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: object) -> None:
        kind, words = getattr(message, "type", ""), getattr(message, "text", "")
        # The browser reports every 4xx by itself; the pages' own answer to it is what is tested.
        if kind in {"error", "warning"} and "Failed to load resource" not in words:
            self.complaints.append(words)

    def sign_in(self, login: str) -> "Desk":
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/inbox/**")
        return self

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def shot(self, name: str, *, whole: bool = True) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    def axe(self) -> list[str]:
        """Return what axe-core finds serious."""
        script = AXE.read_text(encoding="utf-8")
        return list(
            self.page.evaluate(
                f"{script}; axe.run().then((found) => found.violations"
                ".filter((one) => ['serious', 'critical'].includes(one.impact))"
                ".map((one) => one.id + ': ' + one.nodes.map((node) => node.target).join(' ')))"
            )
        )

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

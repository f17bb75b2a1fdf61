"""A person at a browser: signs in, claims from the inbox, fills in forms by their labels."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import TimeoutError as TookTooLong
from pypdf import PdfReader

from engine.demo import SCAN
from tests.browser.desk import WIDTHS, Desk

ROOT = Path(__file__).parents[2]
PICTURES = Path(__file__).parent / "pictures"
#: With this set, the README's pictures are taken anew.
PICTURED = bool(os.environ.get("ZHOLDAMA_TEST_PICTURES"))
#: A key of a catalogue that nobody put into words.
RAW = re.compile(r"\b(?:role|way|law|notice|history|result|channel|transport):\w+")
Values = Mapping[str, Any]


def labelled(label: str) -> re.Pattern[str]:
    """Match a label as it is drawn: with a note in brackets where an answer is optional."""
    return re.compile(rf"^\s*{re.escape(label)}(\s*\([^)]*\))?\s*$")


def questions(form: str) -> list[dict[str, Any]]:
    """Return the components of a form, e.g. ``kandas/application``."""
    path = ROOT / "forms" / f"{form}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["components"]
    return found


def as_typed(value: object) -> str:
    """Return a date as people type it, everything else as text."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3.\2.\1", str(value))


class Form:
    """Fills in a form as its reader would: by what stands beside the controls."""

    def __init__(self, scope: Locator, components: Iterable[dict[str, Any]]) -> None:
        self.scope = scope
        self.components = components

    def fill(self, values: Values) -> None:
        """Answer every question for which there is a value."""
        for part in self.components:
            key = part.get("key") or part.get("path")
            if part["type"] == "group":
                inner = self._group(part["label"])
                Form(inner, part["components"]).fill(values)
            elif key in values and not part.get("readonly") and values[key] not in ("", None):
                getattr(self, f"_{part['type']}", self._line)(part, values[key])

    def _group(self, legend: str) -> Locator:
        return self.scope.get_by_role("group", name=labelled(legend))

    def _control(self, part: dict[str, Any]) -> Locator:
        return self.scope.get_by_label(labelled(part["label"]))

    def _line(self, part: dict[str, Any], value: object) -> None:
        self._control(part).fill(as_typed(value))

    def _select(self, part: dict[str, Any], value: object) -> None:
        names = {one["value"]: one["label"] for one in part.get("values", [])}
        if isinstance(value, re.Pattern):
            # What stands in the list, where nobody sees the value behind it.
            labels = self._control(part).locator("option").all_text_contents()
            label = next(one for one in labels if value.search(one))
            self._control(part).select_option(label=label.strip())
        elif value in names:
            self._control(part).select_option(label=names[value])
        else:
            self._control(part).select_option(str(value))

    def _radio(self, part: dict[str, Any], value: object) -> None:
        name = next(one["label"] for one in part["values"] if one["value"] == value)
        group = self.scope.get_by_role("radiogroup", name=labelled(part["label"]))
        group.get_by_label(name, exact=True).check()

    def _checklist(self, part: dict[str, Any], value: list[str]) -> None:
        group = self._group(part["label"])
        for one in part["values"]:
            if one["value"] in value:
                group.get_by_label(one["label"], exact=True).check()

    def _checkbox(self, part: dict[str, Any], value: object) -> None:
        self._control(part).set_checked(bool(value))

    def _filepicker(self, part: dict[str, Any], value: list[str]) -> None:
        for name in value:
            file = {"name": name, "mimeType": "application/pdf", "buffer": SCAN}
            self._control(part).set_input_files(file)
            expect(self.scope.get_by_role("link", name=name)).to_be_visible()

    def _dynamiclist(self, part: dict[str, Any], value: list[Values]) -> None:
        group, name = self._group(part["label"]), part["properties"]["row"]
        for number, row in enumerate(value, 1):
            there = group.get_by_role("group", name=f"{name} {number}", exact=True)
            if not there.count():
                group.get_by_role("button", name=re.compile(f"{re.escape(name)}$")).last.click()
            Form(there, part["components"]).fill(row)


class Clerk(Desk):
    """Somebody with an account, at a window of their own."""

    def __init__(self, browser: Browser, address: str, login: str, forms: str) -> None:
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="kk-KZ", accept_downloads=True
        )
        super().__init__(self.context.new_page(), address)
        self.page.set_default_timeout(15_000)
        self.login = login
        #: Folder of the forms this person fills in.
        self.forms = forms
        self.inside = False

    def enter(self) -> "Clerk":
        """Sign in by the demo's button for this account."""
        self.page.goto(f"{self.address}/sign-in")
        button = self.page.locator(".person-z", has_text=self.login)
        self.page.locator("details", has=button).evaluate("one => one.open = true")
        button.click()
        self.page.wait_for_url("**/inbox/**")
        self.inside = True
        return self

    def find(self, case: str, box: str = "office") -> Locator:
        """Look into a box of the inbox until the case is there."""
        self._look(case, [box])
        row = self._row(case)
        expect(row).to_have_count(1)
        return row

    def _row(self, case: str) -> Locator:
        # A case's number begins the numbers of the cases it called.
        return self.page.locator("a.case", has_text=re.compile(rf"{re.escape(case)}(?![/\d])"))

    def _look(self, case: str, boxes: Sequence[str]) -> str:
        """Look into boxes in turn until the case is in one; return in which."""
        for turn in range(20 * len(boxes)):
            box = boxes[turn % len(boxes)]
            self.page.goto(f"{self.address}/inbox/?box={box}")
            if self._row(case).count():
                return box
            if box == boxes[-1]:
                self.page.wait_for_timeout(500)
        return boxes[-1]

    def take(self, case: str) -> "Clerk":
        """Open the case's task: one's own, or claimed from the office's box."""
        mine = self._look(case, ["mine", "office"]) == "mine"
        return self.open_mine(case) if mine else self.claim(case)

    def preview(self, case: str, box: str = "office") -> Locator:
        """Look at the case beside the list."""
        row = self.find(case, box)
        task = row.get_attribute("data-task")
        row.click()
        shown = self.page.locator("#preview")
        # Not the one shown before: it may be of the same family.
        expect(shown.locator(f"[href*='{task}'], [action*='{task}']").first).to_be_attached()
        return shown

    def claim(self, case: str) -> "Clerk":
        """Claim the case's task from the office's box and open it."""
        button = self.preview(case).get_by_role("button", name="Орындауға қабылдау")
        button.click()
        try:
            self.page.wait_for_url("**/tasks/*", timeout=8_000)
        except TookTooLong:
            # The machine was busy and the press fell between two pictures: people press again.
            button.click()
            self.page.wait_for_url("**/tasks/*")
        return self

    def open_mine(self, case: str) -> "Clerk":
        """Open a task that one was given."""
        self.preview(case, "mine").get_by_role("link", name="Ашу").click()
        self.page.wait_for_url("**/tasks/*")
        return self

    def answer(self, form: str, values: Values) -> "Clerk":
        """Fill in the form of the page."""
        Form(self.page.locator("#form"), questions(f"{self.forms}/{form}")).fill(values)
        return self

    def send(self, said: str) -> "Clerk":
        """Press the one main button; expect what the next page says."""
        self.page.click("[data-main]")
        expect(self.page.locator(".flash.ok")).to_contain_text(said)
        return self

    def give_back(self, form: str, about: str, why: str) -> "Clerk":
        """Return the case with a remark that is tied to a field."""
        self.page.click("button[value=ask-return]")
        self.page.wait_for_url("**act=return**")
        self.answer(form, {"remarks": [{"field": about, "text": why}]})
        self.page.click("button[value=return]")
        expect(self.page.locator(".flash.ok")).to_contain_text("пысықтауға қайтарылды")
        return self

    def both(self, name: str, *, whole: bool = True) -> None:
        """Take the page's picture on a wide screen and on a phone; note what is wrong with it."""
        raw = RAW.findall(self.page.inner_text("body"))
        self.complaints += [f"{name}: {one}" for one in [*raw, *self.axe()]]
        for width, (wide, high) in WIDTHS.items():
            self.page.set_viewport_size({"width": wide, "height": high})
            if self.overflow() > 0:
                self.complaints.append(f"{name} is too wide at {width}")
            if whole:
                # What sticks to the window's edges would lie across the middle of a long picture.
                self.page.set_viewport_size({"width": wide, "height": max(high, self._length())})
            self.shot(f"{name}-{width}", whole=False)
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def picture(self, name: str) -> None:
        """Take one of the README's pictures, as the window shows it, if they are wanted."""
        if PICTURED:
            self.page.wait_for_load_state("networkidle")
            self.page.evaluate("scrollTo(0, 0)")
            self.page.screenshot(path=PICTURES / f"{name}.png")

    def _length(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollHeight"))

    def notified(self, case: str, *words: str) -> None:
        """Look at one's notifications until the case stands there with all words."""
        told = self.page.locator("main li", has_text=case)
        for word in words:
            told = told.filter(has_text=word)
        for _ in range(20):
            self.page.goto(f"{self.address}/notifications/")
            if told.count():
                break
            self.page.wait_for_timeout(500)
        expect(told.first).to_be_visible()

    def name(self) -> str:
        """Return one's own name as the pages say it."""
        return self.page.locator(".me-who b").first.text_content() or ""

    def printed(self, link: str) -> str:
        """Save the PDF behind a link; return the text on it."""
        there = self.page.get_by_role("link", name=link)
        with self.page.expect_download() as download:
            there.evaluate("link => { link.download = ''; link.click(); }")
        return "".join(page.extract_text() for page in PdfReader(download.value.path()).pages)

    def leave(self) -> None:
        """Close the window."""
        self.context.close()

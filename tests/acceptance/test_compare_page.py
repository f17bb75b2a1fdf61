"""The page that compares two versions, as a server sends it: diagrams, tables and forms."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.services import signing_in
from engine.services.workshop import branches
from engine.store import Database
from tests.acceptance.rehearsal_stage import ANALYSTS, Browser, Site, site

ROOT = Path(__file__).parents[2]
APPROVAL = "processes/kandas/approval.bpmn"
RETURN = "processes/kandas/return.dmn"
CONTACT = "forms/kandas/contact.json"


@pytest.fixture(scope="module")
def installation(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, keys: object
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("compare")
    path = folder / "zholdama.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", keys)  # type: ignore[arg-type]
    with site(database, folder) as found:
        edited(found, APPROVAL, 'formKey="kandas/contact"', 'formKey="kandas/other&lt;b&gt;"')
        edited(found, RETURN, '<text>"leo_origin"</text>', '<text>"x&lt;i&gt;"</text>')
        edited(found, CONTACT, "Байланыс құралы", "Қалай <b>")
        yield found
    database.close()


def edited(installation: Site, name: str, old: str, new: str) -> None:
    """Save a file in the shared branch with one thing changed."""
    content = (ROOT / name).read_text("utf-8")
    assert old in content
    with installation.wired.database.begin() as uow:
        actor = signing_in.load(uow, installation.logins[ANALYSTS[0]])
        branches.save(
            uow,
            installation.wired.context,
            actor,
            branches.MAIN,
            name,
            content.replace(old, new, 1).encode(),
            base=0,
        )
        uow.commit()


@pytest.fixture
def browser(installation: Site) -> Browser:
    return installation.browser()


class Words(HTMLParser):
    """Collects the text of elements of one tag."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self.tag, self.depth, self.found = tag, 0, list[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == self.tag:
            self.depth += 1
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == self.tag

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data


def words(browser: Browser, tag: str) -> list[str]:
    reader = Words(tag)
    assert browser.answer is not None
    reader.feed(browser.answer.get_data(as_text=True))
    return [" ".join(one.split()) for one in reader.found]


def test_a_diagram_says_what_changed_and_where_to_draw_it_from(browser: Browser) -> None:
    page = browser.get(f"/workshop/compare?name={APPROVAL}")
    assert "Changed: 1" in page
    assert words(browser, "del") == ["kandas/contact"]
    assert words(browser, "ins") == ["kandas/other<b>"]
    assert 'data-change="contact"' in page
    assert page.count("/workshop/compare/content?") == 2
    assert '{"id": "contact", "kind": "changed", "was": "contact"}' in page


def test_each_side_is_sent_as_it_is(browser: Browser) -> None:
    address = f"/workshop/compare/content?name={APPROVAL}&a="
    browser.get(f"{address}deployed")
    assert browser.answer is not None
    assert browser.answer.data == (ROOT / APPROVAL).read_bytes()
    assert browser.answer.mimetype == "application/xml"
    browser.get(f"{address}branch")
    assert b'formKey="kandas/other&lt;b&gt;"' in browser.answer.data


def test_a_table_is_laid_over_itself_cell_by_cell(browser: Browser) -> None:
    browser.get(f"/workshop/compare?name={RETURN}")
    cells = words(browser, "td")
    assert '"leo_origin" "x<i>"' in cells
    assert words(browser, "del")[0] == '"leo_origin"'


def test_a_form_is_listed_and_drawn_twice_with_ids_of_its_own(browser: Browser) -> None:
    page = browser.get(f"/workshop/compare?name={CONTACT}")
    assert words(browser, "ins") == ["Қалай <b>"]
    assert 'id="a-' in page
    assert 'id="b-' in page
    assert " inert" in page


def test_no_difference_is_said(browser: Browser) -> None:
    page = browser.get("/workshop/compare?name=forms/kandas/scans.json&b=mine")
    assert "No difference" in page


@pytest.mark.parametrize("side", ["deployed", "branch", "mine"])
def test_a_side_may_be_any_version(browser: Browser, side: str) -> None:
    page = browser.get(f"/workshop/compare?name={APPROVAL}&a={side}&b={side}")
    assert "No difference" in page
    assert page.count(f'<option value="{side}" selected>') == 2


def test_a_deployment_is_offered_and_shown(browser: Browser, installation: Site) -> None:
    with installation.wired.database.reading() as uow:
        (made,) = uow.definitions.holding(APPROVAL, 5)
    page = browser.get(f"/workshop/compare?name={APPROVAL}&a={made.id}&b=branch")
    assert f'<option value="{made.id}" selected>Version 1 · ' in page
    assert "Changed: 1" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("name=forms/kandas/nothing.json", 404),
        ("name=processes/law.toml", 404),
        (f"name={APPROVAL}&a=ffffffffffffffffffffffffffffffff", 404),
        (f"name={APPROVAL}&branch=nobodys", 404),
        (f"name={APPROVAL}&a=%00%27<script>", 404),
    ],
)
def test_what_there_is_not_is_not_found(browser: Browser, query: str, status: int) -> None:
    browser.get(f"/workshop/compare?{query}")
    assert browser.answer is not None
    assert browser.answer.status_code == status
    assert b"<script>" not in browser.answer.data


def test_what_cannot_be_read_is_said_instead_of_compared(
    browser: Browser, installation: Site
) -> None:
    with installation.wired.database.begin() as uow:
        actor = signing_in.load(uow, installation.logins[ANALYSTS[0]])
        context = installation.wired.context
        branches.keep(uow, context, actor, branches.MAIN, CONTACT, b"{", base=1)
        uow.commit()
    page = browser.get(f"/workshop/compare?name={CONTACT}&b=mine")
    assert "one of them can't be read" in page
    assert "Line 1" in page

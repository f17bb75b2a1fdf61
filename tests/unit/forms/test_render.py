"""What the server draws: complete, escaped, without anything the policy forbids."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forms import Form, load
from engine.forms.formulas import Formula
from engine.model.text import text
from engine.web.formrender import Attached, formatted, render, summary
from engine.web.formwhen import when
from tests.unit.forms.conftest import NOW, made

Make = Callable[..., Form]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
TEXT = {"type": "textfield"}
RADIO = {
    "type": "radio",
    "key": "kin",
    "values": [{"value": "yes", "label": "Бар"}, {"value": "no", "label": "Жоқ"}],
}


class Page(HTMLParser):
    """Reads tags, attributes and ids; tags must be closed in order."""

    VOID = frozenset({"input", "br", "use"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def find(self, **wanted: str) -> list[tuple[str, dict[str, str | None]]]:
        return [
            (tag, attrs)
            for tag, attrs in self.tags
            if all(attrs.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


def innocent(html: str) -> Page:
    page = Page(html)
    for tag, attrs in page.tags:
        assert tag not in {"script", "style", "img", "iframe"}
        assert not {name for name in attrs if name == "style" or name.startswith("on")}
    return page


def test_nothing_typed_or_written_is_taken_for_markup() -> None:
    component = TEXT | {"key": "x", "label": HOSTILE, "description": HOSTILE}
    words = {"type": "text", "text": f"# {HOSTILE}\n\n- {HOSTILE}\n\n**{HOSTILE}**"}
    form = load(made(component, words, {"type": "filepicker", "key": "f", "label": HOSTILE}))
    errors = {"x": (text("{words}", words=HOSTILE),), "nowhere": (text("Fill this in"),)}
    files = [Attached(id=HOSTILE, name=HOSTILE, detail=HOSTILE, href="/f")]
    values = {"x": HOSTILE, "f": [HOSTILE]}
    for readonly in (False, True):
        html = render(
            form,
            values,
            errors,
            "kk",
            documents=files,
            readonly=readonly,
            remarks={"x": [HOSTILE]},
            before={"x": HOSTILE + "1"},
        )
        page = innocent(html)
        assert "<script" not in html
    assert innocent(summary(form, errors, "kk"))
    assert page.find(id="f-x")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "birth", "kin", "topics", "members", "scans", "contact", "income"]
        ),
        st.one_of(
            st.text(max_size=20),
            st.integers(),
            st.booleans(),
            st.none(),
            st.lists(st.text(max_size=5), max_size=3),
            st.lists(
                st.dictionaries(st.sampled_from(["name", "age", "_was"]), st.text(max_size=4)),
                max_size=3,
            ),
            st.dictionaries(st.sampled_from(["phone", "visit"]), st.text(max_size=9)),
        ),
    )
)
def test_whatever_was_typed_is_drawn_again(family: Form, values: dict[str, object]) -> None:
    errors = family.check(values, now=NOW).errors
    page = innocent(render(family, values, errors, "ru", now=NOW))
    told = innocent(summary(family, errors, "ru"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {(attrs.get("href") or "")[1:] for tag, attrs in told.tags if tag == "a"}
    assert targets <= set(ids), "every error leads to its question"
    for _, attrs in page.tags:
        for name in ("aria-describedby", "for"):
            assert set((attrs.get(name) or "").split()) <= set(ids)


def test_a_question_that_an_answer_brings_up_stands_below_that_answer(form: Make) -> None:
    made = form(RADIO, TEXT | {"key": "why", "conditional": {"hide": '=kin != "yes"'}})
    html = render(made, {"kin": "no"}, {}, "kk")
    assert re.search(
        r'value="yes".*?class="reveal"[^>]* hidden.*?name="why".*?value="no"', html, re.S
    )
    shown = render(made, {"kin": "yes"}, {"why": (text("Fill this in"),)}, "kk")
    assert re.search(r'<fieldset class="q err".*?class="reveal" data-when', shown, re.S)


def test_a_question_is_not_lost_when_its_radio_may_not_be_changed(form: Make) -> None:
    follower = TEXT | {"key": "why", "conditional": {"hide": '=kin != "yes"'}}
    made = form(RADIO | {"readonly": True}, follower)
    page = innocent(render(made, {}, {}, "kk", context={"kin": "yes"}))
    [(_, control)] = page.find(name="why")
    [(_, box)] = [one for one in page.tags if one[1].get("data-cond") == "why"]
    assert control["id"] == "f-why"
    assert "hidden" not in box
    assert "data-when" not in box, "the browser has no answer to look at; the server decides"


def test_readonly_values_are_the_servers_and_have_no_control(form: Make) -> None:
    made = form(TEXT | {"key": "case", "readonly": True})
    page = render(made, {"case": "forged"}, {}, "kk", context={"case": "Қ-26-00417"})
    assert "Қ-26-00417" in page
    assert "forged" not in page
    assert not innocent(page).find(name="case")


def test_a_list_of_what_is_known_is_a_table(form: Make) -> None:
    inner = [TEXT | {"id": "n", "key": "name", "readonly": True, "label": "Аты"}]
    listed = {"type": "dynamiclist", "path": "rows", "isRepeating": True, "allowAddRemove": False}
    made = form(listed | {"label": "Отбасы", "components": inner})
    page = render(made, {}, {}, "kk", context={"rows": [{"name": "Маржан"}]})
    assert "<table" in page
    assert "Маржан" in page
    assert "_add:" not in page


def test_dates_and_numbers_are_said_as_people_write_them(family: Form) -> None:
    values = {
        "birth": "1986-05-02",
        "income": 1250000.5,
        "contact": {"visit": "2026-12-01T09:30+05:00"},
    }
    page = render(family, values, {}, "kk")
    for said in ('value="02.05.1986"', 'value="1250000,5"', 'value="01.12.2026"', 'value="09:30"'):
        assert said in page
    readonly = render(family, values, {}, "kk", readonly=True)
    assert "1\N{NO-BREAK SPACE}250\N{NO-BREAK SPACE}000,5 теңге" in readonly
    assert "01.12.2026 09:30" in readonly
    assert "<input" not in readonly
    assert "<button" not in readonly


@pytest.mark.parametrize(
    ("language", "label", "choose"),
    [
        ("kk", "Қоныстандыру өңірі", "Таңдаңыз"),
        ("ru", "Регион расселения", "Выберите"),
        ("en", "Region of settlement", "Choose"),
    ],
)
def test_a_form_speaks_three_languages(
    family: Form, language: str, label: str, choose: str
) -> None:
    regions = [{"value": "59", "label": "СҚО", "label:ru": "СКО"}]
    page = render(family, {"region": "59"}, {}, language, context={"regions": regions})
    assert label in page
    assert choose in page
    assert ("СКО" if language == "ru" else "СҚО") in page
    told = summary(family, {"members.1.iin": (text("An IIN has 12 digits"),)}, language)
    row = {"kk": "Отбасы мүшесі 2, ЖСН", "ru": "Член семьи 2, ИИН", "en": "Family member 2, IIN"}
    assert row[language] in told


def test_a_text_component_knows_little_markup() -> None:
    html = formatted("# Бас\n\nбір **екі**\nүш\n\n- а\n- ә")
    assert (
        html == '<h3>Бас</h3><p>бір <b>екі</b><br>үш</p><ul class="dots"><li>а</li><li>ә</li></ul>'
    )


def test_without_errors_there_is_no_summary(family: Form) -> None:
    assert summary(family, {}, "kk") == ""


@pytest.mark.parametrize(
    ("source", "prefix", "told"),
    [
        ('kin != "yes"', "", '{"all": [["kin", "!=", "yes"]]}'),
        ('kin = "a" or ill = true', "", '{"any": [["kin", "=", "a"], ["ill", "=", "true"]]}'),
        (
            "this.kin = null and ill = false",
            "rows.0.",
            '{"all": [["rows.0.kin", "=", ""], ["ill", "=", "false"]]}',
        ),
        ('kin = "a" and ill = true or kin = "b"', "", ""),
        ('name = "x"', "", ""),
        ('this.kin = "x"', "", ""),
        ("count(rows) > 1", "", ""),
        ('not(kin = "a")', "", ""),
        ('kin = "a or b"', "", ""),
    ],
)
def test_the_browser_gets_only_conditions_it_can_evaluate(
    source: str, prefix: str, told: str
) -> None:
    asked = {"kin", "ill", "rows.0.kin"}
    assert when(Formula(source), prefix, asked) == told

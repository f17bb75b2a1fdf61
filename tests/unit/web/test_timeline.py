"""A history as people tell it: echoes left out, returns called returns, days headed."""

from dataclasses import replace
from datetime import datetime, timedelta

from engine.services.views import CommentView, HistoryRow
from engine.web import timeline
from tests.conftest import NOW


def row(number: int, what: str, element: str = "check", kind: str = "userTask") -> HistoryRow:
    return HistoryRow(
        number=number,
        at=at(number),
        what=what,
        element=element,
        kind=kind,
        names={"kk": "Сауалнаманы тексеру", "ru": "Проверить анкету"} if element else {},
        by="person",
        who="Байжанова Сәуле",
    )


def at(number: int) -> datetime:
    return NOW - timedelta(minutes=100 - number)


def remark(number: int) -> CommentView:
    return CommentView(
        id="c",
        kind="remark",
        body="Тегі қате",
        field="name",
        element="check",
        round=1,
        who="Байжанова Сәуле",
        at=at(number),
    )


def told(rows: list[HistoryRow], comments: list[CommentView]) -> list[str]:
    days = timeline.draw(timeline.story(rows, comments), "kk", NOW)
    return [f"{one.title}: {one.words}" for day in days for one in day.moments]


def test_a_completed_step_is_told_once_and_an_open_one_in_full() -> None:
    rows = [
        row(9, "claimed"),
        row(8, "entered"),
        row(7, "completed"),
        row(6, "claimed"),
        row(5, "entered"),
        row(1, "started", element=""),
    ]
    assert told(rows, []) == [
        "Сауалнаманы тексеру: қабылданды · Байжанова Сәуле",
        "Сауалнаманы тексеру: келіп түсті",
        "Сауалнаманы тексеру: аяқталды · Байжанова Сәуле",
        "Іс басталды: Байжанова Сәуле",
    ]


def test_a_signature_stands_for_its_completion() -> None:
    rows = [row(8, "signed"), row(7, "completed"), row(6, "entered")]
    assert told(rows, []) == ["Сауалнаманы тексеру: қол қойылды · Байжанова Сәуле"]


def test_a_completion_with_remarks_is_a_return() -> None:
    rows = [row(8, "commented"), row(7, "completed"), row(6, "entered")]
    assert told(rows, [remark(7)]) == [
        "Сауалнаманы тексеру: пысықтауға қайтарылды · Байжанова Сәуле · «Тегі қате»"
    ]
    days = timeline.draw(timeline.story(rows, [remark(7)]), "kk", NOW)
    assert days[0].moments[0].mark == "ret"


def test_the_engines_inner_moves_are_not_told() -> None:
    rows = [
        row(9, "left", "fork", "exclusiveGateway"),
        row(8, "entered", "fork", "exclusiveGateway"),
        row(7, "left", "mail", "serviceTask"),
        row(6, "entered", "mail", "serviceTask"),
    ]
    assert len(told(rows, [])) == 1


def test_days_are_headed_and_split_at_midnight_here() -> None:
    rows = [row(50, "completed", "a"), row(1, "started", "")]
    yesterday = HistoryRow(**{**vars(rows[1]), "at": NOW - timedelta(days=1)})
    days = timeline.draw([rows[0], yesterday], "kk", NOW)
    assert [day.title for day in days] == ["Бүгін, ср, 25 қар.", "Сс, 24 қар."]


def test_a_timer_that_was_not_needed_any_more_is_not_told() -> None:
    rows = [
        row(3, "cancelled", element="late", kind="boundaryEvent"),
        row(2, "cancelled"),
        row(1, "left", element="late", kind="boundaryEvent"),
    ]
    assert told(rows, []) == [
        "Сауалнаманы тексеру: кері алынды · Байжанова Сәуле",
        "Сауалнаманы тексеру: орындалды",
    ]


def test_a_reason_that_is_a_sentence_of_ours_is_said_in_the_readers_language() -> None:
    voided = row(1, "voided", element="")
    (free,) = told([replace(voided, detail={"reason": "қате"})], [])
    (ours,) = told([replace(voided, detail={"reason": "under way"})], [])
    assert free == "Қолтаңбалардың күші жойылды: Байжанова Сәуле · «қате»"
    assert "under way" not in ours


def test_what_an_administrator_did_to_the_whole_case_is_told_with_the_reason() -> None:
    rows = [
        replace(row(3, "cancelled", element="", kind=""), detail={"reason": "екі рет енгізілген"}),
        replace(row(2, "active", element="", kind=""), detail={"reason": "шешім келді"}),
        replace(row(1, "suspended", element="", kind=""), detail={}),
        row(0, "cancelled", element="late", kind="boundaryEvent"),
    ]
    assert told(rows, []) == [
        "Іс тоқтатылды: Байжанова Сәуле · «екі рет енгізілген»",
        "Іс қайта жалғастырылды: Байжанова Сәуле · «шешім келді»",
        "Іс уақытша тоқтатылды: Байжанова Сәуле",
    ]

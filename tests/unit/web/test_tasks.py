"""The work itself over the pages, without scripts: claim, type, send, return, conflicts, files."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.services import documents, instances, tasks
from engine.services.views import Box, InboxQuery
from engine.store.tables import user_task
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def revision(page: str) -> str:
    return str(re.search(r'name="_revision" value="(\d+)"', page)[1])  # type: ignore[index]


def claim(someone: Person, task: str) -> str:
    answer = someone.post(f"/inbox/tasks/{task}/claim")
    assert answer.status_code == 303
    return someone.get(f"/tasks/{task}").text


def send(someone: Person, task: str, **fields: str) -> object:
    page = someone.get(f"/tasks/{task}").text
    return someone.post(f"/tasks/{task}", {"_revision": revision(page), "_act": "send", **fields})


def checks(office: Office) -> list[str]:
    return office.open_tasks("saule")


def to_check(person: Enter, office: Office, task: str) -> str:
    clerk = person("aigul")
    claim(clerk, task)
    before = set(checks(office))
    assert send(clerk, task, name="Төлеухан Ардақ").status_code == 303  # type: ignore[attr-defined]
    (new,) = set(checks(office)) - before
    return new


def test_from_claim_to_the_next_office(person: Enter, office: Office, task_ids: list[str]) -> None:
    clerk, task = person("aigul"), task_ids[0]
    assert "Орындауға қабылдау" in clerk.get(f"/tasks/{task}").text
    page = claim(clerk, task)
    assert "Аяқтап, жіберу" in page
    answer = send(clerk, task, name="Төлеухан Ардақ", iin="")
    assert answer.location == "/inbox/"  # type: ignore[attr-defined]
    assert "Т-26-00001: қадам орындалды." in clerk.get("/inbox/").text
    done = clerk.get(f"/tasks/{task}").text
    assert "Бұл тапсырма орындалған" in done
    assert 'id="form"' not in done, "there is nothing to fill in any more"
    assert 'name="name"' not in done
    assert re.search(r'<dt>Аты-жөні</dt><dd id="f-name">Төлеухан Ардақ</dd>', done)
    assert len(checks(office)) == 1


def test_errors_stand_at_their_fields_and_on_top(person: Enter, task_ids: list[str]) -> None:
    clerk, task = person("aigul"), task_ids[0]
    claim(clerk, task)
    answer = send(clerk, task, name="", iin="860502304418")
    assert answer.status_code == 400  # type: ignore[attr-defined]
    text = answer.text  # type: ignore[attr-defined]
    assert text.count('href="#f-') == 2
    assert "Іс жіберілген жоқ, қол қойылған жоқ. Енгізгеніңіз сақтаулы." in text
    assert 'value="860502304418"' in text
    assert text.count('aria-invalid="true"') >= 2
    assert "Қате: " in text
    assert 'value="860502304418"' in clerk.get(f"/tasks/{task}").text, "kept as a draft too"


def test_the_way_back_needs_a_remark_and_carries_it(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    task = to_check(person, office, task_ids[0])
    head = person("saule")
    page = claim(head, task)
    assert "Пысықтауға қайтару" in page
    assert "Ескертулер" not in page
    asked = head.post(
        f"/tasks/{task}", {"_revision": revision(page), "_act": "ask-return", "note": "қаралды"}
    )
    assert asked.location == f"/tasks/{task}?act=return#f-remarks"
    form = head.get(f"/tasks/{task}?act=return").text
    assert 'name="decision" value="return"' in form
    assert 'value="қаралды"' in form
    assert 'name="remarks.0.text"' in form
    empty = head.post(
        f"/tasks/{task}", {"_revision": revision(form), "_act": "return", "note": "қаралды"}
    )
    assert empty.status_code == 400
    assert "Кемінде бір ескерту жазыңыз" in empty.text
    sent = head.post(
        f"/tasks/{task}",
        {
            "_revision": revision(empty.text),
            "_act": "return",
            "note": "қаралды",
            "remarks.0.field": "name",
            "remarks.0.text": "Тегі қате жазылған",
        },
    )
    assert sent.status_code == 303, sent.text
    back = set(office.open_tasks()) - set(task_ids)
    page = claim(person("aigul"), back.pop())
    assert page.count("Тегі қате жазылған") >= 2, "beside the form and at its field"


def test_sending_on_forgets_remarks_that_were_begun(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    task = to_check(person, office, task_ids[0])
    head = person("saule")
    page = claim(head, task)
    kept = head.post(
        f"/tasks/{task}",
        {
            "_revision": revision(page),
            "_act": "no-return",
            "note": "дұрыс",
            "remarks.0.field": "name",
            "remarks.0.text": "бекер",
        },
    )
    assert kept.location == f"/tasks/{task}"
    assert send(head, task, note="дұрыс").status_code == 303  # type: ignore[attr-defined]
    case = head.get(f"/tasks/{task}").text
    assert "бекер" not in case


def test_the_second_is_told_who_has_it_and_keeps_what_was_typed(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, other, task = person("aigul"), person("bolat"), task_ids[0]
    page = claim(clerk, task)
    with office.database.begin() as uow:
        tasks.assign(
            uow, office.context, office.actor("bolat"), [task], office.actor("bolat").account
        )
        uow.commit()
    answer = clerk.post(
        f"/tasks/{task}", {"_revision": revision(page), "_act": "send", "name": "Менің мәтінім"}
    )
    assert answer.status_code == 409
    assert "Ахметжан Болат" in answer.text
    assert "Менің мәтінім" in answer.text
    assert "Менің мәтінім" not in other.get(f"/tasks/{task}").text
    assert clerk.post(f"/inbox/tasks/{task}/claim").status_code == 409


def test_a_form_from_another_window_can_be_sent_after_a_look(
    person: Enter, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    old = revision(claim(clerk, task))
    clerk.post(f"/tasks/{task}/draft", {"_revision": old, "name": "бірінші терезе"})
    answer = clerk.post(
        f"/tasks/{task}", {"_revision": old, "_act": "send", "name": "екінші терезе"}
    )
    assert answer.status_code == 400
    assert "екінші терезе" in answer.text
    again = clerk.post(
        f"/tasks/{task}",
        {"_revision": revision(answer.text), "_act": "send", "name": "екінші терезе"},
    )
    assert again.status_code == 303


def test_the_same_form_twice_is_one_step(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    form = {"_revision": revision(claim(clerk, task)), "_act": "send", "name": "Төлеухан"}
    assert clerk.post(f"/tasks/{task}", form).status_code == 303
    assert clerk.post(f"/tasks/{task}", form).status_code == 303
    assert len(checks(office)) == 1


def test_a_form_with_an_old_token_comes_back_with_what_was_typed(
    person: Enter, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    page = claim(clerk, task)
    form = {"csrf_token": "of another session", "_revision": revision(page), "name": "сақталсын"}
    answer = clerk.client.post(f"/tasks/{task}", data=form)
    assert answer.status_code == 400
    assert "сақталсын" in answer.text
    assert "Бұл бет тым ұзақ ашық тұрды" in answer.text


@pytest.mark.parametrize("junk", ["-1", "999999999999999999999", "x", ""])
def test_a_strange_revision_is_no_crash(person: Enter, task_ids: list[str], junk: str) -> None:
    clerk, task = person("aigul"), task_ids[0]
    claim(clerk, task)
    answer = clerk.post(f"/tasks/{task}", {"_revision": junk, "_act": "send", "name": "Төлеухан"})
    assert answer.status_code in {303, 400}


def test_drafts_answer_with_revision_and_time(person: Enter, task_ids: list[str]) -> None:
    clerk, task = person("aigul"), task_ids[0]
    first = revision(claim(clerk, task))
    answer = clerk.post(f"/tasks/{task}/draft", {"_revision": first, "name": "Төл"})
    assert answer.json == {
        "revision": int(first) + 1,
        "hidden": [],
        "saved": "Жоба 14:32-де сақталды",
    }
    late = clerk.post(f"/tasks/{task}/draft", {"_revision": first, "name": "Т"})
    assert late.status_code == 409
    assert late.json["error"]  # type: ignore[index]


def test_a_file_is_kept_at_once_and_can_be_looked_at(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    claim(clerk, task)
    file = {"file": (io.BytesIO(PDF), "Куәлік №1.pdf"), "field": "scans"}
    kept = clerk.post(f"/tasks/{task}/files", file)
    assert kept.status_code == 200, kept.text
    about = kept.json
    assert about["name"] == "Куәлік №1.pdf"  # type: ignore[index]
    shown = clerk.get(about["href"])  # type: ignore[index]
    assert shown.data == PDF
    assert shown.headers["Content-Type"] == "application/pdf"
    assert shown.headers["Content-Disposition"].startswith("inline; filename=")
    assert "script-src 'none'" in shown.headers["Content-Security-Policy"]
    saved = clerk.get(about["href"] + "?save=1")  # type: ignore[index]
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    assert person("stranger").get(about["href"]).status_code == 404  # type: ignore[index]
    page = clerk.get(f"/tasks/{task}").text
    sent = send(clerk, task, name="Төлеухан", scans=about["id"])  # type: ignore[index]
    assert "Куәлік №1.pdf" in page
    assert sent.status_code == 303  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("virus.exe", b"MZ\x90\x00"),
        ("page.html", b"<script>alert(1)</script>"),
        ("scan.pdf", b"MZ"),
    ],
)
def test_a_file_of_another_kind_is_refused_whatever_it_is_called(
    person: Enter, task_ids: list[str], name: str, data: bytes
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    claim(clerk, task)
    answer = clerk.post(
        f"/tasks/{task}/files", {"file": (io.BytesIO(data), name), "field": "scans"}
    )
    assert answer.status_code == 400
    assert answer.json["error"]  # type: ignore[index]


def test_without_scripts_a_file_comes_with_the_form(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    page = claim(clerk, task)
    answer = clerk.post(
        f"/tasks/{task}",
        {
            "_revision": revision(page),
            "_upload": "scans",
            "name": "жазылған",
            "_file:scans": (io.BytesIO(PDF), "скан.pdf"),
        },
    )
    assert answer.status_code == 303, answer.text
    page = clerk.get(f"/tasks/{task}").text
    assert 'value="жазылған"' in page
    assert "скан.pdf" in page
    with office.database.reading() as uow:
        view = tasks.look(uow, office.context, office.actor("aigul"), task)
        assert [one.name for one in view.documents] == ["скан.pdf"]
        assert documents.read(uow, office.context, office.actor("aigul"), view.documents[0].id)


def test_many_tasks_are_claimed_at_once(person: Enter, office: Office, task_ids: list[str]) -> None:
    claim(person("bolat"), task_ids[0])
    answer = person("aigul").post("/inbox/tasks/claim-many", {"task": task_ids})
    assert answer.status_code == 303
    with office.database.reading() as uow:
        mine = tasks.inbox(uow, office.context, office.actor("aigul"), InboxQuery(box=Box.MINE))
    assert {row.task_id for row in mine.rows} == set(task_ids[1:])


def test_the_next_free_task_is_claimed(person: Enter, task_ids: list[str]) -> None:
    clerk = person("aigul")
    seen = {clerk.post("/inbox/tasks/claim-next").location for _ in task_ids}
    assert seen == {f"/tasks/{task}" for task in task_ids}
    clerk.post("/inbox/tasks/claim-next")
    assert "Қазір сізге арналған бос тапсырма жоқ." in clerk.get("/inbox/").text


def test_a_task_goes_back_to_the_queue_with_its_draft(person: Enter, task_ids: list[str]) -> None:
    clerk, task = person("aigul"), task_ids[0]
    first = revision(claim(clerk, task))
    clerk.post(f"/tasks/{task}/draft", {"_revision": first, "name": "жарты жол"})
    assert clerk.post(f"/inbox/tasks/{task}/release").status_code == 303
    assert 'value="жарты жол"' in claim(person("bolat"), task)


def test_the_head_moves_work_between_people(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    claim(person("aigul"), task_ids[0])
    head = person("bolat")
    page = head.get("/office/").text
    assert page.count('name="task"') == 3
    assert "Сейтова Айгүл" in page
    moved = head.post("/office/assign", {"task": task_ids, "to": office.actor("bolat").account})
    assert moved.status_code == 303
    assert head.post("/office/assign", {"task": task_ids[:1], "to": "free"}).status_code == 303
    assert head.post("/office/assign", {"task": task_ids, "to": ""}).status_code == 400
    assert head.post("/office/assign", {"to": "free"}).status_code == 400
    with office.database.reading() as uow:
        mine = tasks.inbox(uow, office.context, office.actor("bolat"), InboxQuery(box=Box.MINE))
    assert {row.task_id for row in mine.rows} == set(task_ids[1:])
    assert person("aigul").get("/office/").status_code == 403


def test_comments_are_written_with_and_without_scripts(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk = person("aigul")
    with office.database.reading() as uow:
        case = tasks.look(uow, office.context, office.actor("aigul"), task_ids[0]).instance_id
    plain = clerk.post(f"/cases/{case}/comments", {"body": "Бірінші <b>"})
    assert plain.location == f"/cases/{case}#comments"
    part = clerk.post(f"/cases/{case}/comments", {"body": "Екінші"}, headers={"HX-Request": "true"})
    assert "Бірінші &lt;b&gt;" in part.text
    assert "Екінші" in part.text
    assert clerk.post(f"/cases/{case}/comments", {"body": "  "}).status_code == 400


def test_pages_of_the_list_go_on_where_the_last_ended(person: Enter, office: Office) -> None:
    for number in range(4, 9):
        office.start(f"Т-26-{number:05}")
    clerk, seen, address = person("aigul"), [], "/inbox/?size=3"
    while address:
        page = clerk.get(address).text
        seen += re.findall(r'data-task="([^"]+)"', page)
        more = re.search(r'class="more-z" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    "query",
    ["box=nonsense", "size=-4", "size=9999", "after=%00%ff", "due=xx&sort=yy", "q=" + "ж" * 500],
)
def test_strange_addresses_show_a_list(person: Enter, query: str) -> None:
    assert person("aigul").get(f"/inbox/?{query}").status_code in {200, 400}


def test_bulk_acts_ask_for_permission_like_single_ones(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    stranger = person("stranger")
    assert stranger.post("/inbox/tasks/claim-many", {"task": task_ids}).status_code in {303, 404}
    assert stranger.post("/office/assign", {"task": task_ids, "to": "free"}).status_code == 403
    head_of_one = person("bolat")
    foreign = to_check(person, office, task_ids[0])
    account = office.actor("bolat").account
    answer = head_of_one.post("/office/assign", {"task": [task_ids[1], foreign], "to": account})
    assert answer.status_code in {403, 404}, "all or none"
    with office.database.reading() as uow:
        free = [uow.tasks.find(one)[0] for one in (task_ids[1], task_ids[2], foreign)]
    assert not any(row.assignee for row in free)


def test_a_finished_task_shows_what_was_sent_in_each_round(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, first = person("aigul"), task_ids[0]
    check = to_check(person, office, first)
    head = person("saule")
    claim(head, check)
    back = head.post(
        f"/tasks/{check}",
        {
            "_revision": revision(head.get(f"/tasks/{check}?act=return").text),
            "_act": "return",
            "note": "қаралды",
            "remarks.0.field": "name",
            "remarks.0.text": "Тегі\nқате",
        },
    )
    assert back.status_code == 303
    (second,) = set(office.open_tasks()) - set(task_ids)
    claim(clerk, second)
    assert send(clerk, second, name="Төлеухан Ардақ Ерланұлы").status_code == 303  # type: ignore[attr-defined]
    told = {task: clerk.get(f"/tasks/{task}").text for task in (first, second)}
    assert '<dd id="f-name">Төлеухан Ардақ</dd>' in told[first]
    assert '<dd id="f-name">Төлеухан Ардақ Ерланұлы</dd>' in told[second]
    for task, other in ((first, second), (second, first)):
        assert f'href="/tasks/{other}"' in told[task], "the history leads to the other round"
        assert f'href="/tasks/{task}"' not in told[task], "a page does not lead to itself"
        assert f'href="/tasks/{check}"' not in told[task], "nor to what another office sent"
        assert "sample_request v1" in told[task]
    sent = head.get(f"/tasks/{check}").text
    assert "Қайтару" in sent
    assert "Тегі\nқате" in sent
    assert 'name="note"' not in sent


def test_what_was_sent_is_shown_in_the_readers_language(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    to_check(person, office, task_ids[0])
    clerk = person("aigul")
    for language, words in (
        ("kk", ("Не жіберілді", "Аты-жөні", "Процесс моделі")),
        ("ru", ("Что было отправлено", "Фамилия, имя", "Модель процесса")),
        ("en", ("What was sent", "Full name", "Model of the process")),
    ):
        clerk.speak(language)
        found = clerk.get(f"/tasks/{task_ids[0]}").text
        assert all(word in found for word in words), language


def test_a_task_completed_before_it_was_kept_says_so(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    to_check(person, office, task_ids[0])
    with office.database.begin() as uow:
        uow.execute(sa.update(user_task).where(user_task.c.id == task_ids[0]).values(sent=None))
        uow.commit()
    found = person("aigul").get(f"/tasks/{task_ids[0]}").text
    assert "Бұл қадам орындалған кезде жіберілген мәліметтер әлі сақталмайтын." in found
    assert 'id="f-name"' not in found
    assert "Сейтова Айгүл" in found


def test_a_withdrawn_task_says_that_nobody_completed_it(
    person: Enter, office: Office, task_ids: list[str]
) -> None:
    clerk, task = person("aigul"), task_ids[0]
    claim(clerk, task)
    with office.database.begin() as uow:
        case = uow.tasks.find(task)[0].instance_id  # type: ignore[index]
        instances.cancel(uow, office.context, office.actor("root"), case, "бекер")
        uow.commit()
    found = clerk.get(f"/tasks/{task}").text
    assert "Кері алынған" in found
    assert "Бұл тапсырма орындалған" not in found
    assert 'id="f-name"' not in found

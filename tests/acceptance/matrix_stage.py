"""Three plans with a word of its own in every kind of data, for who may see what (S-7.3).

- ``whole``: a family of four at ``fsc.47.1``, with a measure at education (for the daughter), at
  social protection and internal affairs (for the mother), and one that employment gave away and
  health has now.
- ``moved``: a family that went from ``fsc.47.1`` to ``fsc.61.1`` with an open measure.
- ``typed``: an intake with risks in its draft, not sent yet.
- the third quarter of both centres: ``fsc.47.1`` has sent its conclusion, ``fsc.61.1`` has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.demo import SCAN
from engine.forms.intake import WAS
from engine.model.people import ANALYST, SYSTEM, Candidate
from engine.model.substitution import local_day
from engine.services import accounts, comments, documents, substitutions, tasks
from engine.services.wishes import Wish
from handlers.people import records as people
from handlers.people.iin import FEMALE
from handlers.registries.sandbox.families import make_iin
from handlers.support import cases, offices, quarters
from tests.acceptance.kandas_stage import PASSWORD
from tests.acceptance.support_stage import DAUGHTER, MOTHER, Play, intake, person

GRANDMOTHER = make_iin(date(1960, 3, 3), FEMALE, 8111)
MOVED = make_iin(date(1990, 5, 5), FEMALE, 8112)
CENTRE, NEW = offices.centre("47"), offices.centre("61")
#: Who looks besides those whom the stage hires.
SUBSTITUTE, SCHOLAR, NOBODY = "fsc.47.1-3", "analyst", "nobody"
QUARTER = quarters.parse("2026-3")
MONITORING = datetime(2026, 10, 15, 10, tzinfo=UTC)


@dataclass(kw_only=True)
class World:
    """Where what is."""

    #: The stage it was played on.
    play: Play
    #: Number of the plan that stays.
    whole: str = ""
    #: Number of the plan that moves.
    moved: str = ""
    #: Number of a plan whose intake is being typed.
    typed: str = ""
    #: Ids of answers.
    answers: list[str] = field(default_factory=list)


def built(play: Play) -> World:
    """Play all of it."""
    world = World(play=play)
    _hire(play)
    world.whole = _whole(world)
    world.moved = _moved(world)
    world.typed = _typed(play)
    _quarters(play)
    return world


def _hire(play: Play) -> None:
    more = {
        SUBSTITUTE: (Candidate(offices.SPECIALIST, CENTRE),),
        SCHOLAR: (Candidate(ANALYST, "mlsp"),),
        NOBODY: (),
    }
    with play.begin() as uow:
        for place, (login, held) in enumerate(more.items()):
            play.logins[login] = accounts.create(
                uow,
                play.ctx,
                SYSTEM,
                login=login,
                password=PASSWORD,
                name=f"Somebody {login}",
                iin=make_iin(date(1981, 1, 1), FEMALE, 8150 + place),
                memberships=held,
            )
        day = local_day(play.ctx.now())
        wish = Wish(
            organisation=CENTRE,
            absent=play.logins[f"{CENTRE}-head"],
            substitute=play.logins[SUBSTITUTE],
            first=day,
            last=day + timedelta(days=60),
        )
        substitutions.create(uow, play.ctx, SYSTEM, wish)
        uow.commit()


def _risks(word: str) -> dict[str, object]:
    return {"risks": ["victimisation"], "risk_level": "high", "risk_note": word}


def _whole(world: World) -> str:
    play, lead = world.play, f"{CENTRE}-1"
    case = play.open(CENTRE)
    number = case.number
    members = [
        person("Сәрсен", "Ақбөпе", DAUGHTER, "2016-04-12", relationship="child")
        | _risks("zqriskdaughter"),
        person("Сәрсенова", "Балқия", GRANDMOTHER, "1960-03-03", relationship="parent")
        | _risks("zqriskgrandmother"),
    ]
    values = intake(
        **person("Сәрсен", "Қызғалдақ", MOTHER, "1992-11-30"),
        email="zqmail@example.kz",
        address="zqaddress 5",
        members=members,
        situation="zqsituation",
        **_risks("zqriskmother"),
    )
    play.work(number, "intake", values, login=lead)
    _answers(world, number)
    _draw_up(play, number, lead, "returned")
    play.work(number, "approval", {"decision": "return", "remark": "zqremark"})
    _draw_up(play, number, lead, "drawn up")
    play.work(number, "approval", {"decision": "approve"}, login=f"{CENTRE}-head")
    _done(play, f"{number}/1")
    _asked(play, f"{number}/2")
    _reported(play, f"{number}/3", "3")
    _transferred(play, f"{number}/4")
    _amended(play, number, lead)
    _commented(play, number, lead, "zqplancomment")
    _filed(play, number, lead, "zqplanfile")
    return number


def _answers(world: World, number: str) -> None:
    """Keep an answer that the centre sees, and a restricted one."""
    now = world.play.ctx.now()
    with world.play.begin() as uow:
        for system, word, closed in (
            ("unified_system", "zqanswerplain", False),
            ("probation", "zqanswerclosed", True),
        ):
            world.answers.append(
                people.save_answer(
                    uow.session,
                    case_number=number,
                    person_id=None,
                    system=system,
                    outcome="found",
                    source="sandbox",
                    request="{}",
                    response=f'{{"said": "{word}"}}',
                    asked_at=now,
                    answered_at=now,
                    restricted=closed,
                )
            )
        uow.commit()


def _draw_up(play: Play, number: str, lead: str, said: str) -> None:
    known = play.shown(number, "plan")["people"]
    mother, daughter = known[0]["value"], known[1]["value"]
    again = bool(play.shown(number, "plan")["measures"])
    rows = [
        ("education", "1", daughter),
        ("social", "2", mother),
        ("interior", "3", mother),
        ("employment", "4", mother),
    ]
    measures = [
        {
            **({WAS: int(place) - 1} if again else {}),
            "body": offices.body(body, "47"),
            "title": f"zqtitle{place}",
            "expected": f"zqexpected{place} {said}",
            "term": "2026-10-05",
            "person": whom,
        }
        for body, place, whom in rows
    ]
    values = {
        "decision": "submit",
        "aims": ["adaptation"],
        "measures": measures,
        "involved": True,
    }
    play.work(number, "plan", values, login=lead)


def _done(play: Play, number: str) -> None:
    """Education: reported with a document, returned, reported again, done."""
    play.work(number, "acceptance", {"decision": "accept"})
    _report(play, number, "1", "first")
    play.work(number, "review", {"decision": "return", "reason": "zqreview1"})
    _report(play, number, "1", "second")
    play.work(number, "review", {"decision": "accept", "note": "fine"})
    _commented(play, number, "sb.education.47", "zqcomment1")


def _report(play: Play, number: str, word: str, said: str) -> None:
    task = play.open_task(play.instance(number), "work")
    actor = play.claim(task)
    scan = play.scan(actor, task.id, "documents", f"zqfile{word}")
    play.work(
        number,
        "work",
        {
            "decision": "report",
            "said": f"zqsaid{word} {said}",
            "documents": [scan],
            "risks": f"zqreported{word}",
        },
    )


def _asked(play: Play, number: str) -> None:
    """Social protection: asked, answered, a draft with a file on the desk."""
    play.work(number, "acceptance", {"decision": "ask", "asked": "zqasked2"})
    play.work(number, "answer", {"said": "zqanswered2"})
    play.work(number, "acceptance", {"decision": "accept"})
    task = play.open_task(play.instance(number), "work")
    actor = play.claim(task)
    play.scan(actor, task.id, "documents", "zqfile2")
    with play.begin() as uow:
        row = uow.tasks.find(task.id)[0]
        tasks.save_draft(
            uow, play.ctx, actor, task.id, {"decision": "report", "said": "zqdraft2"}, row.revision
        )
        uow.commit()


def _reported(play: Play, number: str, word: str) -> None:
    """Reported; the centre has still to look at it."""
    play.work(number, "acceptance", {"decision": "accept"})
    _report(play, number, word, "once")


def _transferred(play: Play, number: str) -> None:
    """Employment says that it is not its business; health does it."""
    play.work(number, "acceptance", {"decision": "not_ours", "reason": "zqasked4"})
    play.work(number, "transfer", {"decision": "transfer", "body": "sb.health.47"})
    _reported(play, number, "4")
    _commented(play, number, "sb.health.47", "zqcomment4")


def _amended(play: Play, number: str, lead: str) -> None:
    play.act(cases.start_amendment, lead, number)
    known = play.shown(number, "amendment")
    changes = [
        {**one, "act": "change", "expected": "zqexpected2 amended"}
        if "zqtitle2" in str(one["said"])
        else one
        for one in known["changes"]
    ]
    values = {"decision": "submit", "reason": "zqamendment", "changes": changes, "added": []}
    play.work(number, "amendment", values, login=lead)
    play.work(number, "amendment_approval", {"decision": "approve"}, login=f"{CENTRE}-head")


def _commented(play: Play, number: str, login: str, word: str) -> None:
    with play.begin() as uow:
        comments.add(uow, play.ctx, play.actor(login), play.instance(number), word)
        uow.commit()


def _filed(play: Play, number: str, login: str, word: str) -> None:
    with play.begin() as uow:
        documents.add(
            uow,
            play.ctx,
            play.actor(login),
            play.instance(number),
            name=f"{word}.pdf",
            mime="application/pdf",
            data=SCAN,
        )
        uow.commit()


def _moved(world: World) -> str:
    play, lead = world.play, f"{CENTRE}-1"
    number = play.open(CENTRE).number
    values = intake(
        **person("Сағынова", "Меруерт", MOVED, "1990-05-05"),
        address="zmaddress 1",
        members=[],
        represents="",
        situation="zmsituation",
        **_risks("zmrisk"),
    )
    play.work(number, "intake", values, login=lead)
    _one_measure(play, number, "47", lead)
    play.work(number, "approval", {"decision": "approve"}, login=f"{CENTRE}-head")
    play.work(f"{number}/1", "acceptance", {"decision": "accept"})
    _commented(play, number, lead, "zmplanbefore")
    _commented(play, f"{number}/1", "sb.culture.47", "zmbefore1")
    play.act(cases.move_family, lead, number, NEW, "zmreason")
    new = f"{NEW}-1"
    taken = {"decision": "take", "address": "zmnewaddress 2", "phone": "+77010000002", "met": True}
    play.work(number, "takeover", taken, login=new)
    _one_measure(play, number, "61", new)
    play.work(number, "approval", {"decision": "approve"}, login=f"{NEW}-head")
    play.work(f"{number}/1", "acceptance", {"decision": "accept"})
    _commented(play, number, new, "zmplanafter")
    _commented(play, f"{number}/1", "sb.culture.61", "zmafter1")
    return number


def _one_measure(play: Play, number: str, region: str, login: str) -> None:
    known: Mapping[str, Any] = play.shown(number, "plan")
    measure = {
        **({WAS: 0} if known["measures"] else {}),
        "body": offices.body("culture", region),
        "title": f"zmtitle{region}",
        "expected": "seen",
        "term": "2026-10-20",
        "person": "",
    }
    values = {"decision": "submit", "aims": ["adaptation"], "measures": [measure], "involved": True}
    play.work(number, "plan", values, login=login)


def _typed(play: Play) -> str:
    """Have an intake begun: risks stand in its draft, on a specialist's desk."""
    number = play.open(CENTRE).number
    task = play.open_task(play.instance(number), "intake")
    actor = play.claim(task, login=f"{CENTRE}-1")
    values = {
        "outcome": "open",
        "grounds": ["abuse"],
        "situation": "zdsituation",
        **_risks("zdrisk"),
    }
    with play.begin() as uow:
        row = uow.tasks.find(task.id)[0]
        tasks.save_draft(uow, play.ctx, actor, task.id, values, row.revision)
        uow.commit()
    return number


def _quarters(play: Play) -> None:
    """One centre has sent its conclusion, the other has only written it."""
    play.until(MONITORING)
    for centre, word in ((CENTRE, "zcsent"), (NEW, "zcunsent")):
        said = {
            "effect": "partly",
            "findings": f"{word}findings",
            "shortcomings": [{"said": f"{word}shortcoming"}],
            "proposals": [{"said": f"{word}proposal"}],
        }
        play.work(quarters.case_number(QUARTER, centre), "conclusion", said)
    approved = {"decision": "approve"}
    play.work(quarters.case_number(QUARTER, CENTRE), "conclusion_approval", approved)

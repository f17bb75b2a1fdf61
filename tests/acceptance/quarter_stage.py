"""Two centres with quarters behind them, and who reads them: for pages, prints and workbooks."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from engine.bootstrap import App
from engine.config import Settings
from engine.web.application import create_app
from handlers.support import offices, quarters, records
from handlers.support.quarters import Quarter
from tests.acceptance.kandas_stage import PASSWORD
from tests.acceptance.support_stage import Play
from tests.unit.support.quarter_world import THIRD, a_quarter, at

SignIn = Callable[[str], FlaskClient]
FIRST, SECOND = offices.centre("47"), offices.centre("61")
#: What somebody may type who means harm.
FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'
MARKUP = "<script>alert('74')</script>"
SAID: dict[str, object] = {
    "effect": "partly",
    "findings": "Органдар бірлесіп жұмыс істеді.\nТұрғын үй мәселесі ашық қалды.",
    "shortcomings": [{"said": "Тұрғын үй органы мерзімді өткізді"}, {"said": MARKUP}],
    "proposals": [{"said": "Мерзімді апта сайын қарау"}, {"said": FORMULA}],
}


def number(centre: str = FIRST, quarter: Quarter = THIRD) -> str:
    """Return the number of a centre's quarter."""
    return quarters.case_number(quarter, centre)


def gathered(session: Any, centre: str, quarter: Quarter) -> str:
    """Open a centre's quarter and gather its numbers."""
    region = offices.place_of(centre)
    key = number(centre, quarter)
    records.open_quarter(session, key, centre=centre, region=region, quarter=quarter)
    found = records.gather(session, centre, quarter)
    if quarter == THIRD and centre == FIRST:
        card = {"people": 2, "known": 1, "improved": 1, "worsened": 0, "unchanged": 0}
        found = records.with_changes(found, {**card, "lost": {"unemployed": 1, "own_word": 2}})
    records.save_indicators(session, key, found, at(10, 15))
    return key


def sent(session: Any, key: str, when: Any) -> None:
    """Write, approve and send a conclusion."""
    records.write_conclusion(session, key, SAID, by="Сәуле Маманова", at=when)
    records.judge_conclusion(
        session, key, approved=True, remark="", by="Ерлан Басшы", at=when + timedelta(hours=1)
    )
    records.send_conclusion(session, key, when + timedelta(hours=2))


def furnish(play: Play) -> None:
    """Play a quarter at the first centre, with two earlier ones; only the first has sent it."""
    with play.begin() as uow:
        a_quarter(uow.session)
        for quarter in (THIRD.previous, THIRD):
            for centre in (FIRST, SECOND):
                gathered(uow.session, centre, quarter)
        sent(uow.session, number(), at(10, 20))
        sent(uow.session, number(FIRST, THIRD.previous), at(7, 20))
        uow.commit()
    play.clock.set(at(10, 21))


def pages(play: Play, extension: str = "handlers.support") -> Flask:
    """Return the pages of order 74."""
    settings = Settings(
        secret_key="x" * 40,
        demo=True,
        extensions=(extension, "handlers.people", "handlers.registries"),
    )
    made = create_app(
        App(settings=settings, database=play.database, context=play.ctx, executor=play.executor)
    )
    made.testing = True
    return made


def token(page: str) -> str:
    """Return the token of a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def entrance(play: Play) -> SignIn:
    """Return what signs somebody in."""
    made = pages(play)

    def enter(login: str) -> FlaskClient:
        client = made.test_client()
        data = {"login": login, "password": PASSWORD}
        data["csrf_token"] = token(client.get("/sign-in").text)
        assert client.post("/sign-in", data=data).status_code == 302
        return client

    return enter


def speak(client: FlaskClient, language: str) -> None:
    """Choose the language of the pages."""
    data = {"code": language, "csrf_token": token(client.get("/inbox/").text)}
    assert client.post("/language", data=data).status_code in {302, 303}

"""The inbox of somebody who works at several organisations: one of them at a time."""

from collections.abc import Callable

from engine.model.people import Candidate
from engine.services import accounts
from tests.sample_office import Office
from tests.unit.web.conftest import Person

Enter = Callable[[str], Person]
SELECT = '<select name="office"'


def at_two(office: Office) -> None:
    """Have Aigul, a clerk of one office, check for another as well."""
    held = [Candidate("clerk", "cc.1"), Candidate("head", "mc.1")]
    with office.database.begin() as uow:
        account = office.actor("aigul").account
        accounts.set_memberships(uow, office.context, office.actor("root"), account, held)
        uow.commit()


def test_who_works_at_one_organisation_is_not_asked_which(person: Enter) -> None:
    assert SELECT not in person("aigul").get("/inbox/").text


def test_who_works_at_two_sees_the_work_of_either(person: Enter, office: Office) -> None:
    at_two(office)
    aigul = person("aigul")
    whole = aigul.get("/inbox/").text
    assert SELECT in whole
    for name in ("Семей мансап орталығы", "Абай еңбек мобильділігі орталығы"):
        assert name in whole
    assert whole.count('data-task="') > 0
    one = aigul.get("/inbox/?office=cc.1").text
    assert '<option value="cc.1" selected>' in one
    assert one.count('data-task="') == whole.count('data-task="')
    assert '<input type="hidden" name="office" value="cc.1">' in one, "a search keeps it"
    other = aigul.get("/inbox/?office=mc.1").text
    assert 'data-task="' not in other
    assert "Бұл сүзгілерге сай ештеңе жоқ" in other

"""What families, centres and bodies of the demo say: values of the plan cycle's forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.people.facts import MemberFacts, Relationship
from handlers.registries.sandbox.hardship import Hardship
from handlers.support import offices

Values = Mapping[str, object]
CHILDREN = (Relationship.CHILD, Relationship.CHILD_FAMILY, Relationship.ADOPTED_CHILD)
#: What the forms call a child that grows up in the family without being born into it.
WARD = "ward"
#: How a situation is described, by ground.
SITUATIONS: Mapping[str, str] = {
    "violence": "Тұрмыстық зорлық-зомбылықтан кейін анасы балаларымен туыстарының үйінде тұрады.",
    "neglect": "Балалар сабаққа сирек барады, үйде қараусыз қалады; ата-анасының табысы жоқ.",
    "no_parental_care": "Балалар әжесінің қолында, ата-анасы екі жылдан бері хабарсыз.",
    "impairment": "Отбасы мүшесінің мүгедектігі бар, күтім мен оңалту қажет.",
    "early_development": "Баланың дамуы жасынан кеш, отбасында маман көмегі болмаған.",
    "probation": "Пробация есебінде тұр, жұмысы мен тұрақты тұрғын үйі жоқ.",
    "orphan": "Жетім бала қамқоршысының отбасында, құжаттары мен төлемдері реттелмеген.",
    "illness": "Ұзаққа созылған ауру салдарынан отағасы жұмысынан айырылды.",
    "self_care": "Қарт адам өзіне-өзі қызмет ете алмайды, жақын туысы қасында жоқ.",
    "released": "Бас бостандығынан айыру орнынан босатылды, жұмысы мен табысы жоқ.",
    "homeless": "Тұрақты тұрғын үйі жоқ, уақытша таныстарында тұрады.",
}
#: Risks that the intake writes down, by ground: few see them.
RISKS: Mapping[str, tuple[str, str]] = {
    "violence": ("victimisation", "high"),
    "probation": ("offence", "medium"),
    "released": ("relapse", "medium"),
    "neglect": ("victimisation", "medium"),
}
AIMS = {"probation": ["reintegration", "offence"], "released": ["reintegration", "relapse"]}


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A measure as centres plan it."""

    #: Field of the body.
    field: str
    #: What is done.
    title: str
    #: What is expected of it.
    expected: str
    #: Code of the public service; empty: none, then `days` counts.
    service: str = ""
    #: Days until its term, where the register names none.
    days: int = 0
    #: Whether it is for a child: the first one of the family.
    child: bool = False
    #: What the body reports when it is done.
    report: str = "Іс-шара толық орындалды, растайтын құжат тіркелді."


#: Measures by name.
OFFERS: Mapping[str, Offer] = {
    "meals": Offer(
        field="education",
        title="Баланы мектепте тегін тамақтандырумен қамту",
        expected="Бала күн сайын ыстық тамақ ішеді",
        service="edu.meals",
        child=True,
        report="Мектеп директорының бұйрығымен тегін тамақтануға алынды.",
    ),
    "preschool": Offer(
        field="education",
        title="Балабақшаға жолдама беру",
        expected="Бала балабақшаға барады, анасы жұмысқа шыға алады",
        service="edu.preschool",
        child=True,
        report="№ 14 балабақшаға жолдама берілді.",
    ),
    "psychologist": Offer(
        field="education",
        title="Мектеп психологының он сабағы",
        expected="Баланың мазасыздығы азаяды, сабаққа ынтасы артады",
        days=30,
        child=True,
        report="Он сабақ өтті, психологтың қорытындысы тіркелді.",
    ),
    "school_year": Offer(
        field="education",
        title="Оқу тоқсаны бойы әлеуметтік педагогтің сүйемелдеуі",
        expected="Бала сабақ босатпайды, үлгерімі түзеледі",
        days=115,
        child=True,
        report="Тоқсан қорытындысы бойынша сабақ босату жоқ, үлгерімі орташа.",
    ),
    "rehabilitation": Offer(
        field="health",
        title="Медициналық оңалту курсына жіберу",
        expected="Денсаулығы тұрақталады",
        service="health.rehabilitation",
        report="Облыстық оңалту орталығында курс белгіленді.",
    ),
    "examination": Offer(
        field="health",
        title="Медициналық тексеруден өткізу",
        expected="Қажетті ем мен маман анықталады",
        days=14,
        report="Тексеру өтті, дәрігерлердің қорытындысы тіркелді.",
    ),
    "job": Offer(
        field="employment",
        title="Кәсіптік оқытуға жіберу",
        expected="Мамандық алып, жұмысқа орналасады",
        service="emp.training",
        report="«Аспаз» мамандығы бойынша үш айлық курсқа жіберілді.",
    ),
    "grant": Offer(
        field="employment",
        title="Жаңа бизнес-идеяға грант алуға көмектесу",
        expected="Үйден тігін цехы ашылады",
        service="emp.grant",
        report="Өтінім конкурстан өтті, грант туралы шарт жасалды.",
    ),
    "assistance": Offer(
        field="social",
        title="Атаулы әлеуметтік көмек тағайындау",
        expected="Отбасының табысы кедейлік шегінен жоғары болады",
        service="soc.assistance",
        report="Көмек алты айға тағайындалды.",
    ),
    "home_help": Offer(
        field="social",
        title="Үйде арнаулы әлеуметтік қызмет көрсету",
        expected="Аптасына үш рет әлеуметтік қызметкер келеді",
        service="soc.special",
        report="Әлеуметтік қызметкер бекітілді, бірінші бару өтті.",
    ),
    "housing": Offer(
        field="housing",
        title="Тұрғын үй кезегіне қою",
        expected="Отбасы мұқтаждар тізіміне алынады",
        service="hou.queue",
        report="Тізімге № 318 болып алынды.",
    ),
    "aid": Offer(
        field="housing",
        title="Тұрғын үй көмегін тағайындау",
        expected="Коммуналдық төлем жеңілдейді",
        service="hou.aid",
        report="Тоқсанға тұрғын үй көмегі тағайындалды.",
    ),
    "identity": Offer(
        field="interior",
        title="Жеке куәлікті қалпына келтіру",
        expected="Құжаты болады, төлем ала алады",
        service="int.identity",
        report="Жеке куәлік берілді.",
    ),
    "prevention": Offer(
        field="interior",
        title="Учаскелік инспектордың профилактикалық баруы",
        expected="Зорлық-зомбылық қайталанбайды",
        days=21,
        report="Төрт рет барылды, заң бұзушылық жоқ.",
    ),
    "sport": Offer(
        field="sport",
        title="Тегін спорт үйірмесіне жазу",
        expected="Бос уақыты пайдалы өтеді",
        days=20,
        child=True,
        report="Күрес үйірмесіне жазылды, аптасына үш жаттығу.",
    ),
    "art": Offer(
        field="culture",
        title="Өнер мектебіне тегін орын беру",
        expected="Бала домбыра үйірмесіне барады",
        days=20,
        child=True,
        report="Домбыра сыныбына қабылданды.",
    ),
    "camp": Offer(
        field="tourism",
        title="Отбасылық демалыс бағдарламасына қосу",
        expected="Отбасы бірге демалады, қарым-қатынас жақсарады",
        days=40,
    ),
    "counselling": Offer(
        field="family",
        title="Отбасы психологының кеңесі",
        expected="Отбасындағы шиеленіс басылады",
        days=30,
        report="Бес кеңес өткізілді.",
    ),
    "mentor": Offer(
        field="youth",
        title="Жастар орталығынан тәлімгер бекіту",
        expected="Жаңа ортаға бейімделеді",
        days=25,
        report="Тәлімгер бекітілді, апта сайын кездеседі.",
    ),
    "lawyer": Offer(
        field="policy",
        title="Тегін заң көмегін ұйымдастыру",
        expected="Құқығын біледі, қажет қағаздары дайын болады",
        days=15,
        report="Адвокаттың екі кеңесі берілді.",
    ),
}


def member(found: MemberFacts) -> dict[str, object]:
    """Return a person as the intake writes him or her down."""
    person = found.person
    said: dict[str, object] = {
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
        "iin": person.iin or "",
        "born": person.born.isoformat() if person.born else "",
        "sex": person.sex,
    }
    if found.relationship is Relationship.APPLICANT:
        return said
    ward = found.relationship is Relationship.CHILD_FAMILY
    return said | {"relationship": WARD if ward else found.relationship.value}


def intake(come: Hardship, place: str, known: Values) -> dict[str, object]:
    """Return the intake of a family that lives in a place; rows already known are kept."""
    family, ground = come.family, come.ground
    applicant, *others = family.members
    there = known.get("members")
    rows = len(there) if isinstance(there, list) else 0
    said = member(applicant) | {
        "outcome": "open",
        "phone": family.phone.replace(" ", ""),
        "address": f"{place}, {family.address}",
        "members": [
            member(one) | ({"_was": str(number)} if number < rows else {})
            for number, one in enumerate(others)
        ],
        "grounds": [ground],
        "situation": SITUATIONS[ground],
        "status_before": come.stages[0].level,
        "consent": True,
    }
    if any(one.relationship in CHILDREN for one in others):
        guards = any(one.relationship is Relationship.CHILD_FAMILY for one in others)
        said["represents"] = "guardian" if guards else "parent"
    if ground in RISKS:
        kind, level = RISKS[ground]
        said |= {"risks": [kind], "risk_level": level, "risk_note": SITUATIONS[ground]}
    return said


def not_opened(outcome: str) -> dict[str, object]:
    """Return an intake that opens nothing."""
    why = {
        "no_consent": "Адам дербес деректерін өңдеуге келісім бермеді.",
        "not_in_difficulty": "Үйге барғанда өмірлік қиын жағдай расталмады.",
    }
    return {"outcome": outcome, "reason": why[outcome]}


def plan(
    come: Hardship, region: str, people: Sequence[str], names: Sequence[str], today: date
) -> dict[str, object]:
    """Return a plan of some measures; `people` are ids in the order of the family."""
    return {
        "decision": "submit",
        "aims": AIMS.get(come.ground, ["adaptation"]),
        "measures": [measure(name, come, region, people, today) for name in names],
        "involved": True,
    }


def measure(
    wanted: str, come: Hardship, region: str, people: Sequence[str], today: date
) -> dict[str, object]:
    """Return a row of a plan: for the first child, for whoever came, or as ``aid@1`` says."""
    name, _, place = wanted.partition("@")
    offer = OFFERS[name]
    children = [
        number
        for number, one in enumerate(come.family.members)
        if one.relationship in CHILDREN and number < len(people)
    ]
    whom = int(place) if place else children[0] if offer.child and children else 0
    return {
        "person": people[whom],
        "body": offices.body(offer.field, region),
        "service": offer.service,
        "title": offer.title,
        "expected": offer.expected,
        "term": "" if offer.service else (today + timedelta(days=offer.days)).isoformat(),
    }


#: What is said where nothing depends on the case.
USUAL: Mapping[str, Values] = {
    "approval": {"decision": "approve"},
    "amendment_approval": {"decision": "approve"},
    "acceptance": {"decision": "accept"},
    "answer": {"said": "Анасының келісімі бар, құжаттарын мектеп хатшылығына тапсырды."},
    "work_answer": {"said": "Иә, келесі аптада да болады, отбасымен келісілді."},
    "review": {"decision": "accept"},
    "escalation": {"said": "Орындаушы ауыстырылды, бақылауды өзіме алдым; екі күнде бітеді."},
    "transfer": {"decision": "keep", "said": "Бұл қызмет ереже бойынша сіздің құзыретіңізде."},
    "completion": {
        "decision": "complete",
        "status_after": "C",
        "note": "Отбасының табысы тұрақталды, балалар сабаққа барып жүр.",
    },
    "conclusion": {
        "effect": "partly",
        "findings": (
            "Тоқсан ішінде іс-шаралардың көбі мерзімінде орындалды. Білім беру және әлеуметтік "
            "қорғау органдары кідіріссіз жұмыс істеді; тұрғын үй бағыты бойынша кешігу бар."
        ),
        "shortcomings": [
            {"said": "Тұрғын үй органының есептері растайтын құжатсыз келеді, сондықтан қайтады."}
        ],
        "proposals": [
            {"said": "Тұрғын үй кезегі туралы анықтаманы жүйеден автоматты түрде алуды қосу."}
        ],
    },
    "conclusion_approval": {"decision": "approve"},
    "acquaintance": {"read": True, "answer": "Ұсыныс қаралады, жауап келесі тоқсанда беріледі."},
    "followup": {"result": "stable", "note": "Отбасымен сөйлестік: жұмыс бар, бала мектепте."},
}
#: Why a head returns a plan, a centre a report; what a body asks or refuses.
REMARKS: Mapping[str, str] = {
    "approval": "Баланың қажеттілігі үшін кемінде бір іс-шара қосыңыз.",
    "conclusion_approval": "Кешігудің себебін органдар бойынша ашып жазыңыз.",
    "review": "Растайтын құжат жоқ: бұйрықтың көшірмесін тіркеңіз.",
    "ask": "Баланың медициналық анықтамасы бар ма, кім әкеледі?",
    "not_ours": "Бұл қызмет біздің құзырет емес, басқа орган көрсетеді.",
    "refused": "Отбасы бұл көмектен жазбаша бас тартты.",
    "impossible": "Аталған мекенжайда қызмет көрсетілмейді, баламасы жоқ.",
    "family_refuses": "Отбасы өз күшімізбен шешеміз деп жоспардан бас тартты.",
    "moved": "Отбасы туыстарына көшті.",
    "closed": "Отбасы Қазақстаннан тұрақты тұруға кетті.",
    "amended": "Үйге барғанда жаңа қажеттілік анықталды.",
    "continued": "Қалған мәселе бар: бір іс-шара қосылады.",
    "relapsed": "Ата-анасы қайтадан жұмыссыз, бала сабақ босатып жүр.",
}

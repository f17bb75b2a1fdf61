"""Public services that a plan may contain, by field (S-10, B-07).

The codes are this product's own until the Ministry hands over the version of the register of
public services (order 39/НҚ) that is to be used; terms in working days stand in
`processes/support/terms.dmn` and nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from handlers.support.offices import FIELDS


@dataclass(frozen=True, kw_only=True)
class Service:
    """A public service."""

    #: Code.
    code: str
    #: Field, a key of `handlers.support.offices.FIELDS`.
    field: str
    #: Names by language.
    names: Mapping[str, str]


def _service(code: str, field: str, kk: str, ru: str, en: str) -> Service:
    return Service(code=code, field=field, names={"kk": kk, "ru": ru, "en": en})


_ALL = (
    _service(
        "edu.preschool",
        "education",
        "Мектепке дейінгі ұйымға жіберу",
        "Направление в дошкольную организацию",
        "Place in a kindergarten",
    ),
    _service(
        "edu.school",
        "education",
        "Мектепке қабылдау",
        "Приём в школу",
        "Enrolment at a school",
    ),
    _service(
        "edu.meals",
        "education",
        "Мектепте тегін тамақтандыру",
        "Бесплатное питание в школе",
        "Free meals at school",
    ),
    _service(
        "edu.examination",
        "education",
        "Психологиялық-медициналық-педагогикалық тексеру",
        "Психолого-медико-педагогическое обследование",
        "Psychological, medical and educational examination",
    ),
    _service(
        "health.clinic",
        "health",
        "Емханаға тіркеу",
        "Прикрепление к поликлинике",
        "Registration with a clinic",
    ),
    _service(
        "health.rehabilitation",
        "health",
        "Медициналық оңалту",
        "Медицинская реабилитация",
        "Medical rehabilitation",
    ),
    _service(
        "emp.jobseeker",
        "employment",
        "Жұмыс іздеуші ретінде тіркеу",
        "Регистрация в качестве ищущего работу",
        "Registration as a job seeker",
    ),
    _service(
        "emp.training",
        "employment",
        "Кәсіптік оқытуға жіберу",
        "Направление на профессиональное обучение",
        "Vocational training",
    ),
    _service(
        "emp.grant",
        "employment",
        "Жаңа бизнес-идеяға грант",
        "Грант на новую бизнес-идею",
        "Grant for a new business idea",
    ),
    _service(
        "soc.assistance",
        "social",
        "Атаулы әлеуметтік көмек тағайындау",
        "Назначение адресной социальной помощи",
        "Targeted social assistance",
    ),
    _service(
        "soc.special",
        "social",
        "Арнаулы әлеуметтік қызметтер көрсету",
        "Специальные социальные услуги",
        "Special social services",
    ),
    _service(
        "family.guardianship",
        "family",
        "Қамқоршылық пен қорғаншылық белгілеу",
        "Установление опеки и попечительства",
        "Guardianship",
    ),
    _service(
        "hou.queue",
        "housing",
        "Тұрғын үй кезегіне қою",
        "Постановка в очередь на жильё",
        "Place in the queue for housing",
    ),
    _service(
        "hou.aid",
        "housing",
        "Тұрғын үй көмегін тағайындау",
        "Назначение жилищной помощи",
        "Housing aid",
    ),
    _service(
        "int.identity",
        "interior",
        "Жеке куәлік беру",
        "Выдача удостоверения личности",
        "Identity card",
    ),
    _service(
        "int.residence",
        "interior",
        "Тұрғылықты жері бойынша тіркеу",
        "Регистрация по месту жительства",
        "Registration of residence",
    ),
)

#: Support that a family may get already, as the unified digital system calls it.
SUPPORT: Mapping[str, Mapping[str, str]] = {
    "child_benefit": {
        "kk": "Балаларға арналған жәрдемақы",
        "ru": "Пособие на детей",
        "en": "Child benefit",
    },
    "disability_benefit": {
        "kk": "Мүгедектігі бойынша жәрдемақы",
        "ru": "Пособие по инвалидности",
        "en": "Disability benefit",
    },
    "guardian_allowance": {
        "kk": "Қамқоршыға төленетін жәрдемақы",
        "ru": "Пособие опекуну",
        "en": "Guardian’s allowance",
    },
    "targeted_assistance": {
        "kk": "Атаулы әлеуметтік көмек",
        "ru": "Адресная социальная помощь",
        "en": "Targeted social assistance",
    },
}
#: Services by code.
SERVICES: Mapping[str, Service] = {one.code: one for one in _ALL}


def name(code: str, language: str) -> str:
    """Return a service's name in a language; the code itself if it is unknown."""
    found = SERVICES.get(code)
    return found.names.get(language, found.names["kk"]) if found else code


def support_name(code: str, language: str) -> str:
    """Return a support's name in a language; the code itself if it is not known here."""
    names = SUPPORT.get(code)
    return names.get(language, names["kk"]) if names else name(code, language)


def support_option(code: str) -> dict[str, str]:
    """Return a support as an option; one that is not known here under its code."""
    said = {language: support_name(code, language) for language in ("kk", "ru", "en")}
    return {"value": code, "label": said["kk"], "label:ru": said["ru"], "label:en": said["en"]}


def options() -> Iterator[dict[str, str]]:
    """Yield the services as options of a form's list, their fields before them."""
    for one in _ALL:
        fields = FIELDS[one.field]
        yield {
            "value": one.code,
            "label": f"{fields['kk']}: {one.names['kk']}",
            "label:ru": f"{fields['ru']}: {one.names['ru']}",
            "label:en": f"{fields['en']}: {one.names['en']}",
        }

"""The people behind the demo accounts: who they are, where they work, whom they look after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from enrs.config.demo import ids, people, places, professionals
from enrs.config.demo.professionals import Trade
from enrs.config.demo.shapes import (
    DemoAddress,
    DemoPerson,
    DemoPersona,
    DemoProfessional,
    DemoStructure,
)

# Personas take the NIR orders and the ranks past the last block of people.
FIRST_PERSON_INDEX: Final = people.MAX_BLOCKS * people.BLOCK_SIZE


@dataclass(frozen=True, slots=True)
class _Work:
    """A persona who works in the region; `site` is the rank of the establishment, `second` of another one."""

    login: str
    role: str
    presentation: str
    sex: str
    given: str
    family: str
    site: int
    trade: Trade
    second: int | None = None


def _other(function_code: str, function: str, profession: tuple[str, str] = ("", "")) -> Trade:
    return Trade(0, *profession, "", "", function_code, function)


_GP = Trade(0, "10", "Médecin", "SM54", "Médecine Générale (SM)")
_DIABETES = Trade(0, "10", "Médecin", "SM62", "Endocrinologie, diabétologie, nutrition (SM)")
_BIOLOGY = Trade(0, "10", "Médecin", "SM03", "Biologie médicale (SM)")
_NURSE = Trade(0, "60", "Infirmier")
_SOCIAL_WORKER = _other(
    "300", "Assistant de service social (PAERPA)", ("41", "Assistant de service social")
)
_COORDINATOR = _other("312", "Coordonnatrice de parcours")
_WORK: Final = (
    _Work("moreau", "general_practitioner", "Médecin traitant en cabinet de ville",
          "F", "Claire", "Moreau-Lefebvre", 1, _GP),
    _Work("kouassi", "town_nurse", "Infirmière libérale", "F", "Aya", "Kouassi", 5, _NURSE),
    _Work("benhamou", "hospital_doctor", "Diabétologue à l'hôpital",
          "M", "David", "Benhamou", 0, _DIABETES, second=1),
    _Work("letallec", "hospital_nurse", "Infirmier de nuit à l'hôpital",
          "M", "Yann", "Le Tallec", 0, _NURSE),
    _Work("ferreira", "biologist", "Biologiste du laboratoire de ville",
          "F", "Ana", "Ferreira", 2, _BIOLOGY),
    _Work("nguyen", "pharmacist", "Pharmacien d'officine",
          "M", "Minh", "Nguyen", 3, Trade(0, "21", "Pharmacien")),
    _Work("traore", "social_worker", "Assistante sociale du DAC",
          "F", "Aminata", "Traoré", 4, _SOCIAL_WORKER),
    _Work("petit", "secretary", "Secrétaire au bureau des admissions de l'hôpital",
          "F", "Sandrine", "Petit", 0, _other("331", "Secrétaire médicale")),
    _Work("roux", "interop_operator", "Exploitant des échanges de la région",
          "M", "Julien", "Roux", 4, _other("312", "Exploitant des échanges")),
    _Work("vidal", "identity_officer", "Cellule régionale d'identitovigilance",
          "F", "Nadia", "Vidal", 4, _other("312", "Référente en identitovigilance")),
    _Work("castaing", "administrator", "Administratrice régionale, déléguée à la protection "
          "des données", "F", "Hélène", "Castaing", 4, _other("312", "Administratrice régionale")),
    _Work("lambert", "coordinator", "Coordonnatrice du DAC",
          "F", "Élise", "Lambert", 4, _COORDINATOR),
    _Work("delmas", "social_worker", "Assistante sociale de l'hôpital",
          "F", "Odile", "Delmas", 0, _SOCIAL_WORKER),
    _Work("perrin", "coordinator", "Responsable d'un service de soins à domicile",
          "F", "Nathalie", "Perrin", 7, _other("312", "Responsable de secteur")),
)  # fmt: skip
WORK_COUNT: Final = len(_WORK)


@dataclass(frozen=True, slots=True)
class _Life:
    """A persona who is looked after, or who looks after a relative."""

    key: str
    sex: str
    birth_name: str
    given_names: tuple[str, ...]
    used_name: str
    age: int
    month: int
    day: int
    birth_place: places.BirthPlace
    home: int
    illness: str
    busy: float


_LIVES: Final = (
    _Life("marchand", "F", "RIVOAL", ("SYLVIE", "ANNE"), "MARCHAND", 58, 3, 14,
          ("29019", "Brest"), 0, "diabetes", 5.0),
    _Life("montbel", "F", "N'DIAYE", ("MARIE-BERNADETTE", "AWA", "ROSE"),
          "DE LA ROCHEFOUCAULD-MONTBEL", 71, 8, 15, ("99341", "Sénégal"), 1, "heart", 3.0),
    _Life("aubertin_lucien", "M", "AUBERTIN", ("LUCIEN", "EMILE", "JOSEPH"), "", 82, 1, 9,
          ("54395", "Nancy"), 2, "frail", 3.0),
    _Life("aubertin", "F", "AUBERTIN", ("CATHERINE",), "GARNIER", 53, 6, 21,
          ("54395", "Nancy"), 3, "healthy", 1.0),
    _Life("benslimane", "M", "BENSLIMANE", ("KARIM",), "", 39, 10, 2,
          ("93066", "Saint-Denis"), 4, "healthy", 1.0),
    _Life("benslimane_ines", "F", "BENSLIMANE", ("INES", "MARIE"), "", 9, 4, 27,
          ("93066", "Saint-Denis"), 4, "child", 2.0),
    _Life("benslimane_adam", "M", "BENSLIMANE", ("ADAM",), "", 4, 9, 5,
          ("93066", "Saint-Denis"), 4, "child", 2.0),
)  # fmt: skip
LIFE_COUNT: Final = len(_LIVES)
# Which accounts patients and relatives have: login, role, whose relative they are.
_PRIVATE: Final = (
    ("marchand", "patient", "Patiente diabétique suivie depuis dix ans", ()),
    ("montbel", "patient", "Patiente au nom très long, suivie en cardiologie", ()),
    ("aubertin", "relative", "Fille qui aide son père de 82 ans", ("aubertin_lucien",)),
    ("benslimane", "relative", "Père de deux enfants", ("benslimane_ines", "benslimane_adam")),
)


def working_professionals(
    seed: int, structure_at: Callable[[int], DemoStructure]
) -> list[DemoProfessional]:
    """Return the professionals behind the accounts: ranks 0 and on of the directory."""
    found = []
    for index, work in enumerate(_WORK):
        rng = ids.rng_for(seed, "persona", index)
        sites = [work.site] if work.second is None else [work.site, work.second]
        activities = [professionals.activity_in(structure_at(one), work.trade) for one in sites]
        person = professionals.build(
            rng,
            index,
            sex=work.sex,
            family=work.family,
            given=work.given,
            trade=work.trade,
            activities=activities,
        )
        person.login = work.login
        found.append(person)
    return found


def private_people(seed: int, today: date, departments: tuple[str, ...]) -> dict[str, DemoPerson]:
    """Return the patients and relatives behind the accounts, by key."""
    block = people.Block(ids.rng_for(seed, "lives"), people.MAX_BLOCKS, today, departments)
    homes: dict[int, DemoAddress] = {}
    found: dict[str, DemoPerson] = {}
    for rank, life in enumerate(_LIVES):
        if life.home not in homes:
            home = places.commune(block.rng, departments[-1:])
            homes[life.home] = places.address(block.rng, home)
        household = FIRST_PERSON_INDEX + life.home
        found[life.key] = people.make_person(
            block,
            index=FIRST_PERSON_INDEX + rank,
            birth_name=life.birth_name,
            given_names=list(life.given_names),
            sex=life.sex,
            born_on=_birthday(life, today),
            place=life.birth_place,
            address=homes[life.home],
            household=household,
            qualified=True,
        )
        found[life.key].used_name = life.used_name
    return found


def _birthday(life: _Life, today: date) -> date:
    """Return the birth date that makes the persona that age on the day of the region."""
    passed = (today.month, today.day) >= (life.month, life.day)
    return date(today.year - life.age - (0 if passed else 1), life.month, life.day)


def illness_and_busy(index: int) -> tuple[str, float] | None:
    """Return the illness of a persona and how much happened to them, None for anyone else."""
    rank = index - FIRST_PERSON_INDEX
    if not 0 <= rank < LIFE_COUNT:
        return None
    return _LIVES[rank].illness, _LIVES[rank].busy


def accounts(workers: list[DemoProfessional], lives: dict[str, DemoPerson]) -> list[DemoPersona]:
    """Return every demo account, professionals first."""
    found = [
        DemoPersona(work.login, work.role, who.display_name, work.presentation, rpps=who.rpps)
        for work, who in zip(_WORK, workers, strict=True)
    ]
    for login, role, presentation, relatives in _PRIVATE:
        person = lives[login]
        name = f"{person.first_given_name.title()} {person.used_name or person.birth_name}"
        related = [lives[key].id for key in relatives]
        found.append(
            DemoPersona(login, role, name, presentation, person_id=person.id, relative_of=related)
        )
    return found

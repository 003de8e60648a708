"""Taking a ROR over without harm: what a person wrote stays whole, a sensitive unit stays hidden, the run goes on."""

import orjson
import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.offer import commands
from enrs.referentials.offer.fhir import COMMUNES
from enrs.referentials.offer.models import HealthcareService, ImportedOffer, SearchRow
from enrs.referentials.offer.rules.importing import sorted_out
from tests.referentials.offer.factories import make_site, make_unit
from tests.referentials.offer.test_importing import bundle, code, extension, offer

ALWAYS = [
    {"daysOfWeek": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "allDay": True},
]
CLOSED_DAY = {"description": "Pont", "during": {"start": "2027-05-07", "end": "2027-05-07"}}


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def taken(as_actor):
    """`taken(data)`: an import as the platform does it."""

    def run(data, **given):
        with as_actor(SYSTEM, role="enrs_feed"):
            return list(commands.import_offers(data, **given))

    return run


def by_hand(**values):
    """A person's change of the only unit there is."""
    one = HealthcareService.objects.get()
    with acting(SYSTEM):
        commands.amend_unit(service=one, expected_version=one.version, values=values)


def ages(low, high):
    return extension("ror-healthcareservice-patient-type", extension=[
        {"url": "ageRange", "valueRange": {"low": low, "high": high}}])  # fmt: skip


SENSITIVE = extension("ror-healthcareservice-sensitive-unit", valueBoolean=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "beside",
    [
        ages({"value": 18}, {"value": 5, "code": "siècle"}),
        ages("dix-huit", {"value": 5}),
        *[
            extension("ror-healthcareservice-contact", extension=3),
            extension("ror-healthcareservice-psychiatric-sector", valueString=["75G01"]),
        ],
    ],
)
def test_a_sensitive_unit_is_hidden_whatever_else_is_not_read(site, taken, beside):
    zone = extension("ror-territorial-division", valueCodeableConcept=code(COMMUNES, "75114"))
    [line] = taken(bundle(site, offer(extension=[beside, zone, SENSITIVE])))
    assert line.outcome == "created"
    assert len(line.remarks) == 2
    one = HealthcareService.objects.get()
    assert (one.is_sensitive, one.zone_codes) == (True, ["75114"])
    published = Resource.objects.get(type="Location", id=one.pk, is_current=True)
    assert "position" not in orjson.loads(published.body)


@pytest.mark.django_db
def test_a_zone_too_wide_hides_neither_the_mark_nor_the_contacts(site, taken):
    wide = [
        extension("ror-territorial-division", valueCodeableConcept=code(COMMUNES, f"{rank:05d}"))
        for rank in range(1001, 2003)
    ]
    usual = [one for one in offer()["extension"] if "valueBoolean" not in one]
    [line] = taken(bundle(site, offer(extension=[*wide, *usual, SENSITIVE])))
    one = HealthcareService.objects.get()
    assert (one.is_sensitive, one.zone_codes, one.age_from) == (True, [], 216)
    assert one.contacts[0]["phone"] == "01 99 00 00 07"
    assert any("communes" in text for text in line.remarks)


@pytest.mark.django_db
def test_a_mark_that_does_not_read_is_believed(site, taken):
    odd = extension("ror-healthcareservice-sensitive-unit", valueString="oui")
    [line] = taken(bundle(site, offer(extension=[odd])))
    assert HealthcareService.objects.get().is_sensitive
    assert any("sensible" in text for text in line.remarks)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("low", "high", "months"),
    [
        ({"value": 0, "code": "d"}, {"value": 28, "code": "d"}, (0, 0)),
        ({"value": 4, "unit": "semaines"}, {"value": 26, "code": "wk"}, (0, 5)),
        ({"value": 61, "code": "d"}, {"value": 24, "unit": "mois"}, (2, 24)),
        ({"value": 3, "unit": "ans"}, {"value": 18}, (36, 216)),
    ],
)
def test_ages_are_read_in_any_unit(site, taken, low, high, months):
    [line] = taken(bundle(site, offer(extension=[ages(low, high)])))
    assert len(line.remarks) == 1
    one = HealthcareService.objects.get()
    assert (one.age_from, one.age_to) == months


@pytest.mark.django_db
def test_hours_by_hand_are_not_made_day_and_night(site, taken):
    taken(bundle(site, offer()))
    by_hand(hours=[[2, 540, 720]])
    [line] = taken(bundle(site, offer(availableTime=ALWAYS)))
    one = HealthcareService.objects.get()
    assert (one.is_always_open, one.hours) == (False, [[2, 540, 720]])
    assert any("ouverture continue" in text for text in line.remarks)


@pytest.mark.django_db
def test_a_draft_that_a_person_began_is_kept(site, taken):
    taken(bundle(site, offer()))
    one = HealthcareService.objects.get()
    with acting(SYSTEM):
        commands.save_draft(
            service=one,
            expected_version=one.version,
            values={"hours": [[2, 540, 720]], "name": one.name},
        )
    [line] = taken(bundle(site, offer(availableTime=ALWAYS, name="Autre nom")))
    one = HealthcareService.objects.get()
    assert (one.name, one.draft["name"]) == ("Autre nom", "Autre nom")
    assert (one.is_always_open, one.draft["hours"]) == (False, [[2, 540, 720]])
    assert any("ouverture continue" in text for text in line.remarks)


@pytest.mark.django_db
def test_untouched_hours_follow_day_and_night_and_back(site, taken):
    taken(bundle(site, offer(availableTime=ALWAYS)))
    taken(bundle(site, offer()))
    one = HealthcareService.objects.get()
    assert (one.is_always_open, len(one.hours)) == (False, 2)
    taken(bundle(site, offer(availableTime=ALWAYS)))
    assert HealthcareService.objects.get().is_always_open


@pytest.mark.parametrize(
    ("told", "now", "before", "taken", "kept"),
    [
        ({"age_from": 36}, {"age_from": 0}, {}, [], ["age_from"]),
        ({"age_from": 36}, {"age_from": None}, {}, ["age_from"], []),
        ({"active": True}, {"active": False}, {}, [], ["active"]),
        ({"is_sensitive": True}, {"is_sensitive": False}, {}, ["is_sensitive"], []),
        ({"is_always_open": True}, {"is_always_open": False, "hours": [[0, 0, 60]]}, {}, [], ["is_always_open"]),
        ({"is_always_open": True}, {"is_always_open": False, "hours": []}, {}, ["is_always_open"], []),
        ({"is_always_open": True}, {"is_always_open": False, "hours": []},
         {"is_always_open": False, "hours": [[0, 0, 60]]}, [], ["is_always_open"]),
        ({"activity_code": "b", "field_code": "02"}, {"activity_code": "x", "field_code": "01"},
         {"activity_code": "a", "field_code": "01"}, [], ["activity_code", "field_code"]),
    ],
)  # fmt: skip
def test_columns_that_go_together_are_kept_together(told, now, before, taken, kept):
    found = sorted_out(told, now, before)
    assert (sorted(found[0]), sorted(found[1])) == (taken, kept)


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
def test_what_a_person_closed_stays_closed(site, taken, is_known):
    """Known by an import that closed it once, or by our own identifier and no import yet."""
    if is_known:
        taken(bundle(site, offer()))
        one = HealthcareService.objects.get()
    else:
        one = make_unit(site)
    with acting(SYSTEM):
        commands.close_unit(service=one, expected_version=one.version, reason="Travaux")
    name = {"identifier": [{"system": "urn:enrs:offer:unit", "value": str(one.pk)}]}
    for active in (False, True):
        [line] = taken(bundle(site, offer(active=active, **({} if is_known else name))))
    assert line.outcome == "same"
    assert any("ouverture de l’unité" in text for text in line.remarks)
    assert HealthcareService.objects.get().state == "closed"


@pytest.mark.django_db
def test_a_confirmation_does_not_go_back_in_time(site, taken):
    taken(bundle(site, offer()))
    one = HealthcareService.objects.get()
    with acting(SYSTEM):
        commands.verify_unit(service=one)
    HealthcareService.objects.update(verified_by="Camille Référente")
    later = HealthcareService.objects.get().verified_at
    assert taken(bundle(site, offer(comment="Neuf fauteuils.")))[0].outcome == "changed"
    one = HealthcareService.objects.get()
    assert (one.description, one.verified_at, one.verified_by) == (
        "Neuf fauteuils.",
        later,
        "Camille Référente",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd",
    [
        {"specialty": None}, {"characteristic": "x"}, {"notAvailable": None}, {"extension": 3}, {"meta": None},
        {"extension": [None, 3]}, {"location": [3]}, {"providedBy": 3}, {"identifier": 4},
        {"identifier": ["x"]}, {"specialty": [None]}, {"notAvailable": [None]}, {"availableTime": [None]},
        {"identifier": [{"system": "s", "value": "\x00"}]},
    ],
)  # fmt: skip
def test_an_odd_offer_stops_none_of_the_others(site, taken, odd):
    first, second = taken(bundle(site, {"id": "1"} | offer() | odd, offer(
        identifier=[{"system": "https://ror.example/offres", "value": "YYY"}])))  # fmt: skip
    assert second.outcome == "created", second.remarks
    assert first.outcome in ("created", "refused")
    assert first.outcome == "created" or first.remarks


@pytest.mark.django_db
def test_odd_places_and_structures_stop_nothing(site, taken):
    extra = [
        {"resourceType": "Location", "id": "odd", "extension": [None, 3], "identifier": [None]},
        {"resourceType": "Organization", "id": "odd", "identifier": "x", "partOf": 3},
    ]
    far = offer(
        location=[{"reference": "Location/odd"}], providedBy={"reference": "Organization/odd"}
    )
    assert taken(bundle(site, far, extra=extra))[0].outcome == "refused"


@pytest.mark.django_db
def test_what_is_not_read_erases_nothing(site, taken):
    taken(bundle(site, offer(notAvailable=[CLOSED_DAY])))
    before = HealthcareService.objects.get()
    spoiled = [extension("ror-healthcareservice-contact"), extension("ror-territorial-division")]
    odd = offer(notAvailable=[{"during": {"start": "2027-05-07"}}], extension=spoiled)
    [line] = taken(bundle(site, odd))
    assert line.outcome == "same"
    one = HealthcareService.objects.get()
    assert one.exceptions == before.exceptions != []
    assert (one.contacts, one.zone_codes) == (before.contacts, before.zone_codes)
    taken(bundle(site, offer(notAvailable=[])))
    assert HealthcareService.objects.get().exceptions == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-12-23T23:00:00Z", "2026-12-24T22:59:59Z", ("2026-12-24", "2026-12-24")),
        ("2026-12-24T00:00:00+01:00", "2026-12-26T00:00:00+01:00", ("2026-12-24", "2026-12-25")),
        ("2026-12-24", "2026-12-26", ("2026-12-24", "2026-12-26")),
        ("2026-12-24", None, None), (None, "2026-12-24", None), ("2026-12-24", "9999-12-31", None),
        ("2026-12-24", "2026-12-20", None),
    ],
)  # fmt: skip
def test_a_closure_has_its_days_on_our_calendar(site, taken, start, end, days):
    during = {name: value for name, value in (("start", start), ("end", end)) if value}
    [line] = taken(bundle(site, offer(notAvailable=[{"during": during}])))
    told = [(one["from"], one["to"]) for one in HealthcareService.objects.get().exceptions]
    assert told == ([days] if days else [])
    assert len(line.remarks) == (1 if days else 2)


# The city: who and where come from the directory, the hours from the ROR.


def practitioner():
    return Practitioner.objects.create(
        id=uuid7(), idnat="899700366240", rpps="99700366240", family="IMBERT", name_key="IMBERT", row_hash="",
    )  # fmt: skip


def city(site, person, **fields):
    role = PractitionerRole.objects.create(
        id=uuid7(), practitioner=person, organisation=site, row_hash=""
    )
    values = {"kind": "city", "role": role, "hours": [], "name": "Dr IMBERT", "field_code": "ville",
              "activity_code": "medecine-specialisee", "speciality_codes": ["SM99"]} | fields  # fmt: skip
    return make_unit(site, id=role.pk, **values)


WHO = {"resourceType": "Practitioner", "id": "p", "identifier": [
    {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700366240"}]}  # fmt: skip


def role(value="11102379616", day="mon"):
    return {
        "resourceType": "PractitionerRole", "id": value, "identifier": [{"value": value}],
        "practitioner": {"reference": "Practitioner/p"}, "organization": {"reference": "Organization/eg"},
        "availableTime": [{"daysOfWeek": [day], "availableStartTime": "09:00:00", "availableEndTime": "12:00:00"}],
    }  # fmt: skip


def outcomes(lines):
    return [line.outcome for line in lines]


@pytest.mark.django_db
def test_an_import_leaves_the_city_to_its_directory(site, taken):
    """Nobody confirmed it: its activity and its telephone still follow. A speciality of the directory stops nothing."""
    one = city(site, practitioner())
    assert outcomes(taken(bundle(site, role(), extra=[WHO]))) == ["changed"]
    one.refresh_from_db()
    assert (one.hours, one.verified_at, one.verified_by) == ([[0, 540, 720]], None, "")


@pytest.mark.django_db
def test_an_import_leaves_the_word_of_a_professional(site, taken):
    one = city(site, practitioner())
    with acting(SYSTEM):
        commands.verify_unit(service=one)
    told = HealthcareService.objects.get().verified_at
    taken(bundle(site, role(), extra=[WHO]))
    assert HealthcareService.objects.get().verified_at == told


@pytest.mark.django_db
def test_an_activity_that_changed_takes_its_name_along(site, taken):
    person = practitioner()
    old = city(site, person)
    taken(bundle(site, role(), extra=[WHO]))
    HealthcareService.objects.filter(pk=old.pk).update(state="closed")
    new = city(site, person)
    for expected in ("changed", "same"):
        assert outcomes(taken(bundle(site, role(), extra=[WHO]))) == [expected]
    assert [one.service_id for one in ImportedOffer.objects.all()] == [new.pk]
    new.refresh_from_db()
    assert new.hours == [[0, 540, 720]]


@pytest.mark.django_db
@pytest.mark.parametrize("is_trial", [False, True])
def test_two_activities_of_a_person_at_one_site_do_not_take_turns(site, taken, is_trial):
    one = city(site, practitioner())
    both = [role("1", "mon"), role("2", "tue")]
    first = taken(bundle(site, *both, extra=[WHO]), dry_run=is_trial)
    assert outcomes(first) == ["changed", "refused"]
    assert "déjà donné" in first[1].remarks[0]
    if not is_trial:
        assert outcomes(taken(bundle(site, *both[::-1], extra=[WHO]))) == ["refused", "same"]
        one.refresh_from_db()
        assert one.hours == [[0, 540, 720]]


@pytest.mark.django_db
def test_the_name_of_a_unit_is_not_given_to_the_city(site, taken):
    taken(bundle(site, offer(identifier=[{"value": "77"}])))
    city(site, practitioner())
    [line] = taken(bundle(site, role("77"), extra=[WHO]))
    assert line.outcome == "refused"
    assert "déjà celui" in line.remarks[0]


@pytest.mark.django_db
def test_an_activity_that_comes_back_is_found_with_its_hours(site):
    one = city(site, practitioner(), hours=[[0, 540, 720]])
    Practitioner.objects.update(is_active=True)
    PractitionerRole.objects.update(
        is_active=True, mode="L", profession_code="10", speciality_code="SM54"
    )
    with acting(SYSTEM):
        commands.derive_city_offer()
        PractitionerRole.objects.update(is_active=False)
        commands.derive_city_offer()
        assert not SearchRow.objects.filter(pk=one.pk).exists()
        PractitionerRole.objects.update(is_active=True)
        commands.derive_city_offer()
    assert SearchRow.objects.exclude(minutes="{}").filter(pk=one.pk).exists()

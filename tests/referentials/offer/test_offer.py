"""Searching, describing, publishing: through the commands, the queries and FHIR's published table."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.models import HealthcareService, Referent, SearchRow, ServiceChange
from enrs.referentials.offer.queries import rights
from enrs.referentials.offer.queries.search import Criteria, Place, is_holiday, place_named, search
from enrs.referentials.offer.registry import FreePlaces, _free_places, know_free_places_by
from enrs.referentials.offer.rules import openings
from tests.factories import PositionFactory, UserFactory
from tests.referentials.directory.factories import activity, finess_file, place, rpps_file
from tests.referentials.geography.factories import commune
from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db
FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001  the zone is drawn beside
HERE = Place("Paris", 48.83, 2.32, "75114")


def referent_of(site):
    user = UserFactory()
    PositionFactory(
        user=user, organisation_id=site.pk, organisation_name=site.name, role="secretary"
    )
    Referent.objects.create(id=uuid7(), site=site, grantee_id=user.grantee_id, display=user.name)
    return actor_of(user)


def listed(*units):
    commands.index_services(units)
    return units


def names(criteria):
    return [hit.service.name for hit in search(criteria).hits]


@pytest.fixture
def offers():
    near, far = (
        make_site(1),
        make_site(2, latitude=48.90, longitude=2.48, city="Bondy", city_key="BONDY"),
    )
    return listed(
        make_unit(near),
        make_unit(near, name="Réanimation polyvalente", activity_code="reanimation-adultes", age_from=180,
                  field_code="urgences", mode_codes=["28"], is_always_open=True, hours=[],
                  equipment=[{"code": "089", "count": 1, "max_weight": 300, "note": ""}]),
        make_unit(far, name="Unité de dialyse des Acacias", activity_code="dialyse-udm"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dialyse", {"Hémodialyse en centre", "Unité de dialyse des Acacias"}),
        ("DYALISE", {"Hémodialyse en centre", "Unité de dialyse des Acacias"}),
        ("dialyse acacias", {"Unité de dialyse des Acacias"}),
        ("acacais dialyse", {"Unité de dialyse des Acacias"}),
        ("réa", {"Réanimation polyvalente"}),
        ("hopital erables", {"Hémodialyse en centre", "Réanimation polyvalente", "Unité de dialyse des Acacias"}),
        ("forte corpulence", {"Réanimation polyvalente"}),
        ("rien de tel ici zzzz", set()),
        ("& | ! :* '", {"Hémodialyse en centre", "Réanimation polyvalente", "Unité de dialyse des Acacias"}),
    ],
)  # fmt: skip
def test_a_need_is_found_however_it_is_typed(offers, text, found):
    assert set(names(Criteria(text=text))) == found


def test_the_nearest_comes_first_and_the_circle_holds(offers):
    assert names(Criteria(text="dialyse", place=HERE)) == [
        "Hémodialyse en centre",
        "Unité de dialyse des Acacias",
    ]
    assert names(Criteria(text="dialyse", place=HERE, kilometres=5)) == ["Hémodialyse en centre"]


def test_pages_follow_each_other_without_hole_or_repeat(offers):
    for where in (None, HERE):
        seen, after = [], None
        while True:
            found = search(Criteria(place=where, size=1, after=after))
            seen += [hit.service.name for hit in found.hits]
            after = found.after
            if after is None:
                break
        assert sorted(seen) == sorted(one.name for one in offers)


def test_the_nearest_are_found_ring_by_ring_in_the_order_of_distance(db):
    kilometres = (0.5, 3, 4.5, 6, 12, 24, 26, 90)
    sites = [
        make_site(rank, latitude=HERE.latitude + km / 111.2) for rank, km in enumerate(kilometres)
    ]
    listed(*(make_unit(site, name=f"Centre {rank}") for rank, site in enumerate(sites)))
    for size in (1, 2, 3, 8):
        seen, after = [], None
        while not seen or after:
            found = search(Criteria(place=HERE, size=size, after=after))
            seen += [hit.service.name for hit in found.hits]
            after = found.after
        assert seen == [f"Centre {rank}" for rank in range(len(kilometres))]


def test_filters_age_and_weight_narrow(offers):
    assert names(Criteria(tokens=("equipment:089:300",))) == ["Réanimation polyvalente"]
    assert names(Criteria(tokens=("equipment:089:320",))) == []
    assert "Réanimation polyvalente" not in names(Criteria(age=12 * 9))


def test_free_places_are_those_of_whoever_knows_them(offers):
    former = list(_free_places)
    know_free_places_by(
        FreePlaces(f"select '{offers[0].pk}'::uuid service_id, 2 free_count, now() known_at")
    )
    try:
        found = search(Criteria(has_free_places=True)).hits
        assert [(hit.service.pk, hit.free_count) for hit in found] == [(offers[0].pk, 2)]
    finally:
        _free_places[:] = former


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    at=st.datetimes(FIRST, LAST, timezones=st.just(ZoneInfo("Europe/Paris"))),
    spans=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)), max_size=3),
    on_holidays=st.booleans(),
    is_always=st.booleans(),
    apart=st.lists(st.tuples(st.integers(-1, 1), st.integers(0, 1439), st.integers(1, 1440)), max_size=2),
)  # fmt: skip
def test_open_now_is_the_same_in_sql_and_in_python(at, spans, on_holidays, is_always, apart):
    week = [list(one) for one in spans if one[1] != one[2]]
    exceptions = [{"from": "2026-07-14", "to": "2026-08-02", "words": ""}]
    special = [
        {"from": day, "to": day, "hours": [[opens, closes]], "words": ""}
        for rank, opens, closes in apart
        if opens != closes and (day := (at.date() + timedelta(days=rank)).isoformat())
    ]
    HealthcareService.objects.all().delete()
    unit = make_unit(
        make_site(int(at.timestamp()) % 8000 + 1), hours=week, is_always_open=is_always,
        is_open_on_holidays=on_holidays, exceptions=exceptions, special_openings=special,
    )  # fmt: skip
    listed(unit)
    local = timezone.localtime(at)
    expected = openings.is_open_at(
        is_always=is_always, week=week, on_holidays=on_holidays, exceptions=exceptions, special=special,
        at=local, is_holiday=is_holiday(local),
    )  # fmt: skip
    assert bool(search(Criteria(open_at=at)).hits) is expected
    SearchRow.objects.all().delete()
    HealthcareService.objects.all().delete()
    unit.site.delete()


def test_a_place_is_found_by_its_name_or_postal_code(offers):
    assert place_named("bondy").latitude == pytest.approx(48.90)
    assert place_named("75014").commune_code == "75114"
    assert place_named("nulle part") is None


def test_a_commune_without_a_structure_is_placed_by_the_geography():
    commune("95476", "Osny", postal_codes=["95520"], latitude=49.06, longitude=2.06)
    for asked in ("95520", "osny", "OSN"):
        assert place_named(asked) == Place("Osny", 49.06, 2.06, "95476")
    assert place_named("Osmy") is None, "a name that looks alike measures from elsewhere"


def test_a_draft_moves_nothing_until_it_is_published():
    site = make_site()
    unit = make_unit(site)
    with acting(referent_of(site)):
        kept = commands.save_draft(
            service=unit, expected_version=1, values={"name": "Dialyse du soir"}
        )
        assert HealthcareService.objects.get(pk=unit.pk).name == "Hémodialyse en centre"
        late = HealthcareService.objects.get(pk=unit.pk)
        with pytest.raises(StaleSaveError):
            commands.save_draft(service=late, expected_version=1, values={"name": "Autre"})
        commands.publish_unit(service=kept, expected_version=2)
    stored = HealthcareService.objects.get(pk=unit.pk)
    assert (stored.name, stored.draft, stored.verified_by) == (
        "Dialyse du soir",
        None,
        rights.referents_of(site.pk)[0].display,
    )
    change = ServiceChange.objects.get(service=unit, act="changed")
    assert change.fields["name"] == ["Hémodialyse en centre", "Dialyse du soir"]
    assert names(Criteria(text="soir")) == ["Dialyse du soir"]


def test_a_description_that_breaks_a_blocking_rule_is_not_published():
    site = make_site()
    unit = make_unit(site, state="draft", activity_code="")
    with acting(referent_of(site)), pytest.raises(OfferRefusedError) as refused:
        commands.publish_unit(service=unit, expected_version=1)
    assert refused.value.codes == ["CP02"]
    assert not SearchRow.objects.exists()


def test_only_the_region_says_where_the_calls_of_the_centre_15_are_regulated():
    """The activity opens rights: to pass an opposition, to give the region's beds."""
    site = make_site(1)
    by, taken = referent_of(site), {"activity_code": "regulation-samu"}
    unit = make_unit(site)
    with acting(by):
        with pytest.raises(OfferRefusedError, match="reserved"):
            commands.create_unit(site=site, name="Régulation", **taken)
        commands.save_draft(service=unit, expected_version=unit.version, values=taken)
        unit.refresh_from_db()
        with pytest.raises(OfferRefusedError, match="reserved"):
            commands.publish_unit(service=unit, expected_version=unit.version)
        unit.refresh_from_db()
        with pytest.raises(OfferRefusedError, match="reserved"):
            commands.amend_unit(service=unit, expected_version=unit.version, values=taken)
    assert not rights.is_regulation(site.pk)
    given = make_unit(site, name="Régulation médicale", state="draft", **taken)
    with acting(by):
        commands.publish_unit(service=given, expected_version=given.version)
    assert rights.is_regulation(site.pk)


def test_what_is_published_in_fhir_keeps_to_itself_the_reserved_contacts():
    site = make_site()
    lines = [
        {"nature": "secretariat", "label": "", "phone": "0199000001", "email": "", "level": "1"},
        {
            "nature": "medical",
            "label": "",
            "phone": "0199000002",
            "email": "",
            "level": "professionnels",
        },
    ]
    unit = make_unit(
        site, contacts=lines, equipment=[{"code": "089", "count": 2, "max_weight": 300, "note": ""}],
    )  # fmt: skip
    with acting(referent_of(site)):
        commands.publish_unit(service=unit, expected_version=1)
    body = Resource.objects.get(type="HealthcareService", id=unit.pk, is_current=True).body
    tree = orjson.loads(body)
    assert tree["meta"]["profile"] == [
        "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/ror-healthcareservice"
    ]
    assert "0199000001" in body
    assert "0199000002" not in body
    assert tree["providedBy"] == {"reference": f"Organization/{site.pk}"}
    where = orjson.loads(Resource.objects.get(type="Location", id=unit.pk, is_current=True).body)
    weights = [
        part["valueQuantity"]["value"]
        for part in where["extension"][0]["extension"]
        if part["url"] == "maxWeight"
    ]
    assert weights == [300]


def test_a_sensitive_unit_tells_its_place_to_nobody():
    site = make_site(address="1 rue des Érables")
    unit = make_unit(site, is_sensitive=True, address="1 rue des Érables", building="Porte B")
    with acting(referent_of(site)):
        commands.publish_unit(service=unit, expected_version=1)
    where = Resource.objects.get(type="Location", id=unit.pk, is_current=True).body
    assert "position" not in where
    assert "rables" not in where
    assert "Porte B" not in where
    assert names(Criteria(place=HERE, kilometres=5)) == []


def test_a_referent_loses_the_trust_with_their_place():
    site, other = make_site(1), make_site(2)
    actor = referent_of(site)
    unit = make_unit(site)
    gone = actor.__class__(
        **{name: getattr(actor, name) for name in actor.__slots__} | {"organisation_id": other.pk}
    )
    assert rights.describes(unit, actor)
    assert not rights.describes(unit, gone)
    with acting(gone), pytest.raises(AccessRefusedError):
        commands.verify_unit(service=unit)


def test_a_closed_unit_leaves_the_search_and_is_inactive_in_fhir():
    site = make_site()
    unit = make_unit(site)
    with acting(referent_of(site)):
        commands.publish_unit(service=unit, expected_version=1)
        commands.close_unit(service=unit, expected_version=2, reason="Travaux")
    assert names(Criteria()) == []
    tree = orjson.loads(
        Resource.objects.get(type="HealthcareService", id=unit.pk, is_current=True).body
    )
    assert tree["active"] is False


def test_the_city_is_derived_from_the_directory_and_follows_it():
    with acting(SYSTEM):
        load_finess(finess_file(place(1)), file_name="f.csv", publish=False)
        lines = [
            activity(rank, mode_code="L", mode="Libéral", skill_code="SM54") for rank in range(1, 5)
        ]
        load_rpps(rpps_file(*lines, activity(9)), file_name="p.txt", publish=False)
        first = commands.derive_city_offer()
        assert (first.added, first.changed, first.closed) == (4, 0, 0)
        assert commands.derive_city_offer() == commands.Derived(0, 0, 0)
        one = HealthcareService.objects.select_related("role").order_by("name_key")[0]
        assert (one.pk, one.activity_code, one.kind) == (one.role_id, "medecine-generale", "city")
        assert len(names(Criteria(text="généraliste"))) == 4
        assert names(Criteria(text="dubreuil2")) == ["Dr Hélène DUBREUIL2"]
        one.role.is_active = False
        one.role.save()
        assert commands.derive_city_offer() == commands.Derived(0, 0, 1)
        assert len(names(Criteria(text="généraliste"))) == 3

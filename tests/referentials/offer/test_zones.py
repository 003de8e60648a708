"""Who comes to a commune is found from it, wherever their office is."""

from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from enrs.referentials.offer import commands
from enrs.referentials.offer.forms import _communes
from enrs.referentials.offer.queries.search import Criteria, Place, search
from tests.factories import GrantFactory, UserFactory, known_patient
from tests.referentials.geography.factories import commune
from tests.referentials.offer.factories import make_site, make_unit

pytestmark = pytest.mark.django_db
HERE = Place("Paris 14e", 48.83, 2.32, "75114")
FAR = {"latitude": 48.83 + 30 / 111.2}


def home_care(rank=1, zone=("75114",), name="Soins infirmiers à domicile", **fields):
    site = make_site(rank, **({"city": "Sarcelles", "city_key": "SARCELLES"} | FAR))
    return make_unit(
        site,
        name=name,
        activity_code="ssiad",
        mode_codes=["domicile"],
        zone_codes=list(zone),
        **fields,
    )


def found(**criteria):
    hits = search(Criteria(**({"place": HERE, "kilometres": 5} | criteria))).hits
    return [(hit.service.name, hit.comes) for hit in hits]


def test_a_service_that_comes_is_found_beyond_the_distance_after_who_is_nearer():
    near = make_unit(make_site(9, name="Centre"), name="Centre de soins")
    far = make_unit(make_site(8, **FAR), name="Trop loin")
    commands.index_services([home_care(), home_care(2, ["93008"], "D’ailleurs"), near, far])
    assert found() == [("Centre de soins", False), ("Soins infirmiers à domicile", True)]
    assert found(text="infirmiers") == [("Soins infirmiers à domicile", True)]
    assert found(tokens=("mode:seance",)) == [("Centre de soins", False)]
    assert found(place=Place("Ici", HERE.latitude, HERE.longitude)) == [("Centre de soins", False)]


def test_without_a_distance_everybody_is_there_by_distance_and_who_comes_is_said():
    commands.index_services(
        [home_care(), make_unit(make_site(9), name="Ici"), make_unit(make_site(8, latitude=49.5), name="Loin")]
    )  # fmt: skip
    assert found(kilometres=0) == [
        ("Ici", False), ("Soins infirmiers à domicile", True), ("Loin", False),
    ]  # fmt: skip


@pytest.mark.parametrize("kilometres", [0, 5, 40])
def test_pages_follow_each_other_with_who_comes_from_nowhere_known(kilometres):
    units = [home_care(rank, name=f"Service {rank}") for rank in range(1, 5)]
    hidden = home_care(6, name="Discret", is_sensitive=True)
    near = [make_unit(make_site(20 + rank), name=f"Ici {rank}") for rank in range(3)]
    commands.index_services([*units, hidden, *near])
    for size in (1, 2, 3, 25):
        seen, after = [], None
        while not seen or after:
            page = search(Criteria(place=HERE, kilometres=kilometres, size=size, after=after))
            seen += [(hit.service.name, hit.metres) for hit in page.hits]
            after = page.after
        assert sorted(name for name, _ in seen) == sorted(
            one.name for one in [*units, hidden, *near]
        )
        assert seen[-1] == ("Discret", None), "its place is told to nobody"


def test_a_whole_city_covers_its_arrondissements():
    commune("75056", "Paris")
    commune("75114", "Paris 14e Arrondissement", parent="75056")
    commands.index_services([home_care(zone=["75056"])])
    assert found() == [("Soins infirmiers à domicile", True)]


def test_a_department_or_an_epci_of_the_form_becomes_its_communes():
    commune("93008", "Bobigny", epci="200054781")
    commune("93010", "Bondy")
    commune("95585", "Sarcelles", epci="200054781")
    assert _communes("93") == ["93008", "93010"]
    assert _communes("200054781 77288") == ["77288", "93008", "95585"]
    assert _communes("") == []


def test_near_a_patient_their_own_commune_is_meant_among_those_of_the_postal_code(signed_in):
    commune("77288", "Melun", postal_codes=["77000"], latitude=48.54, longitude=2.66)
    commune("77389", "Rochette", postal_codes=["77000"], latitude=48.51, longitude=2.66)
    make_site(9, city="Melun", city_key="MELUN", postal_code="77000", commune_code="77288")
    commands.index_services([home_care(zone=["77389"]), home_care(2, ["77288"], "De Melun")])
    patient = known_patient(postal_code="77000", city="ROCHETTE")
    nurse = UserFactory(role="nurse")
    GrantFactory(patient=patient, grantee_id=nurse.grantee_id)
    page = signed_in(nurse).get(reverse("offer:near_patient", args=[patient.pk]) + "?km=5")
    text = page.content.decode()
    assert "Soins infirmiers à domicile" in text
    assert "intervient dans cette commune" in text
    assert "De Melun" not in text


def test_each_half_of_a_near_search_keeps_its_index():
    """With many rows the box is read by its place and the zone by the GIN index of the tokens."""
    unit = home_care()
    commands.index_services([unit])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into offer_healthcare_service select (jsonb_populate_record(s, jsonb_build_object(
                'id', gen_random_uuid(), 'name', 'Autre ' || n))).*
            from offer_healthcare_service s, generate_series(1, 6000) n
            """
        )
        cursor.execute(
            """
            insert into offer_search (service_id, sort_key, tokens, words, latitude, longitude, age_from,
                age_to, is_always_open, is_open_on_holidays, minutes, closed_days)
            select h.id, 'AUTRE', array['kind:city', 'activity:x'], '', 48 + random(),
                2 + random(), 0, 32767, false, false, '{}', '{}'
            from offer_healthcare_service h where h.id <> %s
            """,
            [unit.pk],
        )
        cursor.execute("analyze offer_search")
    asked: list[tuple[str, Any]] = []

    def keep(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        assert ("Soins infirmiers à domicile", True) in found(kilometres=1, size=500)
    sql, params = next((sql, params) for sql, params in asked if "union all" in sql)
    with connection.cursor() as cursor:
        cursor.execute("explain " + sql, params)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "offer_search_place" in plan
    assert "offer_search_tokens" in plan
    assert "Seq Scan on offer_search" not in plan

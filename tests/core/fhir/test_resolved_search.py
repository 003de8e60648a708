"""Parameters that another room answers: a mistyped name, what is around a point."""

import pytest
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.effects import act
from enrs.core.fhir.commands import insert_resources
from enrs.referentials.directory.commands.load import load_finess, load_rpps
from enrs.referentials.directory.models import Organisation, Practitioner
from enrs.referentials.offer.commands import index_services
from enrs.referentials.offer.fhir import publications
from tests.core.fhir.conftest import Ask, World, ids
from tests.referentials.directory.factories import activity, finess_file, place, rpps_file
from tests.referentials.offer.factories import make_site, make_unit


@pytest.fixture
def directory(db):
    with acting(SYSTEM):
        load_finess(finess_file(place(1)), file_name="f.csv")
        load_rpps(rpps_file(activity(1, family="MARCHETTI"), activity(2)), file_name="p.txt")
    return Practitioner.objects.order_by("-name_key")


def test_a_professional_is_found_by_a_mistyped_name_in_any_order(world: World, ask: Ask, directory):
    first = directory[0]
    slip = "MARCHETI"
    for words in (first.family, slip, f"{slip} {first.given}", f"{first.given} {slip}".upper()):
        assert str(first.pk) in ids(ask(f"Practitioner?phonetic={words}", world.token)), words
    assert ids(ask("Practitioner?phonetic=xyzzyxx", world.token)) == []
    assert ids(ask(f"Practitioner?phonetic={slip}&active=false", world.token)) == []


def test_a_structure_too(world: World, ask: Ask, directory):
    site = Organisation.objects.get()
    word = max(site.name.split(), key=len)
    assert ids(ask(f"Organization?phonetic={word[:-2]}", world.token)) == [str(site.pk)]


def test_the_page_says_what_was_asked_and_names_nobody_without_a_token(
    world: World, ask: Ask, directory
):
    answer = ask(f"Practitioner?phonetic={directory[0].family}&_count=1", world.token)
    own = next(one["url"] for one in answer.json()["link"] if one["relation"] == "self")
    assert "phonetic=" in own
    assert "_id" not in own
    assert ask(f"Practitioner?phonetic={directory[0].family}").status_code == 401
    assert ask("Practitioner?phonetic=dub", "faux").status_code == 401


def test_units_around_a_point_are_found_within_the_distance(world: World, ask: Ask):
    site = make_site()
    now = timezone.now()
    here = make_unit(site, published_at=now)
    far = make_unit(site, published_at=now, latitude=43.3, longitude=5.4)
    index_services([here, far])
    with act(), acting(SYSTEM):
        insert_resources(publications([here, far]))
    at = f"{here.latitude}|{here.longitude}"
    for asked in (at, f"{at}|5|km", f"{at}|900|m", f"{at}|5"):
        assert ids(ask(f"Location?near={asked}", world.token)) == [str(here.pk)], asked
    assert ids(ask("Location?near=43.3|5.4|1|km", world.token)) == [str(far.pk)]
    assert ids(ask(f"Location?near={at}|5|km&status=suspended", world.token)) == []


@pytest.mark.parametrize(
    "value", ["", "48.8", "a|b", "48.8|2.3|5|lieue", "91|2", "48|200", "nan|2", "48|2|inf|km", "48|2|-1|km",
              "48|2|900|km"],
)  # fmt: skip
def test_a_point_that_is_none_is_refused_in_words(world: World, ask: Ask, value):
    answer = ask(f"Location?near={value}", world.token)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"

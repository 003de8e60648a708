"""Taking the offers of a ROR over: what is made, changed, kept and refused, and our own export back."""

import csv

import orjson
import pytest
from typer.testing import CliRunner

from enrs.config.cli import app
from enrs.core.access.actor import SYSTEM, acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.fhir.models import Resource
from enrs.core.ids import uuid7
from enrs.referentials.directory.models import Practitioner, PractitionerRole
from enrs.referentials.offer import commands
from enrs.referentials.offer.fhir import COMMUNES, EQUIPMENT, ROR, publications
from enrs.referentials.offer.fhir_import import FileError, read
from enrs.referentials.offer.fhir_writing import _tree as tree_of
from enrs.referentials.offer.models import HealthcareService, ImportedOffer, ServiceChange
from enrs.referentials.offer.rules.importing import remembered, sorted_out
from enrs.referentials.offer.tables import OWN_SYSTEM, SYSTEMS
from tests.factories import UserFactory
from tests.referentials.offer.factories import make_site, make_unit

OWN = ("HealthcareService", "Location")
NOS = "https://mos.esante.gouv.fr/NOS/"
LINE = {
    "nature": "accueil",
    "label": "",
    "phone": "0199000000",
    "email": "a@essai.example",
    "level": "1",
}
SAMU = LINE | {"phone": "0199000015", "level": "samu"}  # fmt: skip


def code(system, value):
    return {"coding": [{"system": system, "code": value}]}


def extension(name, **value):
    return {"url": f"{ROR}{name}"} | value


def offer(**fields):
    """An offer in the shape of the published examples, with codes of ours where none is published."""
    return {
        "resourceType": "HealthcareService", "id": "9597",
        "meta": {"lastUpdated": "2026-05-20T10:00:00+02:00"},
        "identifier": [{"system": "https://ror.example/offres", "value": "ZZZ"}],
        "providedBy": {"reference": "Organization/oi"}, "location": [{"reference": "Location/5253"}],
        "name": "Hospitalisation de jour", "comment": "Huit fauteuils.",
        "type": [code(SYSTEMS["TRE_R227"], "01")],
        "specialty": [code(OWN_SYSTEM + "activity", "cardiologie"), code(SYSTEMS["TRE_R38"], "SM04")],
        "characteristic": [code(SYSTEMS["TRE_R213"], "29"), code(f"{NOS}TRE_R210-ActeSpecifique/FHIR/x", "0320")],
        "availableTime": [
            {"daysOfWeek": ["mon", "tue"], "availableStartTime": "08:00:00", "availableEndTime": "18:00:00"},
        ],
        "extension": [
            extension("ror-meta-creation-date", valueDateTime="2023-12-09T14:30:00+01:00"),
            extension("ror-healthcareservice-sensitive-unit", valueBoolean=False),
            extension("ror-healthcareservice-patient-type", extension=[
                {"url": "ageRange", "valueRange": {"low": {"value": 18}, "high": {"value": 90}}}]),
            extension("ror-healthcareservice-contact", extension=[
                {"url": "purposeContact", "valueCodeableConcept": code(f"{NOS}TRE_R287/FHIR/x", "06")},
                extension("ror-confidentiality-level", valueCodeableConcept=code(SYSTEMS["TRE_R283"], "1")),
                extension("ror-healthcareservice-contact-telecom", extension=[
                    {"url": "telecomAddress", "valueString": "01 99 00 00 07"}]),
            ]),
            extension("ror-territorial-division", valueCodeableConcept=code(COMMUNES, "75114")),
        ],
    } | fields  # fmt: skip


@pytest.fixture
def site():
    return make_site()


def bundle(site, *offers, extra=()):
    kind = code(OWN_SYSTEM + "equipment", "echographe")
    parts = [
        {"url": "equipmentType", "valueCodeableConcept": kind},
        {"url": "nbInService", "valueInteger": 3},
    ]
    places = [
        {"resourceType": "Organization", "id": "oi", "partOf": {"reference": "Organization/eg"}},
        {"resourceType": "Organization", "id": "eg", "identifier": [
            {"system": "https://finess.esante.gouv.fr", "value": site.finess_eg}]},
        {"resourceType": "Location", "id": "5253", "extension": [{"url": EQUIPMENT, "extension": parts}]},
    ]  # fmt: skip
    found = [*places, *extra, *offers]
    return orjson.dumps(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": one} for one in found],
        }
    )


@pytest.fixture
def taken(as_actor):
    """`taken(data)`: an import as the platform does it."""

    def run(data, **given):
        with as_actor(SYSTEM, role="enrs_feed"):
            return list(commands.import_offers(data, **given))

    return run


@pytest.mark.django_db
def test_an_offer_of_the_ror_is_made_then_nothing_changes(site, taken):
    [line] = taken(bundle(site, offer()))
    assert line.outcome == "created", line.remarks
    assert len(line.remarks) == 1
    assert "0320" in line.remarks[0]
    one = HealthcareService.objects.get()
    assert (one.site_id, one.state, one.kind, one.name) == (
        site.pk,
        "published",
        "unit",
        "Hospitalisation de jour",
    )
    assert (one.activity_code, one.field_code, one.speciality_codes) == (
        "cardiologie",
        "01",
        ["SM04"],
    )
    assert (one.mode_codes, one.hours) == (["29"], [[0, 480, 1080], [1, 480, 1080]])
    assert (one.age_from, one.age_to, one.zone_codes) == (216, 1080, ["75114"])
    assert one.contacts[0]["phone"] == "01 99 00 00 07"
    assert one.equipment == [{"code": "echographe", "count": 3, "max_weight": None, "note": ""}]
    # It was last told in May, whatever the day of the import.
    assert one.verified_at.date().isoformat() == "2026-05-20"
    assert Resource.objects.filter(type="HealthcareService", id=one.pk).exists()
    assert AuditLine.objects.filter(action="offer.ror.imported").count() == 1
    changes = ServiceChange.objects.count()
    [again] = taken(bundle(site, offer()))
    assert again.outcome == "same"
    assert (ServiceChange.objects.count(), HealthcareService.objects.get().version) == (
        changes,
        one.version,
    )


@pytest.mark.django_db
def test_what_follows_the_ror_follows_and_what_a_person_wrote_stays(site, taken):
    taken(bundle(site, offer()))
    one = HealthcareService.objects.get()
    with acting(SYSTEM):
        commands.amend_unit(
            service=one, expected_version=one.version, values={"description": "Douze fauteuils."}
        )
    [line] = taken(bundle(site, offer(comment="Neuf fauteuils.", name="Hôpital de jour")))
    one.refresh_from_db()
    assert line.outcome == "changed"
    assert (one.name, one.description) == ("Hôpital de jour", "Douze fauteuils.")
    assert any("description" in text for text in line.remarks)
    [line] = taken(bundle(site, offer(comment="Neuf fauteuils.", name="Hôpital de jour")))
    assert line.outcome == "same"
    assert any("description" in text for text in line.remarks)


@pytest.mark.django_db
def test_what_is_absent_erases_nothing(site, taken):
    taken(bundle(site, offer()))
    bare = {
        name: value
        for name, value in offer().items()
        if name not in ("comment", "extension", "availableTime")
    }
    [line] = taken(bundle(site, bare))
    assert line.outcome == "same"
    assert HealthcareService.objects.get().description == "Huit fauteuils."


@pytest.mark.django_db
def test_one_that_closes_closes_opens_again_and_stays_closed_by_hand(site, taken):
    taken(bundle(site, offer()))
    assert taken(bundle(site, offer(active=False)))[0].outcome == "closed"
    assert taken(bundle(site, offer(active=False)))[0].outcome == "same"
    assert taken(bundle(site, offer(active=True)))[0].outcome == "changed"
    one = HealthcareService.objects.get()
    with acting(SYSTEM):
        commands.close_unit(service=one, expected_version=one.version, reason="Travaux")
    [line] = taken(bundle(site, offer(name="Autre nom")))
    assert line.outcome == "same"
    assert HealthcareService.objects.get().state == "closed"
    assert any("ouverture" in text for text in line.remarks)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"providedBy": {"reference": "Organization/inconnue"}}, "FINESS"),
        ({"name": ""}, "nom"),
        ({"specialty": [code(f"{NOS}TRE_R211-ActiviteOperationnelle/FHIR/x", "183")]}, "activité principale"),
        ({"specialty": [code(OWN_SYSTEM + "activity", "regulation-samu")]}, "exploitation"),
        ({"identifier": [], "id": ""}, "identifiant"),
        ({"name": "Unité \x00"}, "nom"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why_and_leaves_nothing(site, taken, fields, words):
    [line] = taken(bundle(site, offer(**fields)))
    assert line.outcome == "refused"
    assert words in " ".join(line.remarks)
    assert not HealthcareService.objects.exists()


@pytest.mark.django_db
def test_a_file_gives_nobody_the_centre_15(site, taken):
    taken(bundle(site, offer()))
    samu = [code(OWN_SYSTEM + "activity", "regulation-samu")]
    [line] = taken(bundle(site, offer(specialty=samu)))
    assert HealthcareService.objects.get().activity_code == "cardiologie"
    assert any("exploitation" in text for text in line.remarks)


@pytest.mark.django_db
def test_the_same_identifier_twice_and_misshapen_parts_are_told(site, taken):
    odd = offer(availableTime="midi", notAvailable=[{"during": 3}])
    first, second = taken(bundle(site, odd, offer()))
    assert (first.outcome, second.outcome) == ("created", "refused")
    assert "déjà" in second.remarks[0]
    assert len(first.remarks) == 3


@pytest.mark.django_db
def test_a_trial_keeps_nothing(site, taken):
    [line] = taken(bundle(site, offer()), dry_run=True)
    assert line.outcome == "created"
    assert not HealthcareService.objects.exists()
    assert not ImportedOffer.objects.exists()
    assert not AuditLine.objects.filter(action="offer.ror.imported").exists()


def rich(site):
    """A unit that says all that a unit may."""
    made = make_unit(
        site, contacts=[SAMU, LINE], description="Douze postes.", conditions="Sur avis.", age_from=216, age_to=1091,
        act_codes=["hemodialyse"], reception_codes=["avis"], zone_codes=["75114", "75013"], place_count=12,
        hours=[[2, 480, 720], [0, 480, 1440], [2, 840, 1080]], psychiatric_sector="75G01",
        equipment=[{"code": "fauteuil-dialyse", "count": 12, "max_weight": 180, "note": "au premier"}],
        exceptions=[{"from": "2026-08-03", "to": "2026-08-10", "words": ""}],
        special_openings=[{"from": "2026-12-24", "to": "2026-12-24", "hours": [[540, 780], [840, 900]],
                           "words": "garde"}],
    )  # fmt: skip
    with acting(SYSTEM):
        return commands.publish_unit(service=made, expected_version=made.version)


def exported(*units):
    return b"\n".join(orjson.dumps(tree_of(one)) for one in publications(units, kinds=OWN))


@pytest.mark.django_db
def test_our_own_export_comes_back_and_changes_nothing(site, taken):
    unit = rich(site)
    data = exported(unit)
    [line] = taken(data)
    assert (line.outcome, line.remarks) == ("same", [])
    assert HealthcareService.objects.get(pk=unit.pk).version == unit.version


@pytest.mark.django_db
def test_our_own_export_makes_the_same_offer_elsewhere(site, taken):
    unit = rich(site)
    data = exported(unit).replace(b"urn:enrs:offer:unit", b"https://autre.example/offres")
    [line] = taken(data)
    assert (line.outcome, line.remarks) == ("created", [])
    made = HealthcareService.objects.exclude(pk=unit.pk).get()
    columns = [
        "name", "description", "conditions", "activity_code", "field_code", "mode_codes", "reception_codes",
        "act_codes", "public_codes", "speciality_codes", "age_from", "age_to", "special_openings", "exceptions",
        "psychiatric_sector",
    ]  # fmt: skip
    assert {name: getattr(made, name) for name in columns} == {
        name: getattr(unit, name) for name in columns
    }
    assert made.hours == sorted(unit.hours)
    assert made.zone_codes == sorted(unit.zone_codes)
    assert made.equipment[0]["max_weight"] == 180
    # What is not published does not travel: the contacts of other levels.
    assert [one["phone"] for one in made.contacts] == ["0199000000"]


@pytest.mark.django_db
def test_a_resource_of_the_social_field_is_read_by_the_same_reader(taken):
    place = make_site(3, finess_eg="", siret="99999999900019")
    social = offer(
        specialty=[code(OWN_SYSTEM + "activity", "portage-repas")], characteristic=[],
        type=[code(OWN_SYSTEM + "field", "social")], providedBy={"reference": "Organization/s"},
    )  # fmt: skip
    extra = [{"resourceType": "Organization", "id": "s", "identifier": [
        {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "3" + place.siret}]}]  # fmt: skip
    [line] = taken(bundle(place, social, extra=extra))
    assert line.outcome == "created", line.remarks
    assert HealthcareService.objects.get().kind == "social"


@pytest.mark.django_db
def test_hours_of_the_city_come_by_the_role_that_the_directory_knows(site, taken):
    person = Practitioner.objects.create(
        id=uuid7(),
        idnat="899700366240",
        rpps="99700366240",
        family="IMBERT",
        name_key="IMBERT",
        row_hash="",
    )
    role = PractitionerRole.objects.create(
        id=uuid7(), practitioner=person, organisation=site, row_hash=""
    )
    city = make_unit(site, id=role.pk, kind="city", role=role, hours=[], name="Dr IMBERT")
    told = {
        "resourceType": "PractitionerRole", "id": "x", "identifier": [{"value": "11102379616"}],
        "practitioner": {"reference": "Practitioner/p"}, "organization": {"reference": "Organization/eg"},
        "availableTime": [{"daysOfWeek": ["mon"], "availableStartTime": "09:00:00", "availableEndTime": "12:00:00"}],
    }  # fmt: skip
    who = {"resourceType": "Practitioner", "id": "p", "identifier": [
        {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700366240"}]}  # fmt: skip
    assert [line.outcome for line in taken(bundle(site, told, extra=[who]))] == ["changed"]
    city.refresh_from_db()
    assert city.hours == [[0, 540, 720]]
    assert [line.outcome for line in taken(bundle(site, told, extra=[who]))] == ["same"]
    unknown = told | {
        "practitioner": {"reference": "Practitioner/autre"},
        "identifier": [{"value": "2"}],
    }
    assert [line.outcome for line in taken(bundle(site, unknown))] == ["refused"]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"bonjour", b'{"a": 1}', b'{"resourceType": "Bundle"}\n3']
)
def test_what_is_no_file_of_fhir_is_said(data):
    if data == b"":
        assert read(data).services == []
        return
    with pytest.raises(FileError):
        read(data)


@pytest.mark.django_db
def test_a_person_imports_nothing(site):
    with acting(actor_of(UserFactory(role="operator"))), pytest.raises(AccessRefusedError):
        list(commands.import_offers(bundle(site, offer())))


def test_what_an_import_may_change():
    now = {"name": "A", "description": "", "hours": [[1, 0, 60], [0, 0, 60]]}
    told = {"name": "B", "description": "x", "hours": [[0, 0, 60], [1, 0, 60]]}
    assert sorted_out(told, now, {}) == ({"description": "x"}, ["name"])
    assert sorted_out(told, now, {"name": "A", "description": "y"}) == (
        {"name": "B"},
        ["description"],
    )
    assert remembered(told, now, {"name": "A"}) == {"name": "A", "hours": told["hours"]}


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_its_report(site, tmp_path, monkeypatch):
    from contextlib import nullcontext  # noqa: PLC0415

    monkeypatch.setattr("enrs.config.cli.offer.django_as", lambda _: nullcontext())
    file, report = tmp_path / "ror.json", tmp_path / "reprise.csv"
    file.write_bytes(bundle(site, offer(name="")))
    done = CliRunner().invoke(
        app, ["offer", "import", str(file), "--report", str(report), "--dry-run"]
    )
    assert done.exit_code == 0, done.output
    assert "1 refusées" in done.output
    told = report.read_text(encoding="utf-8-sig").splitlines()
    [row] = list(csv.DictReader(told, delimiter=";"))
    assert (row["Identifiant"], row["Résultat"]) == ("ZZZ", "refusée")
    file.write_bytes(b"bonjour")
    assert CliRunner().invoke(app, ["offer", "import", str(file)]).exit_code == 1

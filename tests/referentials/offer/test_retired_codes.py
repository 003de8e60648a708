"""Codes that a loaded version of a nomenclature left: the units and the words that hold them still change."""

import pytest
from django.urls import reverse

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.terminology import carried
from enrs.core.terminology.carried import Loaded
from enrs.referentials.offer import commands, forms, tables
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.fhir_writing import resource_of
from enrs.referentials.offer.models import HealthcareService
from enrs.referentials.offer.queries import checking
from enrs.referentials.offer.rules import vocabulary
from enrs.referentials.offer.vocabulary_forms import ThemeForm, initial_of, said
from tests.core.fhir.test_patching import operation
from tests.referentials.offer.factories import make_site, make_unit
from tests.referentials.offer.test_coded_patches import send_place
from tests.referentials.offer.test_patches import OPEN, send, worker

pytestmark = pytest.mark.django_db(transaction=True)
MODES, SPECIALITIES = tables.PUBLISHED["mode"][1], tables.SYSTEMS["TRE_R38"]
LIMITS = tables.SYSTEMS["ROR"]


@pytest.fixture
def load(monkeypatch):
    """`load(address, **words)`: what a process would read once a file is loaded."""
    found: dict[str, Loaded] = {}
    monkeypatch.setattr("enrs.referentials.offer.tables.loaded", found.get)

    def run(address, **words):
        words = {code.removeprefix("_"): text for code, text in words.items()}
        found[address] = Loaded("2", words, dict.fromkeys(words, address))

    carried.forget()
    yield run
    carried.forget()


@pytest.fixture
def unit(load):
    """A unit with a mode, a speciality and an equipment that the loaded versions left; « 88 » was never packaged."""
    load(MODES, _29="Hospitalisation de jour", _88="Autre")
    load(SPECIALITIES, SM04="Cardiologie")
    made = make_unit(
        make_site(), contacts=[OPEN], mode_codes=["29", "88"], speciality_codes=["SM04"],
        equipment=[{"code": "089", "count": 1, "max_weight": 200, "note": ""}],
    )  # fmt: skip
    with acting(SYSTEM):
        made = commands.publish_unit(service=made, expected_version=made.version)
    load(MODES, _28="Hospitalisation complète")
    load(SPECIALITIES, SM54="Médecine générale")
    load(LIMITS, _001="Autre équipement")
    return made


def test_what_is_published_keeps_the_packaged_system_and_label(unit):
    [day, other] = resource_of(unit)["characteristic"]
    assert day["coding"][0] == {
        "system": MODES,
        "code": "29",
        "display": tables.packaged("mode")["29"].label,
    }
    assert (other["coding"][0]["system"], other["coding"][0]["code"]) == (MODES, "88")


def test_another_change_does_not_wait_for_it(client, unit):
    user = worker(unit.site)
    comment = operation("add", "HealthcareService", name="comment", value="Douze postes.")
    answer = send(client, unit, user, comment)
    assert answer.status_code == 200, answer.content
    taken_away = operation("delete", "HealthcareService.characteristic[0]")
    assert send(client, unit, user, taken_away).status_code == 200
    one = HealthcareService.objects.get()
    assert (one.description, one.mode_codes) == ("Douze postes.", ["88"])
    # It is still told, and weighs on the score.
    assert checking.checked(one) == (checking.faults_of(one), [])
    assert "ST01" in checking.faults_of(one)


def test_a_retired_code_is_not_added_by_a_patch(client, unit):
    coding = {"system": SPECIALITIES, "code": "SM62"}
    added = operation(
        "add", "HealthcareService", name="specialty",
        value={"valueCodeableConcept": {"coding": [coding]}},
    )  # fmt: skip
    assert send(client, unit, worker(unit.site), added).status_code == 422


def test_nor_by_a_command(unit):
    with acting(SYSTEM), pytest.raises(OfferRefusedError) as refused:
        commands.amend_unit(
            service=unit, expected_version=unit.version, values={"mode_codes": ["29", "30"]}
        )
    assert refused.value.codes == ["ST01"]


def test_the_count_of_a_retired_equipment_changes(client, unit):
    from enrs.referentials.offer.fhir import EQUIPMENT  # noqa: PLC0415

    path = f"Location.extension('{EQUIPMENT}')[0].extension('nbInService').value"
    changed = operation("replace", path, value={"valueInteger": 4})
    answer = send_place(client, unit, worker(unit.site), changed)
    assert answer.status_code == 200, answer.content
    assert HealthcareService.objects.get().equipment[0]["count"] == 4


def test_the_form_shows_it_and_keeps_it(unit, signed_in):
    browser = signed_in(worker(unit.site))
    address = reverse("offer:edit", args=[unit.pk])
    page = browser.get(address).content.decode()
    assert f"{tables.label('mode', '29')} (code retiré)" in page
    assert f"{tables.label('equipment', '089')} (code retiré)" in page
    values = checking.values_of(unit)
    lines = forms.lines_of(None, values)
    data = {
        name: value
        for name, value in forms.initial_of(values).items()
        if value not in (None, False)
    }
    for one in lines.values():
        data |= {f"{one.prefix}-{name}": str(one.management_form.initial.get(name)) for name in
                 ("TOTAL_FORMS", "INITIAL_FORMS")}  # fmt: skip
        for form in one:
            data |= {
                form.add_prefix(name): value
                for name, value in form.initial.items()
                if value is not None
            }
    answer = browser.post(address, data | {"version": str(unit.version), "acte": "publier"})
    assert answer.status_code == 302, answer.content.decode()
    one = HealthcareService.objects.get()
    assert (one.mode_codes, one.speciality_codes, one.state) == (
        ["29", "88"],
        ["SM04"],
        "published",
    )
    assert [item["code"] for item in one.equipment] == ["089"]


def test_a_patch_knows_a_loaded_code_as_soon_as_the_form(load):
    assert tables.table_of(MODES, "77", ["mode"]) == ""
    load(MODES, _77="Téléréadaptation")
    assert tables.table_of(MODES, "77", ["mode"]) == "mode"
    assert tables.table_of(MODES, "29", ["mode"]) == ""


def test_the_levels_of_contacts_are_ours(load):
    load(tables.SYSTEMS["TRE_R283"], _1="Libre", _2="Restreint")
    assert tables.table("level") == tables.packaged("level")


def test_the_field_of_an_activity_stops_nothing(load):
    load(tables.SYSTEMS["TRE_R227"], _99="Autre champ")
    made = make_unit(make_site(), contacts=[OPEN], activity_code="", field_code="")
    values = {"activity_code": "dialyse-centre", "field_code": "01"}
    with acting(SYSTEM):
        commands.amend_unit(service=made, expected_version=made.version, values=values)
    assert HealthcareService.objects.get().field_code == "01"


def test_the_words_of_the_region_keep_a_retired_code(load):
    load(LIMITS, _001="Autre équipement")
    content = {
        "label": "Forte corpulence", "icon": "heart", "summary": "", "tokens": ["equipment:089"],
        "equipment": ["089"],
    }  # fmt: skip
    assert vocabulary.fault_of("theme", "", content, themes={}, needs={}, finds=tables.find) == ""
    initial = initial_of(content, 1)
    form = ThemeForm(
        {
            "label": "Forte corpulence",
            "icon": "heart",
            "codes_equipment": ["089"],
            "equipment": ["089"],
        },
        initial=initial,
    )
    assert form.is_valid(), form.errors
    assert form.content() == content
    words = tables.label("equipment", "089")
    assert f"{words} (code retiré)" in str(form["codes_equipment"])
    assert said(["equipment:089", "kind:unit"]) == [words, "kind:unit"]

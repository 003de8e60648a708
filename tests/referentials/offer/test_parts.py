"""Poles, services and units of a site: its referents keep them, and say where each of their units stands."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from enrs.core.access.actor import acting
from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.offer import commands
from enrs.referentials.offer.commands import OfferRefusedError
from enrs.referentials.offer.models import HealthcareService, InternalOrganisation
from enrs.referentials.offer.queries.parts import lines_of, path_of
from enrs.referentials.offer.rules.parts import RANKS, may_hold
from tests.referentials.offer.factories import make_site, make_unit
from tests.referentials.offer.test_pages import FORMS, referent, worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return make_site()


@pytest.fixture
def by(site):
    return actor_of(referent(site))


def made(site, kind="pole", name="Pôle médecine", parent=None):
    return InternalOrganisation.objects.create(
        id=uuid7(), site=site, kind=kind, name=name, parent=parent
    )


def test_a_part_holds_those_of_lower_kinds_alone():
    held = {(above, below) for above in RANKS for below in RANKS if may_hold(above, below)}
    assert held == {("pole", "service"), ("pole", "structure"), ("service", "structure")}


def test_parts_are_made_renamed_moved_and_closed_with_a_line_each(site, by):
    with acting(by):
        pole = commands.create_part(site=site, kind="pole", name=" Pôle médecine ")
        service = commands.create_part(site=site, kind="service", name="Cardiologie")
        service = commands.change_part(
            part=service, expected_version=1, name="Cardiologie et soins intensifs", parent=pole
        )
        ward = commands.create_part(site=site, kind="structure", name="USIC", parent=service)
        assert path_of(ward) == "Pôle médecine › Cardiologie et soins intensifs › USIC"
        assert [(line.part.name, line.depth) for line in lines_of(site.pk)] == [
            ("Pôle médecine", 0), ("Cardiologie et soins intensifs", 1), ("USIC", 2),
        ]  # fmt: skip
        with pytest.raises(OfferRefusedError, match="part_used"):
            commands.close_part(part=pole, expected_version=1)
        with pytest.raises(StaleSaveError):
            commands.change_part(part=service, expected_version=1, name="Autre")
        commands.close_part(part=ward, expected_version=1)
    assert len(lines_of(site.pk)) == 2
    actions = list(
        AuditLine.objects.filter(action__startswith="offer.part").values_list("action", flat=True)
    )
    assert sorted(actions) == [
        "offer.part.changed",
        "offer.part.closed",
        *["offer.part.created"] * 3,
    ]


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"name": "  "}, "part_name"), ({"name": "a\x00"}, "part_name"), ({"kind": "aile"}, "part_kind"),
     ({"kind": "pole", "parent": "here"}, "parent"), ({"parent": "elsewhere"}, "part"),
     ({"parent": "closed"}, "part")],
)  # fmt: skip
def test_what_cannot_be_is_refused(given, reason, site, by):
    parents = {
        "here": made(site), "elsewhere": made(make_site(2)),
        "closed": made(site, name="Fermé"),
    }  # fmt: skip
    InternalOrganisation.objects.filter(name="Fermé").update(is_active=False)
    values = {"kind": "service", "name": "Cardiologie"} | given
    if "parent" in values:
        values["parent"] = parents[values["parent"]]
    with acting(by), pytest.raises(OfferRefusedError, match=reason):
        commands.create_part(site=site, **values)


def test_another_site_s_referent_and_a_colleague_change_nothing(site):
    part = made(site)
    for user in (referent(make_site(2)), worker(site)):
        with acting(actor_of(user)):
            with pytest.raises(AccessRefusedError):
                commands.create_part(site=site, kind="pole", name="X")
            with pytest.raises(AccessRefusedError):
                commands.change_part(part=part, expected_version=1, name="X")
            with pytest.raises(AccessRefusedError):
                commands.close_part(part=part, expected_version=1)


def test_the_pages_are_a_404_elsewhere_and_keep_the_parts_here(site, signed_in):
    part = made(site)
    names = {"parts": [site.pk], "create_part": [site.pk], "change_part": [site.pk, part.pk],
             "close_part": [site.pk, part.pk]}  # fmt: skip
    stranger, browser = signed_in(worker(site)), signed_in(referent(site))
    for name, args in names.items():
        address = reverse(f"offer:{name}", args=args)
        answer = stranger.get(address) if name == "parts" else stranger.post(address, {})
        assert answer.status_code == 404, name
    mine = browser.get(reverse("offer:mine")).content.decode()
    assert reverse("offer:parts", args=[site.pk]) in mine
    create = reverse("offer:create_part", args=[site.pk])
    browser.post(create, {"kind": "service", "name": "Cardiologie", "parent": str(part.pk)})
    browser.post(create, {"kind": "service", "name": "", "parent": "x"})
    page = browser.get(reverse("offer:parts", args=[site.pk])).content.decode()
    assert page.count("Cardiologie") > 1
    ward = InternalOrganisation.objects.get(kind="service")
    change = reverse("offer:change_part", args=[site.pk, ward.pk])
    browser.post(change, {"version": "1", "name": "Cardio", "parent": ""})
    stale = browser.post(change, {"version": "1", "name": "Autre"}, follow=True)
    assert "entre-temps" in stale.content.decode()
    ward.refresh_from_db()
    assert (ward.name, ward.parent_id) == ("Cardio", None)
    browser.post(reverse("offer:close_part", args=[site.pk, ward.pk]), {"version": "2"})
    assert [line.part for line in lines_of(site.pk)] == [part]


def test_a_unit_is_put_in_a_service_by_its_description(site, signed_in):
    pole = made(site)
    service = made(site, "service", "Néphrologie", pole)
    unit = make_unit(site)
    browser = signed_in(referent(site))
    address = reverse("offer:edit", args=[unit.pk])
    assert "— Néphrologie" in browser.get(address).content.decode()
    posted = FORMS | {
        "version": "1", "name": "Hémodialyse", "activity_code": "dialyse-centre", "part": str(service.pk),
        "acte": "garder",
    }  # fmt: skip
    browser.post(address, posted)
    unit.refresh_from_db()
    assert unit.internal_organisation_id is None, "a draft moves nothing"
    assert unit.draft["part"] == str(service.pk)
    browser.post(address, posted | {"version": "2", "acte": "publier"})
    unit.refresh_from_db()
    assert unit.internal_organisation_id == service.pk
    card = browser.get(reverse("offer:card", args=[unit.pk])).content.decode()
    told = strip_tags(card)
    assert "Pôle médecine › Néphrologie" in told
    with acting(actor_of(referent(site))), pytest.raises(OfferRefusedError, match="part_used"):
        commands.close_part(part=service, expected_version=1)


@pytest.mark.parametrize("which", ["elsewhere", "closed", "x", "nobody"])
def test_a_unit_goes_in_no_part_of_another_site_nor_in_a_closed_one(which, site, by):
    closed = made(site)
    closed.is_active = False
    closed.save()
    named = {"elsewhere": str(made(make_site(2)).pk), "closed": str(closed.pk), "x": "x",
             "nobody": str(uuid7())}[which]  # fmt: skip
    unit = make_unit(site)
    with acting(by), pytest.raises(OfferRefusedError, match="part"):
        commands.save_draft(service=unit, expected_version=1, values={"part": named})
    HealthcareService.objects.update(draft={"part": named})
    unit.refresh_from_db()
    with acting(by), pytest.raises(OfferRefusedError, match="part"):
        commands.publish_unit(service=unit, expected_version=1)
    assert HealthcareService.objects.get().version == 1

"""A minor's secret act: who records it, what it hides, and that no proxy sees that there is something."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from enrs.core.access.actor import SYSTEM
from enrs.core.access.commands import AccessRefusedError
from enrs.core.audit.models import AuditLine
from enrs.core.documents.models import Document
from enrs.core.events.models import Event
from enrs.core.fhir.models import Resource
from enrs.services.record import commands, queries
from enrs.services.record.commands import SecretRefusedError
from enrs.services.record.models import Report, Secret
from enrs.services.record.queries import secrets as secret_queries
from enrs.services.record.rules import secrets as rules
from tests.factories import actor, known_patient, person_of, proxy_of, user_of_role
from tests.services.record import factories as record

pytestmark = pytest.mark.django_db
YEAR = timezone.now().year
GIVEN = {
    "ground": "care", "what": "Dépistage", "is_asked": True, "is_consent_tried": True,
    "companion_name": "Awa SIDIBÉ", "companion_link": "Tante",
}  # fmt: skip


@pytest.fixture
def minor():
    return known_patient(birth_date=f"{YEAR - 15}-06-01")


@pytest.fixture
def paper(minor):
    return record.document(minor.pk, b"SECRET", title="Consultation du planning familial")


@pytest.fixture
def doctor(minor):
    return user_of_role("physician", minor)


def kept(as_actor, doctor, patient, *items, **more):
    with as_actor(actor(doctor)):
        return commands.keep_secret(
            patient_id=patient.pk, items=[one.pk for one in items], **GIVEN | more
        )


def marks_of(model):
    return dict(model.objects.values_list("pk", "hidden_from_proxies"))


FIXED = timezone.now() - timedelta(days=1)


def again_document(patient, *, may_loosen=False, **marks):
    """The same letter, sent once more."""
    meta = record.DocumentMeta(
        unique_id="1.2.3.1", type_code="11488-4", type_display="Compte rendu", title="Consultation",
        mime_type="text/plain", happened_at=FIXED, **marks,
    )  # fmt: skip
    with record.feed():
        return commands.file_document(
            identity_id=None, patient_id=patient.pk, content=b"V1", source="CH de Brie", meta=meta,
            may_loosen=may_loosen,
        )  # fmt: skip


def again_report(patient, *, may_loosen=False, **marks):
    """The same results, sent once more."""
    report = record.NewReport(
        number="R-1", code="11502-2", display="Bilan sanguin", issued_at=FIXED,
        observations=(record.observation(record.ANALYTES[0], FIXED),), **marks,
    )  # fmt: skip
    with record.feed():
        return commands.file_results(
            identity_id=None, patient_id=patient.pk, report=report, source=record.LAB,
            may_loosen=may_loosen,
        )  # fmt: skip


# The rule


@pytest.mark.parametrize(
    ("birth", "today", "is_adult"),
    [
        (date(2008, 5, 3), date(2026, 5, 2), False),
        (date(2008, 5, 3), date(2026, 5, 3), True),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(1950, 12, 31), date(2026, 1, 1), True),
        (None, date(2026, 1, 1), False),
    ],
)
def test_of_age_on_the_eighteenth_birthday(birth, today, is_adult):
    assert rules.is_adult(birth, today) is is_adult


@pytest.mark.parametrize(
    ("role", "grounds"),
    [
        ("physician", {"care", "contraception"}),
        ("midwife", {"care", "contraception"}),
        ("nurse", {"nursing", "contraception"}),
        ("pharmacist", set()),
        ("proxy", set()),
        ("patient", set()),
    ],
)
def test_each_profession_has_its_grounds(role, grounds):
    assert set(rules.grounds_of(role)) == grounds


# The commands


def test_what_is_chosen_is_hidden_from_proxies_alone(as_actor, minor, paper, doctor):
    other = record.document(minor.pk, b"POUR TOUS", title="Vaccins")
    report = record.report(minor.pk)
    made = kept(as_actor, doctor, minor, paper, report)
    assert (made.author_name, made.companion_name) == (doctor.name, "Awa SIDIBÉ")
    marks = dict(Document.objects.values_list("pk", "hidden_from_proxies"))
    assert marks == {paper.pk: True, other.pk: False}
    assert Report.objects.get(pk=report.pk).hidden_from_proxies
    seen = {
        role: {one.title for one in queries.documents(minor.pk, role=role)}
        for role in ("physician", "patient", "proxy")
    }
    assert seen["physician"] == seen["patient"] == {paper.title, "Vaccins"}
    assert seen["proxy"] == {"Vaccins"}
    current = Resource.objects.filter(is_current=True, id__in=[paper.pk, report.pk])
    assert {one.marks for one in current} == {4}
    line = AuditLine.objects.get(action="record.secret.kept")
    assert (line.patient_id, line.object_id, line.reason) == (minor.pk, str(made.pk), "care")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ground": "nursing"}, "fondement"),
        ({"ground": "none"}, "fondement"),
        ({"what": "  "}, "quel acte"),
        ({"is_asked": False}, "le demande"),
        ({"is_consent_tried": False}, "accord"),
        ({"companion_name": " "}, "adulte"),
    ],
)
def test_what_the_law_asks_is_there(as_actor, paper, doctor, changes, said):
    with pytest.raises(SecretRefusedError, match=said):
        kept(as_actor, doctor, paper.patient, paper, **changes)
    assert not Secret.objects.exists()


def test_something_of_this_record_is_chosen(as_actor, minor, doctor):
    elsewhere = record.document(known_patient(birth_name="SOREL").pk, b"AILLEURS")
    with pytest.raises(SecretRefusedError, match="au moins un"):
        kept(as_actor, doctor, minor)
    with pytest.raises(SecretRefusedError, match="plus dans la liste"):
        kept(as_actor, doctor, minor, elsewhere)


def test_contraception_asks_for_no_companion(as_actor, minor, paper):
    nurse = user_of_role("nurse", minor)
    made = kept(as_actor, nurse, minor, paper, ground="contraception", companion_name="")
    assert made.companion_name == ""


def test_an_adult_has_no_secret_act(as_actor, doctor):
    adult = known_patient(birth_date=f"{YEAR - 30}-06-01")
    paper = record.document(adult.pk, b"ADULTE")
    with pytest.raises(SecretRefusedError, match="18 ans"):
        kept(as_actor, user_of_role("physician", adult), adult, paper)


@pytest.mark.parametrize("role", ["pharmacist", "secretary", "social_worker", "patient", "proxy"])
def test_no_other_profession_records_one(as_actor, minor, paper, role):
    with pytest.raises(AccessRefusedError):
        kept(as_actor, user_of_role(role, minor), minor, paper)


def test_its_page_tells_nobody_of_what_is_hidden_from_them_besides(as_actor, minor, paper, doctor):
    made = kept(as_actor, doctor, minor, paper)
    Document.objects.filter(pk=paper.pk).update(masked_from_professionals=True)
    for role, titles in (("physician", []), ("patient", [paper.title])):
        shown = secret_queries.items_of([made], role=role)[made.pk]
        assert [one.title for one in shown] == titles


def test_its_author_lifts_it_when_the_minor_asks(as_actor, minor, paper, doctor):
    already = record.document(minor.pk, b"DEJA", hidden_from_proxies=True)
    made = kept(as_actor, doctor, minor, paper)
    with as_actor(actor(user_of_role("physician", minor))), pytest.raises(AccessRefusedError):
        commands.lift_secret(kept=made, is_asked=True)
    with as_actor(actor(doctor)):
        with pytest.raises(SecretRefusedError, match="elle-même"):
            commands.lift_secret(kept=made, is_asked=False)
        commands.lift_secret(kept=made, is_asked=True)
        with pytest.raises(SecretRefusedError, match="déjà levé"):
            commands.lift_secret(kept=made, is_asked=True)
    marks = dict(Document.objects.values_list("pk", "hidden_from_proxies"))
    assert marks == {paper.pk: False, already.pk: True}


def test_what_two_secrets_hide_stays_hidden_by_the_other(as_actor, minor, doctor):
    one, other = (record.document(minor.pk, b"%d" % i, unique_id=f"1.2.{i}") for i in (1, 2))
    first, second = (kept(as_actor, doctor, minor, paper) for paper in (one, other))
    with as_actor(SYSTEM, role="enrs_feed"):
        both = record.document(minor.pk, b"3", unique_id="1.2.3", replaces=("1.2.1", "1.2.2"))
    with as_actor(actor(doctor)):
        commands.lift_secret(kept=first, is_asked=True)
    assert marks_of(Document) == {one.pk: False, other.pk: True, both.pk: True}
    with as_actor(actor(doctor)):
        commands.lift_secret(kept=second, is_asked=True)
    assert not any(marks_of(Document).values())


# What comes later


def test_a_new_version_of_what_is_secret_is_secret(as_actor, minor, doctor):
    paper = record.document(minor.pk, b"V1", unique_id="1.2.3.1", set_id="1.2.3")
    made = kept(as_actor, doctor, minor, paper)
    with as_actor(SYSTEM, role="enrs_feed"):
        newer = record.document(
            minor.pk, b"V2", unique_id="1.2.3.2", set_id="1.2.3", version_number=2
        )
    assert newer.hidden_from_proxies
    assert made.items.count() == 2
    assert queries.documents(minor.pk, role="proxy", is_every_version=True) == []


def test_former_versions_go_with_the_one_that_is_chosen(as_actor, minor, doctor):
    first = record.document(minor.pk, b"V1", unique_id="1.2.3.1")
    newer = record.document(minor.pk, b"V2", unique_id="1.2.3.2", replaces=("1.2.3.1",))
    kept(as_actor, doctor, minor, newer)
    assert Document.objects.get(pk=first.pk).hidden_from_proxies


def test_no_source_lifts_what_a_minor_keeps_secret(as_actor, minor, doctor):
    fixed = {"unique_id": "1.2.3.1", "happened_at": timezone.now() - timedelta(days=1)}
    paper = record.document(minor.pk, b"V1", **fixed)
    kept(as_actor, doctor, minor, paper)
    meta = {
        "type_code": paper.type_code, "type_display": paper.type_display, "title": paper.title,
        "mime_type": paper.mime_type, **fixed,
    }  # fmt: skip
    with record.feed():
        commands.file_document(
            identity_id=None, patient_id=minor.pk, content=b"V1", source=paper.source,
            meta=record.DocumentMeta(**meta), may_loosen=True,
        )  # fmt: skip
    assert Document.objects.get().hidden_from_proxies


def test_the_document_of_a_chosen_report_goes_with_it_and_its_other_reports(
    as_actor, minor, doctor
):
    former = record.document(minor.pk, b"V1", unique_id="1.2.3.1")
    paper = record.document(minor.pk, b"V2", unique_id="1.2.3.2", replaces=("1.2.3.1",))
    other = record.document(minor.pk, b"AUTRE", unique_id="1.2.4")
    chosen = record.report(minor.pk, document_unique_id="1.2.3.1")
    beside = record.report(minor.pk, document_unique_id="1.2.3.2")
    apart = record.report(minor.pk)
    kept(as_actor, doctor, minor, chosen)
    assert marks_of(Document) == {former.pk: True, paper.pk: True, other.pk: False}
    assert marks_of(Report) == {chosen.pk: True, beside.pk: True, apart.pk: False}


def test_a_document_that_comes_after_its_secret_results_is_secret(as_actor, minor, doctor):
    report = record.report(minor.pk, document_unique_id="1.2.3")
    made = kept(as_actor, doctor, minor, report)
    with as_actor(SYSTEM, role="enrs_feed"):
        paper = record.document(minor.pk, b"LETTRE", unique_id="1.2.3")
        other = record.document(minor.pk, b"AUTRE")
    assert marks_of(Document) == {paper.pk: True, other.pk: False}
    assert made.items.count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        ([{"hidden_from_proxies": True}], True),
        ([{"hidden_from_proxies": True}, {}], True),
        ([{"hidden_from_proxies": True}, {"may_loosen": True}], False),
        ([{}], False),
    ],
)
@pytest.mark.parametrize("file", [again_document, again_report])
def test_what_a_source_masks_meanwhile_stays_masked_once_the_secret_is_lifted(
    as_actor, minor, doctor, file, sent
):
    messages, is_hidden_after = sent
    row = file(minor)
    made = kept(as_actor, doctor, minor, row)
    with as_actor(SYSTEM, role="enrs_feed"):
        for one in messages:
            assert file(minor, **one).pk == row.pk
    row.refresh_from_db()
    assert row.hidden_from_proxies
    with as_actor(actor(doctor)):
        commands.lift_secret(kept=made, is_asked=True)
    row.refresh_from_db()
    assert row.hidden_from_proxies is is_hidden_after


def test_no_open_page_is_told_of_what_is_secret(as_actor, minor, doctor):
    paper = record.document(minor.pk, b"V1", unique_id="1.2.3.1")
    report = record.report(minor.pk, number="R-1")
    made = kept(as_actor, doctor, minor, paper, report)
    before = set(Event.objects.values_list("pk", flat=True))
    with as_actor(SYSTEM, role="enrs_feed"):
        newer = record.document(minor.pk, b"V2", unique_id="1.2.3.2", replaces=("1.2.3.1",))
        record.report(minor.pk, number="R-1", shift=1)
        commands.withdraw_document(document=newer, reason="Erreur")
    told = Event.objects.exclude(pk__in=before).filter(patient_id=minor.pk)
    assert {one.kind for one in told} == {
        "record.document.filed", "record.document.withdrawn",
        "record.results.filed", "record.results.withdrawn",
    }  # fmt: skip
    assert all(one.topics == [] for one in told)
    said = Event.objects.get(kind="record.secret.kept")
    assert (said.topics, said.payload) == ([], {"ids": [str(made.pk)]})
    with as_actor(SYSTEM, role="enrs_feed"):
        record.document(minor.pk, b"POUR TOUS")
    assert Event.objects.filter(topics=[f"patient:{minor.pk}"]).exclude(pk__in=before).count() == 1


def test_no_version_of_what_comes_later_was_ever_open(as_actor, minor, doctor):
    kept(as_actor, doctor, minor, record.report(minor.pk, number="R-1"))
    with as_actor(SYSTEM, role="enrs_feed"):
        corrected = record.report(minor.pk, number="R-1", shift=1)
    assert set(Resource.objects.filter(id=corrected.pk).values_list("marks", flat=True)) == {4}


def test_corrected_results_stay_secret(as_actor, minor, doctor):
    report = record.report(minor.pk, number="R-1")
    kept(as_actor, doctor, minor, report)
    with as_actor(SYSTEM, role="enrs_feed"):
        corrected = record.report(minor.pk, number="R-1", shift=1)
    assert corrected.pk != report.pk
    assert set(Report.objects.values_list("hidden_from_proxies", flat=True)) == {True}


# What a proxy sees


def test_a_proxy_sees_no_row_nor_line_of_it(as_actor, signed_in, minor, paper, doctor):
    parent, person = proxy_of(minor), person_of(minor)
    browser = signed_in(doctor)
    browser.get(reverse("record:document", args=[minor.pk, paper.pk]))
    kept(as_actor, doctor, minor, paper)
    browser.get(reverse("record:document", args=[minor.pk, paper.pk]))
    browser.get(reverse("record:secrets", args=[minor.pk]))
    browser.get(reverse("record:summary", args=[minor.pk]))
    with as_actor(actor(parent)):
        assert not Secret.objects.exists()
        assert not Document.objects.filter(hidden_from_proxies=False).exists()
        theirs = queries.accesses(minor.pk, limit=100)
    with as_actor(actor(person)):
        own = queries.accesses(minor.pk, limit=100)
        assert Secret.objects.count() == 1
    hidden = {one.action for one in own} - {one.action for one in theirs}
    assert hidden == {
        "record.secret.kept", "record.secrets.read", "record.document.read", "record.document.filed",
    }  # fmt: skip
    assert "record.summary.read" in {one.action for one in theirs}


@pytest.mark.parametrize(("reader", "is_told"), [(person_of, True), (proxy_of, False)])
def test_the_pages_of_each(as_actor, signed_in, paper, reader, is_told):
    minor = paper.patient
    kept(as_actor, user_of_role("physician", minor), minor, paper)
    browser = signed_in(reader(minor))
    documents = browser.get(reverse("record:documents", args=[minor.pk])).content.decode()
    journal = browser.get(reverse("record:accesses", args=[minor.pk])).content.decode()
    for page in (documents, journal):
        assert ("secret" in page.lower()) is is_told
    assert (paper.title in documents) is is_told
    secrets = browser.get(reverse("record:secrets", args=[minor.pk]))
    assert secrets.status_code == (200 if is_told else 404)
    own = browser.get(reverse("record:document", args=[minor.pk, paper.pk]))
    assert own.status_code == (200 if is_told else 404)
    for name in ("summary", "life_line", "notes", "results"):
        page = browser.get(reverse(f"record:{name}", args=[minor.pk])).content.decode()
        assert is_told or ("secret" not in page.lower() and paper.title not in page)


# The screen


def test_a_doctor_records_and_lifts_it(signed_in, minor, paper, doctor):
    browser, address = signed_in(doctor), reverse("record:secrets", args=[minor.pk])
    assert address in browser.get(reverse("record:documents", args=[minor.pk])).content.decode()
    bad = browser.post(address, {"ground": "care", "what": "Dépistage", "items": [str(paper.pk)]})
    assert (bad.status_code, "que si la personne mineure" in bad.content.decode()) == (422, True)
    given = {name: "on" if value is True else value for name, value in GIVEN.items()}
    browser.post(address, given | {"items": [str(paper.pk)]})
    page = browser.get(address).content.decode()
    assert "Awa SIDIBÉ" in page
    assert "Lever le secret" in page
    made = Secret.objects.get()
    lift = reverse("record:secret_lift", args=[minor.pk, made.pk])
    browser.post(lift)
    assert Secret.objects.get().withdrawn_at is None
    browser.post(lift, {"demande": "1"})
    assert not Document.objects.get().hidden_from_proxies
    assert "Aucun acte au secret" in browser.get(address).content.decode()


def test_an_old_document_is_put_under_secret_from_its_own_page(
    signed_in, minor, paper, doctor, monkeypatch
):
    monkeypatch.setattr(secret_queries, "OFFERED", 1)
    old = record.document(minor.pk, b"ANCIEN", title="Ancienne lettre", happened_at=record.ago(900))
    browser, address = signed_in(doctor), reverse("record:secrets", args=[minor.pk])
    assert "Ancienne lettre" not in browser.get(address).content.decode()
    page = browser.get(reverse("record:document", args=[minor.pk, old.pk])).content.decode()
    assert f"{address}?document={old.pk}" in page
    address = f"{address}?document={old.pk}"
    form = browser.get(address).context["form"]
    assert form["items"].value() == [str(old.pk)]
    assert {key for key, _ in form.fields["items"].choices} == {str(old.pk), str(paper.pk)}
    given = {name: "on" if value is True else value for name, value in GIVEN.items()}
    assert browser.post(address, given | {"items": [str(old.pk)]}).status_code == 302
    assert marks_of(Document) == {old.pk: True, paper.pk: False}
    page = browser.get(reverse("record:document", args=[minor.pk, old.pk])).content.decode()
    assert "?document=" not in page


@pytest.mark.parametrize("asked", ["x", "", "00000000-0000-0000-0000-000000000000"])
def test_a_document_that_is_not_there_changes_nothing_of_the_form(signed_in, paper, doctor, asked):
    address = reverse("record:secrets", args=[paper.patient_id])
    answer = signed_in(doctor).get(f"{address}?document={asked}")
    assert [key for key, _ in answer.context["form"].fields["items"].choices] == [str(paper.pk)]


@pytest.mark.parametrize("reader", [proxy_of, person_of, lambda of: user_of_role("pharmacist", of)])
def test_the_page_of_a_document_offers_it_to_no_other(signed_in, paper, reader):
    browser = signed_in(reader(paper.patient))
    page = browser.get(reverse("record:document", args=[paper.patient_id, paper.pk]))
    assert page.status_code == 200
    assert "?document=" not in page.content.decode()


def test_the_form_says_what_stays_visible(signed_in, paper, doctor):
    page = signed_in(doctor).get(reverse("record:secrets", args=[paper.patient_id]))
    said = "traitements vaccinations mesures problèmes formulaires plans conversations"
    assert all(word in page.content.decode() for word in said.split())


def test_for_an_adult_the_page_says_why_not(signed_in):
    adult = known_patient(birth_date=f"{YEAR - 40}-06-01")
    browser = signed_in(user_of_role("physician", adult))
    address = reverse("record:secrets", args=[adult.pk])
    page = browser.get(address).content.decode()
    assert "18 ans ou plus" in page
    assert browser.post(address, {"ground": "care"}).status_code == 404
    documents = browser.get(reverse("record:documents", args=[adult.pk])).content.decode()
    assert address not in documents

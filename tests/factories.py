"""Invented people, places and facts for tests; every identifier lies in a test range."""

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone
from factory.django import DjangoModelFactory

from enrs.core.access import rules as access_rules
from enrs.core.access.actor import Actor
from enrs.core.access.models import Grant, Level, OperatingSession
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.documents import store
from enrs.core.documents.models import Document
from enrs.core.ids import uuid7
from enrs.core.questionnaires.models import Answer, Form
from enrs.core.subjects.models import Patient
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity.commands import receive_identity
from enrs.referentials.identity.rules import Traits
from enrs.services.record.models import (
    Allergy,
    Encounter,
    Masking,
    Measure,
    Note,
    Observation,
    Prescription,
    Problem,
    Publication,
    Report,
    Secret,
    Treatment,
    Vaccination,
)

TEST_OID = "1.2.250.1.213.1.4.10"
"""Authority of the INS numbers made for tests."""

MOMENT = datetime(2026, 3, 12, 13, 5, tzinfo=UTC)
FAMILIES = ("DUBREUIL", "N'DIAYE", "LE GOFF", "MARCHETTI", "DE LA VALETTE", "ÇELIK")
GIVEN = ("Marie-Bernadette", "Ousmane", "Yann", "Giulia", "Hugues", "Défné")


class UserFactory(DjangoModelFactory[User]):
    """A user; traits give each kind, `role` gives a professional their position."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        patient = factory.Trait(kind=User.Kind.PATIENT)
        relative = factory.Trait(kind=User.Kind.RELATIVE)
        operator = factory.Trait(kind=User.Kind.OPERATOR)

    login = factory.Sequence(lambda n: f"essai{n}-{uuid7().hex[-6:]}")
    name = factory.Sequence(lambda n: f"{GIVEN[n % 6]} {FAMILIES[n % 6]}")
    kind = User.Kind.PROFESSIONAL
    password = factory.django.Password("essai-de-connexion")

    @factory.post_generation
    def role(self: User, create: bool, extracted: str | None, **_: Any) -> None:
        if create and extracted:
            PositionFactory(user=self, role=extracted)


class PositionFactory(DjangoModelFactory[Position]):
    """A place of work with the role that it gives.

    The exploitation's (`operator`) comes with an open session; `standby` is the same without one.
    """

    class Meta:
        model = Position

    user = factory.SubFactory(UserFactory)
    organisation_id = factory.LazyFunction(uuid7)
    organisation_name = factory.Sequence(lambda n: f"Centre hospitalier d'essai {n}")
    role = "nurse"
    label = factory.LazyAttribute(lambda position: position.role)
    is_default = True

    @classmethod
    def _create(cls, model_class: type[Position], *args: Any, **kwargs: Any) -> Position:
        role = kwargs["role"]
        at = kwargs | {"role": access_rules.office_of(role)}
        made: Position = super()._create(model_class, *args, **at)
        if role == "operator":
            operating_session(made.user)
        return made


def operating_session(user: User, **fields: Any) -> OperatingSession:
    """An exploitation session that this user has open."""
    now = timezone.now()
    values = {
        "reason": "Suivi de l'incident d'essai",
        "opened_at": now - timedelta(minutes=1),
        "valid_until": now + timedelta(hours=1),
    }
    return OperatingSession.objects.create(user_id=user.id, user_name=user.name, **values | fields)


class PatientFactory(DjangoModelFactory[Patient]):
    """A patient anchor alone."""

    class Meta:
        model = Patient


def known_patient(**traits: Any) -> Patient:
    """A patient with a source identity and a regional one, made by the identity command."""
    number = uuid7().hex[-10:]
    given = {
        "birth_name": "DUBREUIL",
        "first_given_name": "MARIE-BERNADETTE",
        "given_names": "MARIE-BERNADETTE ANNE",
        "birth_date": "1944-03-12",
        "sex": "F",
        "birth_place_code": "75112",
        "status": "validated",
    } | traits
    identity = receive_identity(
        system="urn:oid:1.2.3.4.5", value=number, traits=Traits(**given), sender="essai"
    )
    return Patient.objects.get(pk=identity.patient_id)


def organisation(name: str = "Centre hospitalier d'essai", **fields: Any) -> Organisation:
    """An establishment of the directory."""
    values = {"id": uuid7(), "source": "finess", "name_key": name.upper(), "row_hash": ""} | fields
    return Organisation.objects.create(name=name, **values)


class GrantFactory(DjangoModelFactory[Grant]):
    """A right; `ended`, `future` and the levels are traits."""

    class Meta:
        model = Grant

    class Params:
        ended = factory.Trait(
            valid_until=factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(seconds=1))
        )
        future = factory.Trait(
            valid_from=factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(hours=1))
        )
        contributor = factory.Trait(level=Level.CONTRIBUTE)
        own = factory.Trait(level=Level.MANAGE, purpose="self")
        proxy = factory.Trait(level=Level.MANAGE, purpose="proxy")

    patient = factory.SubFactory(PatientFactory)
    grantee_id = factory.LazyFunction(uuid7)
    source_id = factory.LazyFunction(uuid7)
    source_kind = "member"
    purpose = "care_team"
    level = Level.READ
    valid_from = factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(minutes=5))


class _FactFactory(DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    class Params:
        withdrawn = factory.Trait(withdrawn_at=MOMENT, withdrawn_reason="Erreur de dossier")

    patient = factory.SubFactory(PatientFactory)
    identity_id = factory.LazyFunction(uuid7)


class DocumentFactory(_FactFactory):
    """A document with its encrypted content."""

    class Meta:
        model = Document

    class Params:
        content = b"Compte rendu d'essai"

    unique_id = factory.LazyFunction(lambda: f"2.25.{uuid7().int}")
    type_code = "11488-4"
    type_display = "Compte rendu de consultation"
    title = "Compte rendu de consultation"
    mime_type = "text/plain"
    happened_at = MOMENT
    blob = factory.LazyAttribute(lambda one: store.put(one.content))
    size = factory.LazyAttribute(lambda one: len(one.content))
    hash_sha1 = "0" * 40


class ReportFactory(_FactFactory):
    """A laboratory report without values."""

    class Meta:
        model = Report

    source = "labo-essai"
    number = factory.LazyFunction(lambda: uuid7().hex)
    code = "11502-2"
    code_system = "2.16.840.1.113883.6.1"
    display = "Biologie"
    issued_at = MOMENT


class ObservationFactory(_FactFactory):
    """One value of a report."""

    class Meta:
        model = Observation

    report = factory.SubFactory(ReportFactory, patient=factory.SelfAttribute("..patient"))
    code = "2823-3"
    code_system = "2.16.840.1.113883.6.1"
    display = "Potassium"
    observed_at = MOMENT
    value = "4.2"
    unit = "mmol/L"


class EncounterFactory(_FactFactory):
    """A stay under way."""

    class Meta:
        model = Encounter

    system = "urn:finess:750000000"
    number = factory.LazyFunction(lambda: uuid7().hex[:20])
    status = "in-progress"
    admitted_at = MOMENT
    last_event_at = MOMENT


class NoteFactory(_FactFactory):
    """A follow-up note."""

    class Meta:
        model = Note

    text = "A bien mangé ce midi."
    author_id = factory.LazyFunction(uuid7)
    author_name = "Yann LE GOFF"
    written_at = MOMENT


class FormFactory(DjangoModelFactory[Form]):
    """A form of one question, published."""

    class Meta:
        model = Form

    name = factory.LazyFunction(lambda: f"essai-{uuid7().hex[-12:]}")
    version = "1"
    url = factory.LazyAttribute(lambda one: f"urn:enrs:form:{one.name}")
    title = "Formulaire d'essai"
    status = "published"
    digest = factory.LazyFunction(lambda: uuid7().hex)
    owner = "essais"
    body = factory.LazyAttribute(
        lambda one: {
            "resourceType": "Questionnaire",
            "name": one.name,
            "version": one.version,
            "url": one.url,
            "title": one.title,
            "item": [{"linkId": "note", "type": "string", "text": "Note"}],
        }
    )


class AnswerFactory(_FactFactory):
    """An answer under way."""

    class Meta:
        model = Answer

    form = factory.SubFactory(FormFactory)
    form_name = factory.LazyAttribute(lambda one: one.form.name)
    form_version = factory.LazyAttribute(lambda one: one.form.version)
    author_name = "Yann LE GOFF"
    started_at = MOMENT
    saved_at = MOMENT


class _EntryFactory(_FactFactory):
    """An entry of the summary."""

    display = "Hypertension artérielle"
    author_name = "Yann LE GOFF"
    noted_at = MOMENT


class ProblemFactory(_EntryFactory):
    """A problem under way."""

    class Meta:
        model = Problem


class AllergyFactory(_EntryFactory):
    """An allergy to a medication."""

    class Meta:
        model = Allergy

    display = "Pénicilline"


class TreatmentFactory(_EntryFactory):
    """A treatment under way."""

    class Meta:
        model = Treatment

    display = "Amlodipine 5 mg"


class VaccinationFactory(_EntryFactory):
    """A vaccine given."""

    class Meta:
        model = Vaccination

    display = "Grippe"
    given_on = "2025-10-14"


class MeasureFactory(_EntryFactory):
    """A weight."""

    class Meta:
        model = Measure

    display = "Poids"
    kind = "weight"
    value = "62.5"
    unit = "kg"
    measured_at = MOMENT


class SecretFactory(_FactFactory):
    """An act that a minor keeps from their parents."""

    class Meta:
        model = Secret

    ground = "minor"
    what = "Consultation"
    author_id = factory.LazyFunction(uuid7)
    author_name = "Yann LE GOFF"
    kept_at = MOMENT


class MaskingFactory(_FactFactory):
    """A document that the person masks from professionals."""

    class Meta:
        model = Masking

    mark = Masking.Mark.FROM_PROFESSIONALS
    kind = Masking.Kind.DOCUMENT
    object_id = factory.LazyFunction(uuid7)
    act_id = factory.LazyFunction(uuid7)
    author_id = factory.LazyFunction(uuid7)
    author_name = "Sylvie RIVOAL"
    masked_at = MOMENT


class PublicationFactory(_FactFactory):
    """A document that waits to leave for the national record."""

    class Meta:
        model = Publication

    document = factory.SubFactory(DocumentFactory, patient=factory.SelfAttribute("..patient"))
    asked_by = "Yann LE GOFF"
    asked_at = MOMENT


class PrescriptionFactory(_FactFactory):
    """A prescription that its author has not signed yet."""

    class Meta:
        model = Prescription

    author_id = factory.LazyFunction(uuid7)
    author_name = "Yann LE GOFF"
    author_role = "physician"
    written_at = MOMENT


FACT_FACTORIES = (
    ProblemFactory,
    AllergyFactory,
    TreatmentFactory,
    VaccinationFactory,
    MeasureFactory,
    AnswerFactory,
    DocumentFactory,
    ReportFactory,
    ObservationFactory,
    EncounterFactory,
    NoteFactory,
    SecretFactory,
    MaskingFactory,
    PublicationFactory,
    PrescriptionFactory,
)


def member(patient: Patient, role: str, *, level: int = Level.CONTRIBUTE) -> User:
    """A professional of this role who is in the patient's circle."""
    user = UserFactory(role=role)
    GrantFactory(patient=patient, grantee_id=user.grantee_id, level=level)
    return user


def person_of(patient: Patient) -> User:
    """The account of the patient themselves."""
    user = UserFactory(patient=True, grantee_id=patient.pk)
    GrantFactory(patient=patient, grantee_id=user.grantee_id, own=True)
    return user


def proxy_of(patient: Patient) -> User:
    """The account of a relative who represents the patient."""
    user = UserFactory(relative=True)
    GrantFactory(patient=patient, grantee_id=user.grantee_id, proxy=True)
    return user


def user_of_role(role: str, patient: Patient | None = None) -> User:
    """A user of any role of the matrix, in the patient's circle when one is given."""
    if role in ("patient", "proxy"):
        if patient is None:
            return UserFactory(patient=role == "patient", relative=role == "proxy")
        return person_of(patient) if role == "patient" else proxy_of(patient)
    if role == "anonymous":
        return UserFactory()
    if patient is not None:
        return member(patient, role)
    kind = "operator" if role in ("operator", "standby", "auditor") else "professional"
    return UserFactory(role=role, kind=kind)


ROLES = access_rules.ROLES


def actor(user: User) -> Actor:
    """The actor of a user in their usual position."""
    return actor_of(user)


def set_password(user: User, password: str) -> None:
    """Give a user a password that a running region takes (the test run itself hashes more quickly)."""
    hasher = Argon2PasswordHasher()
    user.password = hasher.encode(password, hasher.salt())
    user.save(update_fields=["password"])

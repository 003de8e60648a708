"""What professionals do with an identity of their place: who may, what it changes, what is refused and why."""

from dataclasses import replace

import pytest

from enrs.core.access.commands import AccessRefusedError
from enrs.core.accounts.queries import actor_of
from enrs.core.audit.models import AuditLine
from enrs.core.subjects.commands import StaleSaveError
from enrs.referentials.directory.models import Organisation
from enrs.referentials.identity import commands
from enrs.referentials.identity.models import (
    IdentityVersion,
    InsCheck,
    RegionalIdentity,
    SourceIdentity,
)
from enrs.referentials.identity.rules import MoveRefusedError, Traits
from tests.factories import PositionFactory, UserFactory, organisation
from tests.referentials.identity.factories import AWA, fictional_ins, grant, receive

pytestmark = pytest.mark.django_db

SALIF = Traits(
    birth_name="OUEDRAOGO", first_given_name="SALIF", given_names="SALIF JEAN", birth_date="1961-05-02",
    sex="M", birth_place_code="99331",
)  # fmt: skip


def at_work(role="secretary", place=None):
    """Somebody with a place of work."""
    place = place or Organisation.objects.filter(finess_eg="770000016").first()
    place = place or organisation("Maison de santé des Tilleuls", finess_eg="770000016")
    user = UserFactory()
    PositionFactory(user=user, role=role, organisation_id=place.id, organisation_name=place.name)
    return actor_of(user)


def typed(by, traits=SALIF, **more):
    """An identity that somebody typed here, in their own circle."""
    made = commands.create_patient_by_hand(traits=traits, by=by, **more)
    grant(made.patient_id, by)
    return SourceIdentity.objects.get(pk=made.pk)


def sent(by, system="urn:finess:770000016", **changes):
    """An identity sent by the software of a place, of which somebody is in the circle."""
    made = receive("B1", system, **changes)
    grant(made.patient_id, by)
    return SourceIdentity.objects.get(pk=made.pk)


def fresh(identity):
    return SourceIdentity.objects.get(pk=identity.pk)


def test_a_document_seen_validates_in_a_new_signed_version(as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(by):
        commands.validate_identity(identity=identity, proof="PA", expected_version=1, by=by)
    now = fresh(identity)
    assert (now.status, now.proof, now.version) == ("validated", "PA", 2)
    assert RegionalIdentity.objects.get(pk=now.patient_id).status == "validated"
    assert IdentityVersion.objects.get(identity=now, version=2).by == by.name
    line = AuditLine.objects.get(action="identity.validated")
    assert line.patient_id == now.patient_id


def test_a_retrieved_identity_waits_for_the_worker_to_be_qualified(as_actor):
    by = at_work()
    identity = sent(by, status="retrieved")
    with as_actor(by):
        commands.validate_identity(identity=identity, proof="CN", expected_version=1, by=by)
    now = fresh(identity)
    assert (now.status, now.proof) == ("retrieved", "CN")
    assert InsCheck.objects.get(identity=now).kind == "qualify"


@pytest.mark.parametrize(
    ("proof", "code"), [("PC", "proof.driving_licence"), ("AN", "proof.minors_only"), ("", "proof.unknown")]
)  # fmt: skip
def test_a_document_that_proves_nothing_is_refused(as_actor, proof, code):
    by = at_work()
    identity = typed(by)
    with as_actor(by), pytest.raises(MoveRefusedError) as caught:
        commands.validate_identity(identity=identity, proof=proof, expected_version=1, by=by)
    assert caught.value.code == code
    assert fresh(identity).version == 1


def test_a_child_is_validated_by_a_certificate_and_a_parent_s_document(as_actor):
    by = at_work()
    identity = typed(by, replace(SALIF, birth_date="2019-05-02"))
    with as_actor(by):
        with pytest.raises(MoveRefusedError, match=r"proof\.parent"):
            commands.validate_identity(identity=identity, proof="AN", expected_version=1, by=by)
        commands.validate_identity(
            identity=identity, proof="AN", parent_seen=True, expected_version=1, by=by
        )
    assert fresh(identity).status == "validated"


@pytest.mark.parametrize("role", ["nurse", "allied", "social_worker"])
def test_who_may_not_write_identities_is_refused(as_actor, role):
    by = at_work()
    identity = typed(by)
    other = at_work(role)
    grant(identity.patient_id, other)
    with as_actor(other), pytest.raises(AccessRefusedError, match="profession"):
        commands.validate_identity(identity=identity, proof="CN", expected_version=1, by=other)


def test_another_place_s_identity_is_not_ours_to_change(as_actor):
    by = at_work()
    identity = sent(by, "urn:finess:750000016")
    with as_actor(by), pytest.raises(AccessRefusedError, match="place"):
        commands.mark_identity(
            identity=identity, attribute="doubtful", reason="Deux cartes", expected_version=1, by=by
        )


def test_nobody_outside_of_the_circle_acts(as_actor):
    by = at_work()
    identity = typed(by)
    stranger = at_work(place=organisation("Clinique du Parc", finess_eg="750000016"))
    with as_actor(stranger), pytest.raises(AccessRefusedError, match="outside_circle"):
        commands.step_back(identity=identity, reason="Essai", expected_version=1, by=stranger)


@pytest.mark.parametrize(
    ("attribute", "word"), [("doubtful", "doubted"), ("fictive", "fictitious")]
)
def test_a_doubt_takes_status_and_ins_away(as_actor, attribute, word):
    by = at_work()
    identity = sent(by)
    assert identity.status == "qualified"
    with as_actor(by):
        commands.mark_identity(
            identity=identity, attribute=attribute, reason="Carte d’une autre personne",
            expected_version=1, by=by,
        )  # fmt: skip
    now = fresh(identity)
    assert (now.status, now.attribute, now.ins, now.proof) == ("provisional", attribute, "", "")
    regional = RegionalIdentity.objects.get(pk=now.patient_id)
    assert (regional.status, regional.attribute, regional.ins) == ("provisional", attribute, "")
    assert AuditLine.objects.get(action=f"identity.{word}").reason == "Carte d’une autre personne"


def test_a_doubt_is_lifted_and_the_identity_begins_again(as_actor):
    by = at_work()
    identity = sent(by)
    with as_actor(by):
        commands.mark_identity(
            identity=identity,
            attribute="doubtful",
            reason="Carte d’un autre",
            expected_version=1,
            by=by,
        )
        commands.lift_attribute(
            identity=fresh(identity), reason="Carte revue", expected_version=2, by=by
        )
    assert (fresh(identity).attribute, fresh(identity).status) == ("", "provisional")


def test_a_namesake_keeps_its_status(as_actor):
    by = at_work()
    identity = sent(by)
    with as_actor(by):
        commands.mark_identity(
            identity=identity, attribute="homonym", reason="Deux cousins", expected_version=1, by=by
        )
    now = fresh(identity)
    assert (now.attribute, now.status, bool(now.ins)) == ("homonym", "qualified", True)
    with as_actor(by):
        commands.lift_attribute(identity=now, reason="Erreur", expected_version=2, by=by)
    assert (fresh(identity).attribute, fresh(identity).status) == ("", "qualified")


def test_a_strict_trait_corrected_takes_the_proof_away(as_actor):
    by = at_work()
    identity = typed(by, replace(SALIF, status="validated"))
    with as_actor(by):
        commands.correct_identity(
            identity=identity, changes={"birth_date": "1961-05-20"}, reason="Faute de frappe",
            expected_version=1, by=by,
        )  # fmt: skip
    now = fresh(identity)
    assert (now.birth_date, now.status, now.version) == ("1961-05-20", "provisional", 2)
    assert RegionalIdentity.objects.get(pk=now.patient_id).birth_date == "1961-05-20"


def test_an_address_corrected_leaves_the_status(as_actor):
    by = at_work()
    identity = typed(by, replace(SALIF, status="validated"))
    with as_actor(by):
        commands.correct_identity(
            identity=identity, changes={"phone": "0199000001", "ins": fictional_ins()},
            reason="Nouveau numéro", expected_version=1, by=by,
        )  # fmt: skip
    now = fresh(identity)
    assert (now.phone, now.status, now.ins) == ("0199000001", "validated", "")


def test_a_correction_of_nothing_writes_nothing(as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(by):
        commands.correct_identity(
            identity=identity, changes={"sex": "M"}, reason="Relecture", expected_version=1, by=by
        )
    assert fresh(identity).version == 1


def test_what_a_software_sends_is_corrected_there(as_actor):
    by = at_work()
    identity = sent(by, status="validated", ins="", ins_oid="")
    with as_actor(by), pytest.raises(MoveRefusedError, match="by_hand"):
        commands.correct_identity(
            identity=identity,
            changes={"city": "Meaux"},
            reason="Déménagée",
            expected_version=1,
            by=by,
        )


def test_a_qualified_identity_is_stepped_back_before_it_is_corrected(as_actor):
    by = at_work()
    identity = typed(by)
    SourceIdentity.objects.filter(pk=identity.pk).update(
        status="qualified", ins=AWA.ins, ins_oid=AWA.ins_oid, proof="CN"
    )
    with as_actor(by):
        with pytest.raises(MoveRefusedError, match=r"correct\.qualified"):
            commands.correct_identity(
                identity=identity, changes={"birth_name": "SANOU"}, reason="Erreur de nom",
                expected_version=1, by=by,
            )  # fmt: skip
        commands.step_back(
            identity=identity, reason="INS d’une autre personne", expected_version=1, by=by
        )
        commands.correct_identity(
            identity=fresh(identity), changes={"birth_name": "SANOU"}, reason="Erreur de nom",
            expected_version=2, by=by,
        )  # fmt: skip
    now = fresh(identity)
    assert (now.birth_name, now.status, now.ins, now.version) == ("SANOU", "provisional", "", 3)


def test_a_stale_act_is_refused(as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(by), pytest.raises(StaleSaveError):
        commands.validate_identity(identity=identity, proof="CN", expected_version=7, by=by)


def test_one_question_at_a_time(as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(by):
        for _ in range(2):
            commands.ask_ins(identity=identity, kind="traits", expected_version=1, by=by)
    check = InsCheck.objects.get()
    assert (check.asked_by, check.organisation_name) == (by.name, "Maison de santé des Tilleuls")


@pytest.mark.parametrize(
    ("kind", "code"), [("verify", "ins"), ("card", "act.unknown"), ("qualify", "act.unknown")]
)
def test_a_question_that_makes_no_sense_is_refused(as_actor, kind, code):
    by = at_work()
    identity = typed(by)
    with as_actor(by), pytest.raises(MoveRefusedError) as caught:
        commands.ask_ins(identity=identity, kind=kind, expected_version=1, by=by)
    assert caught.value.code == code


def test_a_doubtful_identity_is_never_asked_about(as_actor):
    by = at_work()
    identity = typed(by)
    with as_actor(by):
        commands.mark_identity(
            identity=identity,
            attribute="doubtful",
            reason="Papiers abîmés",
            expected_version=1,
            by=by,
        )
        with pytest.raises(MoveRefusedError, match="clear"):
            commands.ask_ins(identity=fresh(identity), kind="traits", expected_version=2, by=by)

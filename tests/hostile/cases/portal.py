"""The life of accounts: what a stranger may ask, and what a structure's referent alone may do."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.accounts.models import User
from enrs.services.portal import commands
from enrs.services.portal.commands import Words
from enrs.services.portal.models import (
    Announcement,
    Closing,
    Enrolment,
    LocalPerson,
    NumberMatch,
    Post,
    Referent,
)
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.services.portal import factories

PORTAL = "services.portal"
STRANGER = {
    "anonymous": "who enrols has no account: the code that reaches the person is what counts"
}
DESK: dict[str, Any] = {
    "own": True, "placed": True, "roles": (), "more": ("role:operator", "role:patient"),
}  # fmt: skip


def begun(w: World, state: str = "begun", way: str = "") -> Enrolment:
    """Somebody of the place who enrols."""
    person = factories.professional(factories.hospital("Clinique des Lilas"))
    return Enrolment.objects.create(
        subject_id=person.id, name=person.display, number=person.rpps, state=state, way=way,
        organisation_id=w.place.id, organisation_name=w.place.name, asked_at=timezone.now(),
        proved_at=timezone.now() if state == "proved" else None,
    )  # fmt: skip


def at_work(enrolment: Enrolment) -> Any:
    """Where that person works, for which somebody answers."""
    place = factories.queries_place(enrolment)
    factories.referent(place)
    return place.id


def desk(w: World) -> Referent:
    """The right actor answers for the place."""
    rows = Referent.objects.filter(user_id=w.right.id)
    if not rows.exists():
        factories.referent(w.place, w.right)
    return rows.get()


def colleague(w: World) -> User:
    desk(w)
    return w.user("physician")


@case(f"{PORTAL}.begin_enrolment", "nurse", but=STRANGER, in_circle=False)
def begin_enrolment(w: World) -> dict[str, Any]:
    person = factories.professional()
    return {"number": person.rpps, "family": person.family}


@case(f"{PORTAL}.ask_mail", "nurse", but=STRANGER, in_circle=False)
def ask_mail(w: World) -> dict[str, Any]:
    held = begun(w)
    return {"enrolment": held, "mailbox": factories.mailbox_key(held)}


@case(f"{PORTAL}.ask_letter", "nurse", but=STRANGER, in_circle=False)
def ask_letter(w: World) -> dict[str, Any]:
    held = begun(w)
    return {"enrolment": held, "organisation_id": at_work(held)}


@case(f"{PORTAL}.ask_referent", "nurse", but=STRANGER, in_circle=False)
def ask_referent(w: World) -> dict[str, Any]:
    held = begun(w)
    return {"enrolment": held, "organisation_id": at_work(held)}


@case(f"{PORTAL}.prove", "nurse", but=STRANGER, in_circle=False)
def prove(w: World) -> dict[str, Any]:
    held = begun(w)
    with acting(SYSTEM):
        commands.ask_mail(enrolment=held, mailbox=factories.mailbox_key(held))
    return {"enrolment": held, "code": factories.mailed_code()}


@case(f"{PORTAL}.open_account", "nurse", but=STRANGER, in_circle=False)
def open_account(w: World) -> dict[str, Any]:
    return {
        "enrolment": begun(w, "proved"),
        "login": "c.roche-essai",
        "password": factories.PASSWORD,
    }


@case(f"{PORTAL}.renew_password", "nurse", but=STRANGER, in_circle=False)
def renew_password(w: World) -> dict[str, Any]:
    held = begun(w, "proved")
    User.objects.create_user(
        "deja-la", "x", name=held.name, kind="professional", grantee_id=held.subject_id
    )
    return {"enrolment": held, "password": factories.PASSWORD}


SUBJECT = "f" * 64 + "v1"


@case(f"{PORTAL}.open_own_access", "nurse", but=STRANGER, in_circle=False)
def open_own_access(w: World) -> dict[str, Any]:
    return {"provider": "franceconnect", "subject": SUBJECT, "civil": factories.arriving()}


@case(f"{PORTAL}.open_by_invitation", "nurse", but=STRANGER, in_circle=False)
def open_by_invitation(w: World) -> dict[str, Any]:
    made, code = factories.invited(w.patient)
    civil = replace(factories.CIVIL, family=made.family, given=made.given)
    return {
        "number": made.number, "code": code, "provider": "franceconnect", "subject": SUBJECT, "civil": civil,
    }  # fmt: skip


@case(f"{PORTAL}.use_help", "nurse", but=STRANGER, in_circle=False)
def use_help(w: World) -> dict[str, Any]:
    helped = colleague(w)
    with w.as_right():
        code = commands.help_factor(
            organisation_id=w.place.id, user_id=helped.id, recognised="face", is_lost=True
        )
    return {"user": helped, "code": code}


@case(f"{PORTAL}.vouch", "nurse", in_circle=False, **DESK)
def vouch(w: World) -> dict[str, Any]:
    desk(w)
    return {"enrolment": begun(w, "asked", "referent")}


@case(f"{PORTAL}.refuse_enrolment", "nurse", in_circle=False, **DESK)
def refuse_enrolment(w: World) -> dict[str, Any]:
    desk(w)
    return {"enrolment": begun(w, "asked", "referent"), "reason": "Je ne la connais pas."}


@case(f"{PORTAL}.help_factor", "nurse", in_circle=False, **DESK)
def help_factor(w: World) -> dict[str, Any]:
    helped = colleague(w)
    return {
        "organisation_id": w.place.id, "user_id": helped.id, "recognised": "voice", "is_lost": False,
    }  # fmt: skip


@case(f"{PORTAL}.confirm_person", "nurse", in_circle=False, **DESK)
def confirm_person(w: World) -> dict[str, Any]:
    return {"organisation_id": w.place.id, "user_id": colleague(w).id}


@case(f"{PORTAL}.close_access", "nurse", in_circle=False, **DESK)
def close_access(w: World) -> dict[str, Any]:
    return {"organisation_id": w.place.id, "user_id": colleague(w).id, "reason": "Partie"}


@case(f"{PORTAL}.reopen_access", "nurse", in_circle=False, own=True, placed=True)
def reopen_access(w: World) -> dict[str, Any]:
    left = colleague(w)
    with w.as_right():
        made = commands.close_access(organisation_id=w.place.id, user_id=left.id, reason="")
    return {"closing": Closing.objects.get(pk=made.pk)}


@case(f"{PORTAL}.name_referent", "nurse", in_circle=False, own=True, placed=True)
def name_referent(w: World) -> dict[str, Any]:
    other = colleague(w)
    return {
        "organisation_id": w.place.id, "user_id": other.id, "kind": "delegate",
        "until": timezone.now() + timedelta(days=20),
    }  # fmt: skip


@case(f"{PORTAL}.name_first_referent", "operator", in_circle=False, roles=("operator",))
def name_first_referent(w: World) -> dict[str, Any]:
    return {
        "organisation_id": w.place.id, "user_id": w.user("physician").id,
        "reason": "Demandé par la direction, par courrier",
    }  # fmt: skip


@case(f"{PORTAL}.keep_favourite", "nurse", in_circle=False)
def keep_favourite(w: World) -> dict[str, Any]:
    return {"key": "offer:directory"}


def words(title: str = "Maintenance de l’annuaire") -> Words:
    now = timezone.now()
    return Words(
        title, "L’annuaire sera en lecture seule.", now - timedelta(minutes=5),
        now + timedelta(hours=2), "attention", ("nurse",),
    )  # fmt: skip


def announced(w: World) -> Announcement:
    with acting(SYSTEM):
        return commands.publish_announcement(words=words())


@case(f"{PORTAL}.publish_announcement", "operator", in_circle=False, roles=("operator",))
def publish_announcement(w: World) -> dict[str, Any]:
    return {"words": words()}


@case(f"{PORTAL}.change_announcement", "operator", in_circle=False, roles=("operator",))
def change_announcement(w: World) -> dict[str, Any]:
    made = announced(w)
    return {"announcement": made, "words": words("Reportée"), "expected_version": made.version}


@case(f"{PORTAL}.end_announcement", "operator", in_circle=False, roles=("operator",))
def end_announcement(w: World) -> dict[str, Any]:
    return {"announcement": announced(w)}


@case(f"{PORTAL}.set_opening", "operator", in_circle=False, roles=("operator",))
def set_opening(w: World) -> dict[str, Any]:
    return {"key": "beds", "roles": ["nurse"], "departments": [], "expected_version": 0}


@case(f"{PORTAL}.reset_opening", "operator", in_circle=False, roles=("operator",))
def reset_opening(w: World) -> dict[str, Any]:
    return {"key": "beds", "expected_version": 0}


@case(f"{PORTAL}.end_referent", "nurse", in_circle=False, own=True, placed=True)
def end_referent(w: World) -> dict[str, Any]:
    other = colleague(w)
    factories.referent(w.place, other, "delegate")
    return {"referent": Referent.objects.get(user_id=other.id)}


@case(f"{PORTAL}.register_local", "nurse", in_circle=False, **DESK)
def register_local(w: World) -> dict[str, Any]:
    desk(w)
    return nawel(w)


@case(f"{PORTAL}.merge_local", "nurse", in_circle=False, **DESK)
def merge_local(w: World) -> dict[str, Any]:
    person = factories.professional(w.place, family="HADDAD", given="Nawel")
    return {"person": local(w), "number": person.rpps}


def local(w: World) -> LocalPerson:
    """Somebody of the register of the place."""
    desk(w)
    with w.as_right():
        made, _ = commands.register_local(**nawel(w))
    return made


def proposed(w: World, person: LocalPerson) -> NumberMatch:
    """A number of the directory that may be that of somebody of the register."""
    found = factories.professional(w.place, family=person.family, given=person.given)
    return NumberMatch.objects.create(
        person=person, practitioner_id=found.id, number=found.rpps, name=found.display, label="Infirmier"
    )  # fmt: skip


@case(f"{PORTAL}.accept_number", "nurse", in_circle=False, **DESK)
def accept_number(w: World) -> dict[str, Any]:
    return {"match": proposed(w, local(w))}


@case(f"{PORTAL}.refuse_number", "nurse", in_circle=False, **DESK)
def refuse_number(w: World) -> dict[str, Any]:
    return {"match": proposed(w, local(w))}


@case(f"{PORTAL}.claim_number", "nurse", in_circle=False, **DESK)
def claim_number(w: World) -> dict[str, Any]:
    person = LocalPerson.objects.create(
        id=w.right.grantee_id, number="LABCDEFG", given="Nawel", family="Haddad", function_code="social_worker",
        organisation_id=w.place.id, registered_by_id=w.right.id, registered_by="Référente", proof="Passeport",
    )  # fmt: skip
    return {"match": proposed(w, person)}


def nawel(w: World) -> dict[str, Any]:
    return {
        "organisation_id": w.place.id, "given": "Nawel", "family": "Haddad",
        "function_code": "social_worker", "proof": "Passeport",
    }  # fmt: skip


@case(f"{PORTAL}.print_letter", "operator", in_circle=False, roles=("operator",))
def print_letter(w: World) -> dict[str, Any]:
    return {"enrolment": begun(w, "asked", "letter")}


@case(f"{PORTAL}.close_account", "operator", in_circle=False, roles=("operator",))
def close_account(w: World) -> dict[str, Any]:
    return {"user_id": w.user("nurse").id, "reason": "Compte ouvert par erreur"}


def post(w: World) -> Post:
    desk(w)
    with w.as_right():
        return commands.register_post(organisation_id=w.place.id, unit="Médecine B")[0]


@case(f"{PORTAL}.register_post", "nurse", in_circle=False, **DESK)
def register_post(w: World) -> dict[str, Any]:
    desk(w)
    return {"organisation_id": w.place.id, "unit": "Médecine B"}


@case(f"{PORTAL}.revoke_post", "nurse", in_circle=False, **DESK)
def revoke_post(w: World) -> dict[str, Any]:
    return {"post": post(w)}


@case(f"{PORTAL}.open_shift", "nurse", in_circle=False, placed=True, more=("role:patient",))
def open_shift(w: World) -> dict[str, Any]:
    return {"post": post(w), "pin": "4827"}


def on_shift(w: World) -> Any:
    held = post(w)
    with w.as_right():
        return commands.open_shift(post=held, pin="4827")


@case(f"{PORTAL}.take_over", "nurse", in_circle=False, but={
    "anonymous": "a locked post has nobody: its secret and the personal code are what counts",
})  # fmt: skip
def take_over(w: World) -> dict[str, Any]:
    return {"shift": on_shift(w), "pin": "4827"}


@case(f"{PORTAL}.end_shift", "nurse", in_circle=False, own=True)
def end_shift(w: World) -> dict[str, Any]:
    return {"shift": on_shift(w)}


@case(f"{PORTAL}.invite_person", "physician", category="circle", more=("role:patient",))
def invite_person(w: World) -> dict[str, Any]:
    return {
        "patient_id": w.patient.pk, "kind": "relative", "given": "Fatou", "family": "Diallo",
        "proof": "Passeport", "proxy_kind": "mandate",
    }  # fmt: skip


part(
    "one-time codes, made and taken for commands that decided", f"{PORTAL}.commands.codes",
    f"{PORTAL}.commands.opening",
)  # fmt: skip
part("the guards of the desk", f"{PORTAL}.commands.access", f"{PORTAL}.end_sessions")
feed(
    "what the platform does when the directory changed somebody's positions",
    f"{PORTAL}.follow_positions", f"{PORTAL}.sweep_accounts",
)  # fmt: skip
feed("what the platform asks by itself", f"{PORTAL}.remind_reviews", f"{PORTAL}.propose_numbers")
feed("the command line of the installation", f"{PORTAL}.open_first_account")

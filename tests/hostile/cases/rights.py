"""The desk of rights: who reads again what was opened in an emergency."""

from typing import Any

from django.utils import timezone

from enrs.core.moments import legal_day
from enrs.services.rights import commands
from enrs.services.rights.models import DataCopy, Retention
from tests.factories import person_of
from tests.hostile.table import case, feed, part
from tests.hostile.world import World
from tests.services.portal import factories as portal
from tests.services.rights.factories import (
    at_its_term,
    last_month,
    marked,
    named,
    opened,
    opener,
    read,
)

RIGHTS = "services.rights"
DESK: dict[str, Any] = {
    "own": True, "placed": True, "roles": (), "more": ("role:operator", "role:patient"), "in_circle": False,
}  # fmt: skip


def reviewed(w: World) -> Any:
    """The right actor answers for the place where a colleague opened a record."""
    portal.referent(w.place, w.right)
    return opened(opener(w.place), w.patient)


@case(f"{RIGHTS}.ask_explanation", "nurse", **DESK)
def ask_explanation(w: World) -> dict[str, Any]:
    return {"glass": reviewed(w), "text": "Que s’est-il passé cette nuit-là ?"}


@case(f"{RIGHTS}.judge_glass", "nurse", **DESK)
def judge_glass(w: World) -> dict[str, Any]:
    return {"glass": reviewed(w), "verdict": "unjustified", "text": "Aucune urgence au journal."}


@case(f"{RIGHTS}.explain_glass", "nurse", **DESK)
def explain_glass(w: World) -> dict[str, Any]:
    held = opened(w.right, w.patient)
    officer = w.user("auditor")
    with w.acting_as(officer):
        commands.ask_explanation(glass=held, text="Que s’est-il passé cette nuit-là ?")
    return {"glass": held, "text": "Une personne inconsciente, sans papiers."}


def read_by(w: World, user: Any) -> dict[str, Any]:
    """What names the line of somebody who opened the patient's record."""
    read(user, w.patient)
    return {"place": w.place.id, "user_id": user.pk, "reference": named(w.place, w.patient)}


@case(f"{RIGHTS}.mark_line", "nurse", **DESK)
def mark_line(w: World) -> dict[str, Any]:
    portal.referent(w.place, w.right)
    line = read_by(w, opener(w.place))
    asked = {"mark": "asked", "text": "Qu’est-ce qui vous y amenait ?"}
    return line | {"period": last_month()} | asked


@case(f"{RIGHTS}.close_line", "nurse", **DESK)
def close_line(w: World) -> dict[str, Any]:
    portal.referent(w.place, w.right)
    user = opener(w.place)
    read_by(w, user)
    return {"review": marked(w.right, user, w.patient, w.place), "text": ""}


@case(f"{RIGHTS}.explain_line", "nurse", **DESK)
def explain_line(w: World) -> dict[str, Any]:
    read_by(w, w.right)
    held = marked(portal.referent(w.place), w.right, w.patient, w.place)
    return {"review": held, "text": "Je la suis depuis son entrée."}


feed("what was opened comes on the list by itself", f"{RIGHTS}.receive_openings")

OFFICER: dict[str, Any] = {"roles": ("auditor",), "in_circle": False}


def letter(w: World, identity: str = "seen", kind: str = "rectification") -> dict[str, Any]:
    """What came by letter, as the form gives it."""
    return {
        "kind": kind, "origin": "letter", "person_name": "Awa SIDIBÉ", "asker_name": "", "asker_quality": "",
        "address": "3 rue des Érables, 77000 Melun", "identity": identity,
        "text": "Mon prénom est mal écrit.", "received_on": legal_day(timezone.now()),
    }  # fmt: skip


def taken(w: World, identity: str = "seen") -> Any:
    with w.as_right():
        return commands.register_right(**letter(w, identity))


@case(
    f"{RIGHTS}.ask_right", "patient",
    more=("outside", "role:physician", "role:auditor", "other_patient"), in_circle=True,
)  # fmt: skip
def ask_right(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk, "kind": "copy", "text": "Une copie de mes données."}


@case(f"{RIGHTS}.register_right", "auditor", **OFFICER)
def register_right(w: World) -> dict[str, Any]:
    return letter(w)


@case(f"{RIGHTS}.check_identity", "auditor", **OFFICER)
def check_identity(w: World) -> dict[str, Any]:
    return {"asked": taken(w, "none"), "identity": "copy"}


def of_heir(w: World) -> Any:
    """A daughter asks about her father, who died."""
    given = letter(w, kind="heir") | {
        "asker_name": "Hawa SIDIBÉ", "heir_quality": "heir", "motive": "cause", "text": "De quoi est-il mort ?",
    }  # fmt: skip
    with w.as_right():
        return commands.register_right(**given)


@case(f"{RIGHTS}.check_wish", "auditor", **OFFICER)
def check_wish(w: World) -> dict[str, Any]:
    return {"asked": of_heir(w), "wish": "none", "text": "Dossier et directives relus."}


@case(f"{RIGHTS}.extend_right", "auditor", **OFFICER)
def extend_right(w: World) -> dict[str, Any]:
    return {"asked": taken(w), "text": "Plusieurs structures sont à interroger."}


@case(f"{RIGHTS}.answer_right", "auditor", **OFFICER)
def answer_right(w: World) -> dict[str, Any]:
    return {"asked": taken(w), "text": "Votre prénom est corrigé."}


def of_restriction(w: World) -> Any:
    """The person asks that the use of their data be restricted."""
    with w.acting_as(person_of(w.patient)):
        return commands.ask_right(
            patient_id=w.patient.pk, kind="restriction", text="Je conteste deux comptes rendus."
        )


@case(f"{RIGHTS}.restrict", "auditor", **OFFICER)
def restrict(w: World) -> dict[str, Any]:
    return {"asked": of_restriction(w), "text": "Le traitement est limité."}


@case(f"{RIGHTS}.lift", "auditor", **OFFICER)
def lift(w: World) -> dict[str, Any]:
    asked = of_restriction(w)
    with w.as_right():
        held = commands.restrict(asked=asked, text="Le traitement est limité.")
    return {"restriction": held, "text": "La vérification est terminée."}


@case(f"{RIGHTS}.refuse_right", "auditor", **OFFICER)
def refuse_right(w: World) -> dict[str, Any]:
    return {"asked": taken(w), "refusal_code": "quality", "text": "Aucun mandat n’est joint."}


PERSON: dict[str, Any] = {
    "more": ("outside", "role:physician", "role:auditor", "other_patient"), "in_circle": True,
}  # fmt: skip


@case(f"{RIGHTS}.ask_copy", "patient", **PERSON)
def ask_copy(w: World) -> dict[str, Any]:
    return {"patient_id": w.patient.pk}


@case(f"{RIGHTS}.open_copy", "patient", **PERSON, is_reading=True)
def open_copy(w: World) -> dict[str, Any]:
    return {"made": copied(w)}


def copied(w: World) -> Any:
    """A copy of the right actor's own data, ready."""
    with w.as_right():
        made = commands.ask_copy(patient_id=w.patient.pk)
    commands.make_copies()
    return DataCopy.objects.get(pk=made.pk)


@case(f"{RIGHTS}.send_copy", "auditor", **OFFICER)
def send_copy(w: World) -> dict[str, Any]:
    person = person_of(w.patient)
    with w.acting_as(person):
        return {
            "asked": commands.ask_right(
                patient_id=w.patient.pk, kind="copy", text="Une copie de tout."
            )
        }


feed(
    "copies are made, and erased, by the platform",
    f"{RIGHTS}.make_copies",
    f"{RIGHTS}.end_copies_of_others",
    f"{RIGHTS}.expire_copies",
)


HELD: dict[str, Any] = {"hold_code": "medical", "hold_text": "Étude de suivi en cours."}


def kept(w: World) -> Retention:
    """A record that the right officer keeps back."""
    held = at_its_term()
    with w.as_right():
        commands.keep_back(record=held, **HELD)
    return held


@case(f"{RIGHTS}.keep_back", "auditor", **OFFICER)
def keep_back(w: World) -> dict[str, Any]:
    return {"record": at_its_term(), **HELD}


@case(f"{RIGHTS}.release", "auditor", **OFFICER)
def release(w: World) -> dict[str, Any]:
    return {"record": kept(w)}


@case(f"{RIGHTS}.approve", "auditor", **OFFICER)
def approve(w: World) -> dict[str, Any]:
    return {
        "records": [at_its_term().pk],
        "decision": "Décision du directeur, avis du médecin DIM.",
    }


@case(f"{RIGHTS}.take_back", "auditor", **OFFICER)
def take_back(w: World) -> dict[str, Any]:
    held = at_its_term()
    with w.as_right():
        commands.approve(records=[held.pk], decision="Décision du directeur, avis du DIM.")
    return {"record": held}


feed(
    "records at their term are listed, and those that a person approved erased, by the platform",
    f"{RIGHTS}.sweep_retention",
    f"{RIGHTS}.erase_next",
)
part(
    "an act of a request, of commands that decided before",
    f"{RIGHTS}.say",
)
part("who sits at the desk: it refuses, and writes nothing", f"{RIGHTS}.demand_officer")

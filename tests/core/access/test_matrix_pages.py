"""« Habilitations » in a browser: seen by who controls, changed by who keeps, after a look at the effects."""

import csv
import io

import pytest
from django.test import Client

from enrs.core.access.models import MatrixChange
from enrs.core.audit.models import AuditLine
from tests.factories import GrantFactory, PositionFactory, UserFactory, known_patient

pytestmark = pytest.mark.django_db
REASON = "Convention régionale du 12 mars"
WANTED = {
    "pharmacist.social": "r",
    "nurse.results": "",
    "patient.notes": "",
    "nurse.identity": "rw",
}


def browser(role: str) -> Client:
    user = UserFactory(kind="operator" if role in ("operator", "auditor") else "professional")
    PositionFactory(user=user, role=role, label=role)
    client = Client()
    client.force_login(user)
    return client


def test_the_matrix_is_seen_by_control_and_chosen_by_the_exploitation():
    seen = browser("auditor").get("/habilitations/").content.decode()
    assert "Professionnel du champ social" in seen
    assert 'name="pharmacist.social"' in seen  # Drafted, never applied: see the simulation.
    chosen = browser("operator").get("/habilitations/").content.decode()
    assert 'name="pharmacist.social"' in chosen
    assert 'name="patient.notes"' not in chosen
    assert 'name="nurse.identity"' not in chosen
    assert browser("physician").get("/habilitations/").status_code == 404


def test_a_change_is_seen_before_it_is_made_then_kept_with_the_way_back():
    keeper = browser("operator")
    shown = keeper.get("/habilitations/simulation/", WANTED).content.decode()
    assert "Pharmacien · Notes sociales" in shown
    assert "Ouvre davantage" in shown
    assert "Restreint" in shown
    assert "La personne elle-même" not in shown
    assert not MatrixChange.objects.exists()
    refused = keeper.post(
        "/habilitations/changer/", {"pharmacist.social": "r", "version": "0", "reason": "court"}
    )
    assert refused.status_code == 422
    assert "dix caractères" in refused.content.decode()
    done = keeper.post(
        "/habilitations/changer/", {"pharmacist.social": "r", "version": "0", "reason": REASON}
    )
    assert done.headers["Location"] == "/habilitations/historique/"
    history = keeper.get("/habilitations/historique/").content.decode()
    assert REASON in history
    assert "?pharmacist.social=" in history
    assert AuditLine.objects.filter(action="access.matrix.changed", reason=REASON).exists()
    stale = keeper.post(
        "/habilitations/changer/", {"nurse.results": "", "version": "0", "reason": REASON}
    )
    assert "entre-temps" in stale.content.decode()


def test_the_table_is_exported():
    answer = browser("auditor").get("/habilitations/habilitations.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    line = dict(zip(rows[0], next(row for row in rows if row[0] == "Pharmacien"), strict=True))
    assert line["Notes de soins"] == "Lit, écrit"
    assert line["Notes sociales"] == "Rien"


def test_who_would_see_what_is_told_on_the_circle_to_its_members():
    patient = known_patient()
    nurse = UserFactory(role="nurse")
    GrantFactory(patient=patient, grantee_id=nurse.grantee_id)
    client = Client()
    client.force_login(nurse)
    path = f"/cercle/{patient.pk}/qui-verrait/"
    shown = client.get(path, {"profession": "social_worker", "relation": "0"}).content.decode()
    assert "Professionnel du champ social, Dans l’équipe de soins" in shown
    opposed = client.get(path, {"profession": "physician", "relation": "6"}).content.decode()
    part = opposed.partition('id="sight"')[2].partition("</table>")[0]
    assert "Rien" in part
    assert "Lit" not in part
    assert client.get(path, {"profession": "patient", "relation": "99"}).status_code == 200
    stranger = Client()
    stranger.force_login(UserFactory(role="physician"))
    assert stranger.get(path).status_code == 404

"""The first accounts of a region, from its command line: whoever runs it, and a structure's first referent."""

import secrets
import string

from django.conf import settings

from enrs.core.accounts.models import Position, User
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.referentials.directory.commands.accounts import enrol
from enrs.referentials.directory.models import Practitioner
from enrs.referentials.directory.queries import organisation_by_finess
from enrs.services.portal import rules
from enrs.services.portal.commands.referents import name_referent
from enrs.services.portal.models import Referent
from enrs.services.portal.queries import enrolment as queries
from enrs.services.portal.queries.people import account_of

PASSWORD_LENGTH = 20
OPERATOR_ROLES = {
    "operator": "Exploitation régionale",
    "auditor": "Délégué à la protection des données",
}


class OpeningError(Exception):
    """Why the account was not opened, in French."""


def open_first_account(
    *, login: str, name: str = "", role: str = "operator", email: str = "", number: str = "",
    finess: str = "",
) -> str:  # fmt: skip
    """Open an account from the command line; returns its first password, told once.

    With `number` (RPPS or ADELI) the account is that of a professional of the directory, who answers
    for the structure of `finess` when it is given; otherwise it is one of the region's own team.

    Raises:
        OpeningError: the login is taken or misshapen, the number or the structure is unknown.
    """
    if not rules.is_login(login):
        raise OpeningError(
            "Un identifiant a de 3 à 40 lettres minuscules, chiffres, points ou tirets."
        )
    if User.objects.filter(login=login).exists():
        raise OpeningError(f"L'identifiant « {login} » est pris.")
    signs = string.ascii_letters + string.digits
    password = "".join(secrets.choice(signs) for _ in range(PASSWORD_LENGTH))
    with act():
        if number:
            _professional(login, password, email, number, finess)
        else:
            _team(login, password, email, name, role)
    return password


def _team(login: str, password: str, email: str, name: str, role: str) -> None:
    if role not in OPERATOR_ROLES or not name.strip():
        raise OpeningError("Donnez un nom, et un rôle : operator ou auditor.")
    user = User.objects.create_user(
        login, password, email=email, name=name.strip(), kind=User.Kind.OPERATOR
    )
    Position.objects.create(
        user=user, organisation_name=settings.REGION.name, label=OPERATOR_ROLES[role], role=role
    )
    note("accounts.user.enrolled", object_kind="user", object_id=user.id, details={"role": role})


def _professional(login: str, password: str, email: str, number: str, finess: str) -> None:
    person = queries.subject(number)
    rows = Practitioner.objects.defer("search")
    practitioner = rows.filter(pk=person.id).first() if person is not None else None
    if practitioner is None:
        raise OpeningError(f"L'annuaire ne connaît pas le numéro {number}, ou aucune activité.")
    if account_of(practitioner.id) is not None:
        raise OpeningError(f"{practitioner.display} a déjà un compte.")
    user = enrol(login=login, password=password, practitioner=practitioner, email=email)
    if not finess:
        return
    place = organisation_by_finess(finess)
    held = place and user.positions.filter(organisation_id=place.id).exists()
    if place is None or not held:
        raise OpeningError(f"{practitioner.display} n'exerce pas au {finess} dans l'annuaire.")
    name_referent(organisation_id=place.id, user_id=user.id, kind=Referent.Kind.REFERENT)

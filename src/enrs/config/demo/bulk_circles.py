"""Circles of the stories as rows: members, the grants that they open, the published CareTeam."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from enrs.config.demo.bulk import copy_publications, copy_rows
from enrs.config.demo.bulk_people import Accounts, organisation_id, practitioner_id
from enrs.config.demo.bulk_stories import Cast
from enrs.config.demo.shapes import DemoCircleMember, DemoPerson, DemoStory
from enrs.core.access.models import FOREVER, Grant
from enrs.core.fhir.commands import Publication
from enrs.core.ids import uuid7_at
from enrs.referentials.circles import rules
from enrs.referentials.circles.fhir import care_team_publication
from enrs.referentials.circles.models import Member
from enrs.services.record.models import Encounter

ADDED_BY: Final = "Reprise des données"
_RECENT: Final = timedelta(days=rules.STAY_DAYS_AFTER_DISCHARGE)
_COORDINATION: Final = "Coordination du parcours"
ACCOUNT_AGE: Final = timedelta(days=420)
"""Since when patients and relatives of the cast have their accounts."""
_PROXY_WORDS: Final = {
    "parental_authority": "Parent, titulaire de l'autorité parentale",
    "mandate": "Mandataire",
}


@dataclass
class Circles:
    """Members, grants and CareTeams of one block of stories."""

    members: list[Member] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    def write(self) -> None:
        """Write the block; one transaction."""
        with transaction.atomic():
            copy_rows(self.members)
            copy_rows(self.grants)
            copy_publications(self.publications)


@dataclass
class Registrar:
    """Turns the circles of stories into rows; `people` names the relatives already met."""

    cast: Cast
    accounts: Accounts
    lives: dict[UUID, DemoPerson]
    now: datetime
    _met: dict[UUID, DemoPerson] = field(default_factory=dict)

    def enter(self, stories: Sequence[tuple[DemoStory, list[Encounter]]], into: Circles) -> None:
        """Add the circles of a block that holds whole households."""
        self._met = {story.person.id: story.person for story, _ in stories} | self.lives
        for story, stays in stories:
            members = [
                *self._own(story.person),
                *(one for given in story.circle if (one := self._member(story, given))),
                *self._proxies(story.person),
                *(one for stay in stays if (one := self._stay(stay))),
            ]
            members.sort(key=lambda one: (one.since, one.id))
            into.members += members
            into.grants += [grant for one in members if (grant := grant_of(one))]
            if members:
                into.publications.append(care_team_publication(story.person.id, members))

    def _own(self, person: DemoPerson) -> list[Member]:
        user = self.accounts.by_person.get(person.id)
        if user is None:
            return []
        member = _base(
            person.id, "relatives", "self", display=user.name, since=self.now - ACCOUNT_AGE
        )
        member.user_id, member.role_label = user.grantee_id, "La personne elle-même"
        return [member]

    def _proxies(self, person: DemoPerson) -> list[Member]:
        found = []
        for user, patient, kind in self.accounts.proxies:
            if patient != person.id:
                continue
            member = _base(
                patient, "relatives", "proxy", display=user.name, since=self.now - ACCOUNT_AGE
            )
            member.user_id, member.ground = user.grantee_id, kind
            member.role_label = _PROXY_WORDS[kind]
            ends = rules.proxy_ends_on(kind=kind, birth_date=person.birth_date.isoformat())
            if ends:
                zone = timezone.get_default_timezone()
                member.until = datetime.combine(ends, time.min, tzinfo=zone)
            found.append(member)
        return found

    def _member(self, story: DemoStory, given: DemoCircleMember) -> Member | None:
        if given.relative_id:
            return self._relative(story.person, given)
        member = _base(
            story.person.id, given.block, "care_team", display="", since=given.since, key=given.id
        )
        member.in_care_team, member.informed_on = True, given.since.date()
        member.role_label = given.role
        if given.rpps:
            member.practitioner_id = practitioner_id(given.rpps)
            member.display = self.cast.people[given.rpps].display_name
            member.ground = "recognised"
        else:
            member.organisation_id = organisation_id(given.finess)
            member.display = self.cast.places[given.finess].long_name[:200]
            member.ground = "coordinated" if given.role == _COORDINATION else "recognised"
        return member

    def _relative(self, person: DemoPerson, given: DemoCircleMember) -> Member | None:
        """A relative who is only to be called; one with an account represents, and is a proxy."""
        relative = self._met.get(given.relative_id) if given.relative_id else None
        user = self.accounts.by_person.get(given.relative_id) if given.relative_id else None
        is_proxy = any(one == (user, person.id) for one in self._represented())
        if relative is None or is_proxy:
            return None
        name = f"{relative.first_given_name.title()} {relative.used_name or relative.birth_name}"
        member = _base(
            person.id, "relatives", "contact", display=name, since=given.since, key=given.id
        )
        member.role_label, member.phone = given.role, relative.phone
        return member

    def _represented(self) -> list[tuple[object, UUID]]:
        return [(user, patient) for user, patient, _ in self.accounts.proxies]

    def _stay(self, stay: Encounter) -> Member | None:
        """The place of a hospital by a stay that goes on, or ended less than a month ago."""
        ended = stay.discharged_at
        if stay.patient_class == "O" or stay.admitted_at is None:
            return None
        until = rules.stay_right_until(ended) if ended else rules.stay_right_without_news(self.now)
        if until <= self.now:
            return None
        place = organisation_id(stay.organisation_finess)
        identifier = rules.stay_member_id(stay.id, place)
        member = _base(
            stay.patient_id,
            "organisations",
            "stay",
            display=stay.organisation_name,
            since=stay.admitted_at,
            key=identifier,
        )
        member.identity_id, member.organisation_id = stay.identity_id, place
        member.encounter_id, member.until = stay.id, until
        member.ground, member.role_label, member.in_care_team = "same_structure", "Séjour", True
        return member


def _base(
    patient: UUID, block: str, basis: str, *, display: str, since: datetime, key: UUID | None = None
) -> Member:
    return Member(
        id=key or uuid7_at(int(since.timestamp() * 1000)),
        patient_id=patient,
        block=block,
        basis=basis,
        display=display[:200],
        since=since,
        added_by=ADDED_BY,
    )


def grant_of(member: Member) -> Grant | None:
    """The grant that a member opens, as the circle's commands give it."""
    given = rules.opening(basis=member.basis, block=member.block)
    if given is None or member.grantee_id is None:
        return None
    return Grant(
        patient_id=member.patient_id,
        grantee_id=member.grantee_id,
        source_id=member.id,
        source_kind="stay" if member.basis == "stay" else "circle",
        purpose=given.purpose,
        level=given.level,
        valid_from=min(member.since, datetime.now(UTC)),
        valid_until=member.until or FOREVER,
    )

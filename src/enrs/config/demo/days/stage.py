"""The stage of the last days of a demo region: who is there, where they work, whom they look after, and when."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from enrs.config.demo import ids
from enrs.config.demo.generator import DemoRegion
from enrs.core.access.actor import Actor
from enrs.core.access.models import Grant
from enrs.core.accounts.models import Position, User
from enrs.core.accounts.queries import actor_of
from enrs.core.demo import Patient, Rows, Someone
from enrs.core.moments import legal_day, region_zone_name
from enrs.referentials.directory.models import PractitionerRole
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity


@dataclass
class Stage:
    """What the scenes of the last days share. Moments are told from `now`, the opening of the demo."""

    region: DemoRegion
    now: datetime
    rows: Rows = field(default_factory=Rows)
    people: dict[str, Someone] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    lives: dict[str, Patient] = field(default_factory=dict)
    followed: dict[str, list[UUID]] = field(default_factory=dict)
    rng: Random = field(default_factory=Random)

    @classmethod
    def of(cls, region: DemoRegion, now: datetime) -> "Stage":
        """The stage of a region whose directory, people, accounts and circles are there."""
        stage = cls(region, now, rng=ids.rng_for(region.plan.seed, "days"))
        positions = {one.user_id: one for one in Position.objects.filter(valid_until=None)}
        for rank, user in enumerate(User.objects.filter(is_demo=True).order_by("id")):
            stage.users[user.login] = user
            stage.people[user.login] = someone_of(user, positions.get(user.id), phone_of(rank))
        stage.lives = dict(
            zip(region.lives, stage.known([one.id for one in region.lives.values()]), strict=True)
        )
        return stage

    @property
    def today(self) -> date:
        """The legal day of the opening."""
        return legal_day(self.now)

    @property
    def monday(self) -> date:
        """The Monday of this week."""
        return self.today - timedelta(days=self.today.weekday())

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """An hour of the region's clock, so many days from today."""
        return self.on(self.today + timedelta(days=days), hour, minute)

    def on(self, day: date, hour: int, minute: int = 0) -> datetime:
        """An hour of the region's clock of a day."""
        wall = datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(region_zone_name()))
        return wall.astimezone(self.now.tzinfo)

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """A moment before now."""
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def place_of(self, login: str) -> Someone:
        """Where somebody works, as one who is sent things."""
        who = self.people[login]
        assert who.place_id is not None  # noqa: S101  professionals of the demo have a place
        return Someone(who.place_id, who.place_name, "")

    def actor(self, login: str) -> Actor:
        """Somebody as the actor of a command."""
        return actor_of(self.users[login])

    def ids_of(self, login: str) -> list[UUID]:
        """Whom a professional follows: by their own place in the circle first, then by their structure's."""
        if login not in self.followed:
            who = self.people[login]
            held = [self._granted(one) for one in (who.grantee_id, who.place_id) if one]
            self.followed[login] = list(dict.fromkeys(chain.from_iterable(held)))
        return self.followed[login]

    def patients_of(self, login: str, count: int) -> list[Patient]:
        """The first people whom a professional follows."""
        return self.known(self.ids_of(login)[:count])

    def both(self, one: str, other: str, count: int) -> list[Patient]:
        """The first people whom two professionals follow, the cast left out: they have their own words."""
        theirs = set(self.ids_of(other)) - {life.id for life in self.lives.values()}
        return self.known([found for found in self.ids_of(one) if found in theirs][:count])

    def older_than(self, login: str, years: int) -> list[UUID]:
        """Those whom a professional follows who are older than that, in the same order."""
        last = f"{self.today.year - years:04d}"
        rows = RegionalIdentity.objects.filter(
            pk__in=self.ids_of(login), birth_date__lt=last, deceased_at=None
        )
        old = set(rows.values_list("pk", flat=True))
        return [one for one in self.ids_of(login) if one in old]

    def _granted(self, grantee_id: UUID) -> list[UUID]:
        rows = Grant.objects.filter(
            grantee_id=grantee_id, valid_from__lte=self.now, valid_until__gt=self.now
        )
        return list(rows.order_by("patient_id").values_list("patient_id", flat=True))

    def known(self, patient_ids: list[UUID]) -> list[Patient]:
        """People with their names and what carries facts about them, in the same order."""
        sources = SourceIdentity.objects.filter(patient_id__in=patient_ids).order_by(
            "-changed_at", "-id"
        )
        carriers = dict(sources.values_list("patient_id", "id"))
        names = RegionalIdentity.objects.in_bulk(patient_ids)
        return [
            Patient(one, carriers.get(one), name_of(names[one]))
            for one in patient_ids
            if one in names
        ]

    def colleagues(self, login: str, count: int, *, profession: str = "") -> list[Someone]:
        """People of the directory who work where somebody works, without an account."""
        rows = PractitionerRole.objects.filter(
            organisation_id=self.place_of(login).grantee_id, is_active=True
        ).exclude(practitioner_id__in=[one.grantee_id for one in self.people.values()])
        if profession:
            rows = rows.filter(profession_code=profession)
        found = rows.select_related("practitioner", "organisation").order_by(
            "practitioner_id", "id"
        )
        return [
            Someone(
                one.practitioner_id, one.practitioner.display, one.label, None, one.organisation_id,
                one.organisation.name if one.organisation else "",
                phone_of(one.practitioner_id.int % 10_000),
            )
            for one in found[:count]
        ]  # fmt: skip


def someone_of(user: User, position: Position | None, phone: str) -> Someone:
    """An account as one who acts, in their usual place."""
    return Someone(
        user.grantee_id,
        user.name,
        position.label if position else user.get_kind_display(),
        user.id,
        position.organisation_id if position else None,
        position.organisation_name if position else "",
        phone,
    )


def phone_of(rank: int) -> str:
    """A mobile of the range kept for fiction (ARCEP, decision 2018-0881)."""
    return f"06 39 98 {rank // 100 % 100:02d} {rank % 100:02d}"


def name_of(person: RegionalIdentity) -> str:
    """« Sylvie MARCHAND » as one speaks of somebody."""
    return f"{person.first_given_name.title()} {person.used_name or person.birth_name}"

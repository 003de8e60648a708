"""Life of the accounts: the desk of a structure, those who enrol, a ward's shared post."""

import time
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.services.portal import commands
from enrs.services.portal.middleware import SEEN, SHIFT
from enrs.services.portal.views.enrolment import KEY
from enrs.services.portal.views.posts import COOKIE
from tests.hostile.cases import portal
from tests.hostile.lived_in.people import Person
from tests.hostile.world import World

ENROLLING = ("/compte/ouvrir/", "/compte/depannage/", "/compte/login/")
DESK = "/compte/structure/"


def accounts_of(w: World) -> dict[str, Person]:
    """The referent of the place of `w`, those who enrol there, and who works at its shared post."""
    p = World("nurse", in_circle=False)
    p.place = w.place
    desk_of(p)
    begun, proved = portal.begun(p), portal.begun(p, "proved")
    portal.at_work(begun)
    return {
        "referent": Person(p.right, [DESK, f"{DESK}{p.place.pk}/"], (DESK,)),
        "newcomer": Person(
            None, ["/compte/ouvrir/", "/compte/ouvrir/identite/", "/compte/ouvrir/code/", "/compte/depannage/"],
            ENROLLING, session={KEY: str(begun.pk)},
        ),
        "enrolled": Person(
            None, ["/compte/ouvrir/mot-de-passe/"], ("/compte/ouvrir/mot-de-passe/",), session={KEY: str(proved.pk)}
        ),
        "ward": at_post(p),
    }  # fmt: skip


def desk_of(p: World) -> None:
    """Something on each page of the desk: requests, letters, a closed access, a delegate, the local register."""
    for _ in range(2):
        portal.vouch(p)
    portal.print_letter(p)
    portal.reopen_access(p)
    portal.end_referent(p)
    portal.local(p)
    portal.proposed(p, portal.local(p))
    helped = portal.help_factor(p)
    with p.as_right():
        commands.help_factor(**helped)
    long_there = p.user("secretary")
    User.objects.filter(pk=long_there.pk).update(created_at=timezone.now() - timedelta(days=500))


def at_post(p: World) -> Person:
    """Somebody on shift at a post of the place, whose session locks itself."""
    user = p.user("nurse")
    with p.as_right():
        post, secret = commands.register_post(organisation_id=p.place.id, unit="Médecine B")
    with p.acting_as(user):
        shift = commands.open_shift(post=post, pin="4827")
    return Person(
        user, ["/compte/poste/", "/compte/poste/service/"], ("/compte/poste/",),
        session={
            SHIFT: str(shift.pk), SEEN: time.time() + 3600, "lock_url": reverse("portal:lock"),
            "lock_seconds": 60,
        },
        cookies={COOKIE: f"{post.pk}.{secret}"},
    )  # fmt: skip

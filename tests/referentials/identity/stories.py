"""Stories of messages about a few invented people, each sender in its own order, told in any interleaving."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from enrs.formats.ins import INS_TEST_OID
from enrs.referentials.identity.commands import (
    change_number,
    merge_local,
    receive_identity,
    unmerge_local,
)
from enrs.referentials.identity.rules import Traits
from tests.referentials.identity.factories import fictional_ins

SYSTEMS = tuple(f"urn:oid:1.2.250.1.999.7.{rank}" for rank in range(21, 25))
BEGINNING = datetime(2024, 3, 2, 8, tzinfo=UTC)
"""A hundred thousand messages take ten months: what a clock says of tomorrow is taken for the moment of arrival."""
NAMES = (
    "NDIAYE",
    "KERVELLA",
    "MARTIN",
    "DA SILVA",
    "NGUYEN",
    "TRAN",
    "LE GOFF",
    "BENALI",
    "QUILICI",
)
BEGINNINGS = (
    "BEL",
    "CHAM",
    "FON",
    "GRAN",
    "KER",
    "LAN",
    "MONT",
    "PLES",
    "ROCHE",
    "TRE",
    "VAL",
    "VER",
)
ENDINGS = (
    "BERT",
    "COURT",
    "DOUX",
    "FEUILLE",
    "GARD",
    "LAC",
    "MARE",
    "NOIR",
    "PRAT",
    "SAC",
    "VILLE",
    "ZAN",
)
GIVEN = ("AWA", "YANN", "MARIE", "JEAN", "LUCIA", "MINH", "SAMIR", "PAULINE", "ANGE", "LEA", "TOM")


@dataclass(frozen=True, slots=True)
class Message:
    """What one sender says at one moment: traits of a number, a merge, its withdrawal, a new number."""

    kind: str
    sender: str
    told_at: datetime
    system: str
    value: str
    traits: Traits | None = None
    other: str = ""


def person(rng: Random, number: int) -> Traits:
    """One invented person, with an INS of the test range."""
    name = rng.choice(NAMES) if rng.random() < 0.4 else rng.choice(BEGINNINGS) + rng.choice(ENDINGS)
    year, month, day = rng.randint(1930, 2020), rng.randint(1, 12), rng.randint(1, 28)
    given = rng.choice(GIVEN)
    return Traits(
        birth_name=name, first_given_name=given, given_names=given,
        birth_date=f"{year}-{month:02d}-{day:02d}", sex=rng.choice("FM"),
        birth_place_code=rng.choice(("77288", "93066", "99341", "2A004", "97411")),
        ins=fictional_ins(number), ins_oid=INS_TEST_OID, status="qualified",
        postal_code=rng.choice(("77000", "93200")), city="Melun", phone=f"06000{number:05d}",
    )  # fmt: skip


def people(rng: Random, count: int) -> list[Traits]:
    """People with their twins, namesakes and sons of the same name among them."""
    found: list[Traits] = []
    for number in range(count):
        kin = rng.random()
        new = person(rng, number)
        if found and kin < 0.15:
            new = replace(rng.choice(found), ins=new.ins, first_given_name=new.first_given_name,
                          given_names=new.given_names)  # fmt: skip
        elif found and kin < 0.25:
            new = replace(rng.choice(found), ins=new.ins, birth_date=new.birth_date)
        found.append(new)
    return found


def said(rng: Random, one: Traits, everybody: list[Traits], mixed: float = 1.0) -> Traits:
    """What a desk writes of a person, this time: with slips, without INS, with somebody else's."""
    draw, other = rng.random(), rng.choice(everybody)
    if draw < 0.35:
        return replace(one, ins="", ins_oid="", status="provisional")
    if draw < 0.42:
        return replace(one, ins=other.ins) if rng.random() < mixed else one
    if draw < 0.5:
        cut = rng.randrange(len(one.birth_name))
        slip = one.birth_name[:cut] + one.birth_name[cut + 1 :] or one.birth_name
        return replace(one, birth_name=slip, ins="", ins_oid="", status="validated")
    if draw < 0.56:
        year, month, day = one.birth_date.split("-")
        swapped = f"{year}-{day}-{month}" if int(day) <= 12 else one.birth_date
        return replace(one, birth_date=swapped)
    if draw < 0.62:
        return replace(one, phone="", city="", postal_code="")
    return one


def story(
    seed: int, *, length: int, persons: int, systems: int = 3, mixed: float = 1.0
) -> list[list[Message]]:
    """The messages of each sender, in its own order, its clock going forward.

    `mixed` (0 to 1) is how often a number is merged into one of anybody at all, and how often, of seven
    messages in a hundred, an INS is somebody else's. At 1 a few people end in one knot, which is what tries the
    rules most; a region whose every message did so would be one single knot.
    """
    rng = Random(seed)  # noqa: S311  invented people
    everybody = people(rng, persons)
    who: dict[tuple[str, str], Traits] = {}
    numbers: dict[tuple[str, str], list[str]] = defaultdict(list)
    senders = [(f"SIH{rank}", system) for rank, system in enumerate(SYSTEMS[:systems])]
    senders += [("LABO", SYSTEMS[0]), ("IMAGERIE", SYSTEMS[0])]
    told: list[list[Message]] = [[] for _ in senders]
    clock = [BEGINNING for _ in senders]
    for _ in range(length):
        rank = rng.randrange(len(senders))
        sender, system = senders[rank]
        clock[rank] += timedelta(seconds=rng.choice((0, 1, 30, 600, 7200)))
        value = str(rng.randint(1, max(3, persons)))
        one = who.setdefault((system, value), rng.choice(everybody))
        numbers[system, one.ins].append(value)
        draw = rng.random()
        is_own = sender.startswith("SIH")
        if is_own and draw < 0.12:
            kind = rng.choice(("merge", "merge", "unmerge"))
            if rng.random() < mixed:
                other = str(rng.randint(1, max(3, persons)))
            else:
                other = rng.choice(numbers[system, one.ins])
            traits = said(rng, one, everybody, mixed)
            told[rank].append(Message(kind, sender, clock[rank], system, value, traits, other))
            continue
        traits = said(rng, one, everybody, mixed)
        told[rank].append(Message("traits", sender, clock[rank], system, value, traits))
    return told


def interleaved(told: list[list[Message]], seed: int) -> list[Message]:
    """One order of arrival in which each sender keeps its own."""
    rng = Random(seed)  # noqa: S311  an order of arrival
    waiting = [list(messages) for messages in told]
    arrived = []
    while any(waiting):
        filled = [messages for messages in waiting if messages]
        arrived.append(rng.choice(filled).pop(0))
    return arrived


def tell(message: Message) -> None:
    """Apply one message."""
    who = {"system": message.system, "sender": message.sender, "told_at": message.told_at}
    if message.traits is not None and message.kind != "unmerge":
        receive_identity(value=message.value, traits=message.traits, **who)
    if message.kind == "merge":
        merge_local(kept=message.value, absorbed=message.other, **who)
    elif message.kind == "unmerge":
        unmerge_local(absorbed=message.value, **who)
    elif message.kind == "number":
        change_number(old=message.value, new=message.other, **who)

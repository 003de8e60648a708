"""A day of a region's ADT messages, about its own people: admissions, updates, discharges, new numbers, merges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zlib import crc32

from benchmarks.identity.habits import SYSTEMS, mistyped
from benchmarks.identity.population import Population, read_people
from enrs.formats.hl7v2.writer import escape, message

Row = dict[str, str]

SHARES = {"stay": 0.174, "A31": 0.24, "A28": 0.06, "A40": 0.0025, "A47": 0.0005, "overlay": 0.0001}
"""How many stories of each kind begin, for one message of the day. A stay is an A01, none to five A08 and, for nine
in ten, an A03: 3.9 messages on average, which fill the rest. A40 and A47 are some 500 and 100 in a day of 202,000,
twenty to forty for each hospital that mends its own list; 20 overlays are what a desk should never send."""

MOVED, CORRECTED = 0.30, 0.05
"""Of the updates (A31): those that change the address or the telephone, and one letter of a name."""

KNOWN_ELSEWHERE = 0.6
"""Of the new numbers (A28): those of people whom another place already knows."""

NIGHT = datetime(2026, 3, 12)  # noqa: DTZ001  as messages write it, without a zone
APPLICATION = "SIH"


@dataclass(frozen=True, slots=True)
class Place:
    """A system that sends: its facility and the FINESS number under which it numbers people."""

    facility: str
    finess: str

    @property
    def sender(self) -> str:
        """The key of the sender."""
        return f"{APPLICATION}|{self.facility}"

    @property
    def system(self) -> str:
        """The URI of its numbers."""
        return f"urn:finess:{self.finess}"


PLACES = {
    one.name: Place(f"BANC-{one.name.upper()}", f"7500998{rank:02d}")
    for rank, one in enumerate(SYSTEMS)
}
"""The systems of the population as places of the test range."""

DOMAINS = {name: (one.system, one.sender) for name, one in PLACES.items()}


@dataclass(slots=True)
class Day:
    """Messages by connection, each with its moment; what they must have made."""

    lines: list[list[tuple[int, bytes]]]
    kinds: dict[str, int] = field(default_factory=dict)
    stays: int = 0
    numbers: int = 0
    absorbed: int = 0
    overlays: int = 0
    count: int = 0

    def add(self, at: int, group: str, kind: str, body: bytes) -> None:
        """One message at a second of the day; those of one group keep their order on one connection."""
        self.lines[crc32(group.encode()) % len(self.lines)].append((at, body))
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.count += 1


def day_of(
    population: Population, strangers: Population, *, count: int, records: int, connections: int
) -> Day:
    """Some `count` messages about people drawn among the `records` of a population; always the same."""
    rng = Random("day")  # noqa: S311  drawn again the same
    day = Day([[] for _ in range(connections)])
    stories = {kind: max(2, round(share * count)) for kind, share in SHARES.items()}
    plain = sum(stories[kind] for kind in ("stay", "A31", "overlay")) + round(
        stories["A28"] * KNOWN_ELSEWHERE
    )
    kinds = [kind for kind in ("stay", "A31", "overlay") for _ in range(stories[kind])]
    kinds += ["A28"] * (plain - len(kinds))
    rng.shuffle(kinds)
    # One record in so many has a story; a few of them are too poor for theirs and leave it to the next.
    chance = min(1.0, 1.1 * plain / records)
    previous: Row | None = None
    for person in read_people(population):
        pair = _pair(person)
        if pair and stories["A40"] and rng.random() < min(1.0, 400 * stories["A40"] / records):
            stories["A40"] -= 1
            _merge(day, rng, *pair)
            continue
        for row in filter(_can_be_told, person):
            if not kinds or rng.random() >= chance:
                continue
            if stories["A47"] and rng.random() < 0.01:
                stories["A47"] -= 1
                _rename(day, rng, row)
                continue
            kind = kinds.pop()
            if kind == "overlay" and (previous is None or not _may_overlay(row, previous)):
                kinds.insert(0, kind)
                kind = "A31"
            previous = _tell(day, rng, kind, row, previous) or previous
    for person in read_people(strangers):
        if day.numbers >= stories["A28"]:
            break
        if _can_be_told(person[0]):
            _register(day, rng, person[0])
    for line in day.lines:
        line.sort(key=lambda one: one[0])
    return day


def _tell(day: Day, rng: Random, kind: str, row: Row, previous: Row | None) -> Row | None:
    """The messages of one story; returns the row when it may lend its traits to an overlay."""
    if kind == "stay":
        _stay(day, rng, row)
    elif kind == "A28":
        _register(day, rng, row)
    elif kind == "overlay" and previous is not None:
        other = previous | {name: row[name] for name in ("system", "value")}
        day.add(_second(rng), _key(row), "A31 d’une autre personne", _identity("A31", other, rng))
        day.overlays += 1
        return None
    else:
        day.add(_second(rng), _key(row), "A31", _identity("A31", _updated(rng, row), rng))
    return row


def _can_be_told(row: Row) -> bool:
    """Whether a message can carry it: PAM wants a birth date (PID-7), and some records of old lists have none."""
    return bool(row["birth_date"] and row["birth_name"] and row["sex"])


def _pair(person: Sequence[Row]) -> tuple[Row, Row] | None:
    """Two numbers that one system gave to one person."""
    seen: dict[str, Row] = {}
    for row in filter(_can_be_told, person):
        if row["system"] in seen:
            return seen[row["system"]], row
        seen[row["system"]] = row
    return None


def _may_overlay(row: Row, other: Row) -> bool:
    """Whether the traits of `other` under the number of `row` are beyond doubt somebody else's."""
    strict = ("birth_name", "first_given_name", "birth_date", "ins")
    return all(row[name] and other[name] and row[name] != other[name] for name in strict) and (
        row["birth_date"][:4] != other["birth_date"][:4]
        and row["birth_name"][:1] != other["birth_name"][:1]
        and row["first_given_name"][:1] != other["first_given_name"][:1]
        and row["sex"] == other["sex"]
    )


def _stay(day: Day, rng: Random, row: Row) -> None:
    began, visit = int(rng.random() * 60_000), f"V{_control(rng)}"
    day.stays += 1
    day.add(began, _key(row), "A01", _moved("A01", row, visit, began, rng))
    at = began
    for _ in range(int(rng.random() * 5) if rng.random() < 0.95 else 5):
        at += 60 + int(rng.random() * 4_000)
        day.add(at, _key(row), "A08", _moved("A08", row, visit, at, rng))
    if rng.random() < 0.9:
        at += 600 + int(rng.random() * 4_000)
        day.add(at, _key(row), "A03", _moved("A03", row, visit, at, rng))


def _register(day: Day, rng: Random, row: Row) -> None:
    """A new number at another place than the one that wrote these traits."""
    place = SYSTEMS[int(rng.random() * len(SYSTEMS))].name
    new = row | {"system": place, "value": f"N{_control(rng)}"}
    day.numbers += 1
    day.add(_second(rng), _key(new), "A28", _identity("A28", new, rng))


def _merge(day: Day, rng: Random, kept: Row, absorbed: Row) -> None:
    at = _second(rng)
    day.absorbed += 1
    day.add(at, _key(kept), "A40", _about_two("A40", "A39", kept, absorbed["value"], at, rng))


def _rename(day: Day, rng: Random, row: Row) -> None:
    at, new = _second(rng), row | {"value": f"R{_control(rng)}"}
    day.absorbed += 1
    day.add(at, _key(row), "A47", _about_two("A47", "A30", new, row["value"], at, rng))


def _updated(rng: Random, row: Row) -> Row:
    draw = rng.random()
    if draw < MOVED:
        return row | {
            "address": f"{1 + int(rng.random() * 150)} rue des Essais",
            "phone": f"06{int(rng.random() * 1e8):08d}",
        }
    if draw < MOVED + CORRECTED and len(row["birth_name"]) > 5:
        return row | {"birth_name": mistyped(rng, row["birth_name"])}
    return row


def _second(rng: Random) -> int:
    return int(rng.random() * 86_000)


def _key(row: Row) -> str:
    return f"{row['system']}|{row['value']}"


def _control(rng: Random) -> str:
    return f"{int(rng.random() * 1e12):012d}"


# --- segments ------------------------------------------------------------------------------------


def _header(kind: str, place: Place, at: int, rng: Random) -> list[str]:
    stamp = _stamp(at)
    return [
        f"MSH|^~\\&|{APPLICATION}|{place.facility}|DPI|REGION|{stamp}||{kind}|{_control(rng)}|P|2.5|||||FRA"
        "|UNICODE UTF-8",
        f"EVN||{stamp}||||{stamp}",
    ]


def _stamp(at: int) -> str:
    return (NIGHT + timedelta(seconds=at)).strftime("%Y%m%d%H%M%S")


def _authority(place: Place) -> str:
    return f"{place.facility}&{place.finess}&N"


def person(row: Row) -> str:
    """The PID of a record of the population, as its system writes it."""
    text = {name: escape(value) for name, value in row.items()}
    numbers = f"{text['value']}^^^{_authority(PLACES[row['system']])}^PI"
    if row["ins"]:
        numbers += f"~{row['ins']}^^^ASIP-SANTE-INS-NIR&{row['ins_oid']}&ISO^INS"
    names = f"{text['birth_name']}^{text['first_given_name']}^{text['given_names']}^^^^L"
    if row["used_name"] or row["used_given_name"]:
        names += f"~{text['used_name']}^{text['used_given_name']}^^^^^D"
    homes = f"{text['address']}^^{text['city']}^^{text['postal_code']}^FRA^H"
    if row["birth_place_code"]:
        homes += f"~^^^^^^BDL^^{row['birth_place_code']}"
    phone = f"^PRN^PH^^^^^^^^^{row['phone']}" if row["phone"] else ""
    told, rank = row["multiple_birth"], ""
    if told.isdigit():
        told, rank = "Y", told
    status = "VALI" if row["status"] in ("qualified", "validated") else "PROV"
    born = row["birth_date"].replace("-", "")
    return f"PID|1||{numbers}||{names}||{born}|{row['sex']}|||{homes}||{phone}|||||||||||{told}|{rank}|||||||{status}"


def _identity(trigger: str, row: Row, rng: Random) -> bytes:
    place = PLACES[row["system"]]
    head = _header(f"ADT^{trigger}^ADT_A05", place, _second(rng), rng)
    return message([*head, person(row), "PV1|1|N"])


def _moved(trigger: str, row: Row, visit: str, at: int, rng: Random) -> bytes:
    place, stamp = PLACES[row["system"]], _stamp(at)
    unit = f"Chirurgie^^^^^{_authority(place)}^UF^^^6268"
    return message(
        [
            *_header(f"ADT^{trigger}^ADT_{trigger}", place, at, rng),
            person(row),
            f"PV1|1|I|UF1^101^B^{_authority(place)}||||80099999999^MARCHETTI^Giulia||||||||||||"
            f"{visit}^^^{_authority(place)}^VN",
            f"ZBE|M{_control(rng)}^{place.facility}^{place.finess}|{stamp}||INSERT|N||{unit}|{unit}|HMS",
        ]
    )


def _about_two(  # noqa: PLR0917  the two numbers of a message, and when
    trigger: str, shape: str, kept: Row, absorbed: str, at: int, rng: Random
) -> bytes:
    place = PLACES[kept["system"]]
    head = _header(f"ADT^{trigger}^ADT_{shape}", place, at, rng)
    return message([*head, person(kept), f"MRG|{escape(absorbed)}^^^{_authority(place)}^PI"])


def stocks(day: Day) -> Iterator[list[bytes]]:
    """The messages of each connection, in the order of the day."""
    for line in day.lines:
        yield [body for _, body in line]

"""What partners sent in the last two days: applied, set aside, refused; a partner that is suspended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from enrs.config.demo import simulator
from enrs.config.demo.days.stage import Stage
from enrs.config.demo.hospital import HospitalScenario
from enrs.core.moments import region_zone_name
from enrs.interop.gateway.demo import receive, tell_numbers
from enrs.interop.gateway.models import Inbox, Partner

COUNT: Final = 30
PACE: Final = timedelta(minutes=95)

LABORATORY: Final = "LABOWEB|LABO-BELVEDERE"
HEAD: Final = (
    "MSH|^~\\&|{sender}|ENRS|REGION|{at:%Y%m%d%H%M%S}||{kind}|{number}|P|2.5|||||FRA|UNICODE UTF-8"
)
PID: Final = "PID|1||{local}^^^{domain}^PI||{name}^{given}^^^^^L||{born}|{sex}"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A message of a partner besides the hospital: by whom, of which type, how many hours ago, its number."""

    sender: str
    kind: str
    hours: int
    number: str
    segments: tuple[str, ...] = ()


OTHERS: Final = (
    Foreign(LABORATORY, "ORU^R01^ORU_R01", 41, "7731", (
        "OBR|1||BIO-7731|1558-6^Glycémie à jeun^LN|||{at:%Y%m%d%H%M%S}|||||||||||||||{at:%Y%m%d%H%M%S}|||F",
        "OBX|1|NM|1558-6^Glycémie à jeun^LN||6.9|mmol/L|3.9-5.5|H|||F",
    )),
    Foreign(LABORATORY, "ORU^R01^ORU_R01", 30, "7744", (
        "OBR|1||BIO-7744|2823-3^Potassium^LN|||{at:%Y%m%d%H%M%S}|||||||||||||||{at:%Y%m%d%H%M%S}|||F",
        "OBX|1|NM|2823-3^Potassium^LN||4.4|mmol/L|3.5-5.1|N|||F",
    )),
    Foreign(LABORATORY, "ORU^R01^ORU_R01", 26, "7745", ("OBR|1||BIO-7745|2823-3^Potassium^LN",)),
    Foreign("CABINET|DR-HAMON", "MDM^T04^MDM_T02", 17, "88", (
        "TXA|1|11488-4||{at:%Y%m%d%H%M%S}||||||||DOC-INCONNU|||||AU",
        "OBX|1|TX|11488-4^Courrier^LN||Retrait|||||||F",
    )),
    Foreign("CABINET|DR-HAMON", "ADT^A28^ADT_A05", 15, "89"),
    Foreign("ANCIEN|CLINIQUE-DU-PARC", "ADT^A01^ADT_A01", 52, "3", ("PV1|1|I",)),
)  # fmt: skip


def play(stage: Stage) -> None:
    """Some thirty messages of the hospital, then those of others, good and bad."""
    told = [*_hospital(stage), *(_other(stage, one) for one in OTHERS)]
    broken = b"MSH|^~\\&|CABINET|DR-HAMON|ENRS|REGION|20261122||ORU^R01|\rPID|1"
    told += [(broken, stage.ago(hours=12)), (b"Bonjour, ceci est un essai.", stage.ago(hours=11))]
    receive(sorted(told, key=lambda one: one[1]), zone=region_zone_name())
    Partner.objects.filter(sender="ANCIEN|CLINIQUE-DU-PARC").update(
        is_active=False, name="Clinique du Parc (ancien logiciel)", version=2
    )
    Partner.objects.filter(sender=LABORATORY).update(name="Laboratoire du Belvédère", version=2)
    hospital = Inbox.objects.filter(sender__startswith="ENRS-DEMO|").values_list(
        "sender", flat=True
    )
    tell_numbers(sender=hospital[:1][0], until=stage.ago(hours=1))


def _hospital(stage: Stage) -> list[tuple[bytes, datetime]]:
    """Messages on the hospital's clock, which ends a moment ago."""
    region = stage.region
    active = simulator.active_list(region)
    hospital = region.structure_at(0)
    doctors = [
        one
        for one in islice(region.professionals(), 800)
        if one.profession_code == "10" and one.activities[0].structure.index == hospital.index
    ]
    start = stage.now - PACE * COUNT
    people = [*active.followed[3:], *active.others[:40]]
    scenario = HospitalScenario(hospital, people, doctors, start, 5, "J", PACE)
    bodies = islice(scenario.messages(), COUNT - 1)
    return [(body, start + PACE * rank + timedelta(seconds=4)) for rank, body in enumerate(bodies)]


def _other(stage: Stage, told: Foreign) -> tuple[bytes, datetime]:
    at = stage.ago(hours=told.hours)
    person = next(islice(stage.region.people(), 900 + int(told.number) % 50, None))
    pid = PID.format(
        local=f"X{told.number}", domain=told.sender.partition("|")[2], name=person.birth_name,
        given=person.first_given_name, born=f"{person.birth_date:%Y%m%d}", sex=person.sex,
    )  # fmt: skip
    number = f"{told.sender[:3]}-{told.number}"
    lines = [HEAD.format(sender=told.sender, at=at, kind=told.kind, number=number)]
    if told.kind.startswith("ADT"):
        lines.append(f"EVN||{at:%Y%m%d%H%M%S}")
    lines += [pid, *(one.format(at=at) for one in told.segments)]
    return ("\r".join(lines) + "\r").encode(), at

"""The simulated hospital: an endless, deterministic stream of HL7 v2 messages about its patients."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from html import escape
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from enrs.config.demo import ids, labs, texts
from enrs.config.demo.shapes import DemoPerson, DemoProfessional, DemoStructure

PARIS: Final = ZoneInfo("Europe/Paris")
_ESCAPES: Final = str.maketrans(
    {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\r": " ", "\n": " "}
)
_UNITS: Final = (
    ("URG", "Urgences"), ("MED", "Médecine interne"), ("CAR", "Cardiologie"),
    ("GER", "Gériatrie aiguë"), ("CHO", "Chirurgie orthopédique"), ("DIA", "Diabétologie"),
)  # fmt: skip


def hl7_text(value: str) -> str:
    """Escape the delimiters of HL7 v2 (2.5, chapter 2.7); line ends become spaces."""
    return value.translate(_ESCAPES)


def stamp(moment: datetime) -> str:
    """Return a moment as the hospital writes it: local time of Paris to the second."""
    return moment.astimezone(PARIS).strftime("%Y%m%d%H%M%S")


def segment(name: str, values: dict[int, str]) -> str:
    """Return one segment from its fields by number, trailing empty fields left out."""
    fields = [
        values.get(number, "")
        for number in range(1, max(number for number, value in values.items() if value) + 1)
    ]
    return "|".join([name, *fields])


@dataclass(slots=True)
class _Stay:
    """A patient who is in the hospital now."""

    person: DemoPerson
    visit: str
    unit: tuple[str, str]
    admitted_at: datetime
    movement: str
    # The last movement of that stay began at that moment.
    moved_at: datetime


@dataclass
class HospitalScenario:
    """A hospital at work. `messages` yields bytes without MLLP framing, segments ended by CR.

    The same seed, people, start and `run` give the same messages; `run` distinguishes the control
    ids of two runs of one demo (a start-up stamp, for instance).
    """

    hospital: DemoStructure
    people: Sequence[DemoPerson]
    doctors: Sequence[DemoProfessional]
    start: datetime
    seed: int = 1
    run: str = "0"
    pace: timedelta = timedelta(seconds=20)
    _count: int = field(default=0, repr=False)
    _movements: int = field(default=0, repr=False)

    def messages(self) -> Iterator[bytes]:
        """Yield messages without end, each `pace` after the one before on the hospital's clock."""
        if not self.people or not self.doctors:
            raise ValueError("The simulated hospital needs patients and doctors")
        rng = ids.rng_for(self.seed, "hospital", self.hospital.finess)
        stays: dict[int, _Stay] = {}
        now = self.start
        while True:
            for message in self._act(rng, stays, now):
                yield message
                now += self.pace

    def _act(self, rng: Random, stays: dict[int, _Stay], now: datetime) -> list[bytes]:
        """Return the messages of the next thing that happens."""
        draw = rng.random()
        present = list(stays.values())
        if not present or (draw < 0.22 and len(present) < 60):
            return self._arrive(rng, stays, now)
        stay = present[int(rng.random() * len(present))]
        acts: tuple[tuple[float, Callable[[], list[bytes]]], ...] = (
            (0.30, lambda: self._move(rng, stay, now)),
            (0.44, lambda: self._leave(stays, stay, now)),
            (0.50, lambda: [self.adt("A08", stay.person, now, stay)]),
            (0.52, lambda: self._merge_double(stay.person, now)),
            (0.60, lambda: [self.letter(rng, stay, now)]),
            (1.01, lambda: [self.results(rng, stay, now)]),
        )
        return next(act for limit, act in acts if draw < limit)()

    def _arrive(self, rng: Random, stays: dict[int, _Stay], now: datetime) -> list[bytes]:
        person = self.people[int(rng.random() * len(self.people))]
        if person.index in stays:
            return [self.adt("A08", person, now, stays[person.index])]
        unit = _UNITS[0] if rng.random() < 0.6 else _UNITS[int(rng.random() * len(_UNITS))]
        movement = self._next_movement()
        visit = f"{now:%y%m%d}{self.run}{self._movements:06d}"
        stay = _Stay(person, visit, unit, now, movement, now)
        stays[person.index] = stay
        return [self.adt("A28", person, now), self.adt("A01", person, now, stay)]

    def _move(self, rng: Random, stay: _Stay, now: datetime) -> list[bytes]:
        others = [unit for unit in _UNITS if unit != stay.unit]
        stay.unit = others[int(rng.random() * len(others))]
        stay.movement, stay.moved_at = self._next_movement(), now
        return [self.adt("A02", stay.person, now, stay)]

    def _leave(self, stays: dict[int, _Stay], stay: _Stay, now: datetime) -> list[bytes]:
        stay.movement, stay.moved_at = self._next_movement(), now
        del stays[stay.person.index]
        return [self.adt("A03", stay.person, now, stay)]

    def _next_movement(self) -> str:
        self._movements += 1
        return f"M{self.run}-{self._movements:07d}"

    @property
    def _domain(self) -> str:
        return f"{hl7_text(self.hospital.name)}&{self.hospital.finess}&N"

    def _header(self, kind: str, now: datetime, profile: str) -> str:
        self._count += 1
        control_id = f"{self.hospital.finess}-{self.run}-{self._count:08d}"
        sender = hl7_text(self.hospital.name)
        return (
            f"MSH|^~\\&|ENRS-DEMO|{sender}|ENRS|REGION|{stamp(now)}||{kind}|{control_id}|P|"
            f"2.5^FRA^2.11|||||FRA|UNICODE UTF-8|FR||{profile}"
        )

    def _pid(self, person: DemoPerson, now: datetime, visit: str = "") -> str:
        identifiers = f"{person.local_id}^^^{self._domain}^PI"
        if person.ins:
            identifiers += f"~{person.ins}^^^ASIP-SANTE-INS-NIR&{person.ins_oid}&ISO^INS"
        given = hl7_text(" ".join(person.given_names))
        first = hl7_text(person.first_given_name)
        names = f"{hl7_text(person.birth_name)}^{first}^{given}^^^^L"
        if person.used_name:
            names += f"~{hl7_text(person.used_name)}^{first}^^^^^D"
        home = person.address
        line = hl7_text(home.line)
        addresses = f"{line}^^{hl7_text(home.city)}^^{home.postal_code}^FRA^H"
        addresses += f"~^^^^^^BDL^^{person.birth_place_code}"
        values = {
            1: "1",
            3: identifiers,
            5: names,
            7: person.birth_date.strftime("%Y%m%d"),
            8: person.sex,
            11: addresses,
            13: f"^PRN^CP^^^^^^^^^{person.phone}" if person.phone else "",
            18: f"{visit}^^^{self._domain}^AN" if visit else "",
            31: "N",
            32: person.identity_status,
            33: stamp(now),
        }
        return segment("PID", values)

    def _pv1(self, stay: _Stay, now: datetime, *, leaving: bool) -> str:
        code = stay.unit[0]
        doctor = self._doctor(stay.person)
        values = {
            1: "1",
            2: "E" if code == "URG" else "I",
            3: f"{code}^^^{self._domain}",
            7: self._xcn(doctor),
            19: f"{stay.visit}^^^{self._domain}^VN",
            44: stamp(stay.admitted_at),
            45: stamp(now) if leaving else "",
        }
        return segment("PV1", values)

    def _doctor(self, person: DemoPerson) -> DemoProfessional:
        return self.doctors[person.index % len(self.doctors)]

    def _xcn(self, doctor: DemoProfessional) -> str:
        names = f"{hl7_text(doctor.family.upper())}^{hl7_text(doctor.given)}"
        return f"8{doctor.rpps}^{names}^^^^^^ASIP-SANTE-PS&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"

    def _zbe(self, stay: _Stay) -> str:
        code, label = stay.unit
        unit = f"{hl7_text(label)}^^^^^{self._domain}^UF^^^{code}"
        values = {
            1: f"{stay.movement}^ENRS-DEMO^{self.hospital.finess}",
            2: stamp(stay.moved_at),
            4: "INSERT",
            5: "N",
            7: unit,
            8: unit,
            9: "HMS",
        }
        return segment("ZBE", values)

    def adt(
        self, event: str, person: DemoPerson, now: datetime, stay: _Stay | None = None
    ) -> bytes:
        """Return an ADT in the shape of PAM-FR 2.11; without a stay it is about the identity."""
        structure = {"A08": "A01", "A28": "A05", "A31": "A05"}.get(event, event)
        visit = stay.visit if stay else ""
        lines = [
            self._header(f"ADT^{event}^ADT_{structure}", now, "2.11^IHE_FRANCE-2.11-PAM"),
            segment("EVN", {2: stamp(now), 6: stamp(now)}),
            self._pid(person, now, visit),
        ]
        if stay:
            lines.append(self._pv1(stay, now, leaving=event == "A03"))
            if event != "A08":
                lines.append(self._zbe(stay))
        else:
            lines.append(segment("PV1", {1: "1", 2: "N"}))
        lines.append(segment("ZFA", {1: "ACTIF", 2: stamp(now), 11: "IC", 12: stamp(now)}))
        return _message(lines)

    def _merge_double(self, person: DemoPerson, now: datetime) -> list[bytes]:
        """Return the creation of a double by mistake, then its merge."""
        double = replace(person, local_id=f"D{person.local_id}")
        return [self.adt("A28", double, now), self.merge(person, now)]

    def merge(self, person: DemoPerson, now: datetime) -> bytes:
        """Return an A40 that merges a second local number, made by mistake, into the person's."""
        lines = [
            self._header("ADT^A40^ADT_A39", now, "2.11^IHE_FRANCE-2.11-PAM"),
            segment("EVN", {2: stamp(now), 6: stamp(now)}),
            self._pid(person, now),
            segment("MRG", {1: f"D{person.local_id}^^^{self._domain}^PI"}),
        ]
        return _message(lines)

    def results(self, rng: Random, stay: _Stay, now: datetime) -> bytes:
        """Return an ORU^R01 with one OBX for each analyte of a common panel."""
        panel = ("acute", "frail", "kidney", "heart", "diabetes")[int(rng.random() * 5)]
        lines, order = self._report(rng, stay, now, "11502-2^CR d'examens biologiques^LN")
        own = ids.rng_for(self.seed, "own", stay.person.index).gauss(0, 1)
        for rank, loinc in enumerate(labs.PANELS[panel], start=1):
            analyte = labs.ANALYTES[loinc]
            value = labs.draw_value(rng, analyte, panel, 0.0, own)
            flag = labs.interpretation(analyte, value)
            low = "" if analyte.low is None else f"{analyte.low:g}"
            high = "" if analyte.high is None else f"{analyte.high:g}"
            limits = f"{low}-{high}" if low and high else f"<{high}" if high else f">{low}"
            values = {
                1: str(rank),
                2: "NM",
                3: f"{loinc}^{hl7_text(analyte.name)}^LN",
                5: f"{value:g}",
                6: f"{hl7_text(analyte.unit)}^^UCUM",
                7: limits,
                8: "" if flag == "N" else flag,
                11: "F",
                14: stamp(now),
                18: order,
            }
            lines.append(segment("OBX", values))
        return _message(lines)

    def _report(
        self, rng: Random, stay: _Stay, now: datetime, service: str
    ) -> tuple[list[str], str]:
        """Return the segments that open an ORU, and the number of the report."""
        order = f"R{self.run}{int(rng.random() * 1e9):09d}"
        profile = "2.1^CISIS_CDA_HL7_V2"
        doctor = self._xcn(self._doctor(stay.person))
        request = {1: "1", 3: f"{order}^ENRS-DEMO", 4: service, 7: stamp(now), 16: doctor}
        lines = [
            self._header("ORU^R01^ORU_R01", now, profile),
            self._pid(stay.person, now, stay.visit),
            self._pv1(stay, now, leaving=False),
            segment("ORC", {1: "NW", 3: f"{order}^ENRS-DEMO", 9: stamp(now)}),
            segment("OBR", request | {22: stamp(now), 25: "F"}),
        ]
        return lines, order

    def letter(self, rng: Random, stay: _Stay, now: datetime) -> bytes:
        """Return an ORU^R01 that carries a discharge letter as a CDA in base64."""
        code, title = "11490-0", "Lettre de liaison à la sortie"
        service = f"{code}^{hl7_text(title)}^LN"
        lines, order = self._report(rng, stay, now, service)
        illness = ("heart", "diabetes", "frail", "kidney")[int(rng.random() * 4)]
        paragraphs = [
            f"Patient hospitalisé en {stay.unit[1]} depuis le {stay.admitted_at:%d/%m/%Y}.",
            texts.pick(rng, texts.CONCLUSIONS[illness]),
            f"Traitement de sortie : {texts.TREATMENTS[illness]}",
        ]
        document = self.cda(
            stay.person, order, code=code, title=title, paragraphs=paragraphs, now=now
        )
        encoded = base64.b64encode(document.encode()).decode("ascii")
        content = {1: "1", 2: "ED", 3: service, 5: f"^TEXT^XML^Base64^{encoded}", 11: "F"}
        lines.append(segment("OBX", content))
        meta = (("MASQUE_PS", "N"), ("INVISIBLE_PATIENT", "N"), ("INVISIBLE_REP_LEGAUX", "N"),
                ("DESTDMP", "Y"), ("DESTMSSANTEPS", "Y"), ("DESTMSSANTEPAT", "Y"))  # fmt: skip
        for rank, (name, value) in enumerate(meta, start=2):
            answer = {
                2: "CE",
                3: f"{name}^{name}^MetaDMPMSS",
                5: f"{value}^^expandedYes-NoIndicator",
            }
            lines.append(segment("OBX", {1: str(rank), 11: "F"} | answer))
        return _message(lines)

    def cda(
        self,
        person: DemoPerson,
        number: str,
        *,
        code: str,
        title: str,
        paragraphs: Sequence[str],
        now: datetime,
    ) -> str:
        """Return a small CDA R2 with the French header and one section of paragraphs."""
        doctor = self._doctor(person)
        at = f"{stamp(now)}{now.astimezone(PARIS):%z}"
        ins = f'<id extension="{person.ins}" root="{person.ins_oid}"/>' if person.ins else ""
        given = "".join(f"<given>{escape(name)}</given>" for name in person.given_names)
        body = "".join(f"<paragraph>{escape(text)}</paragraph>" for text in paragraphs)
        site = (
            f'<id root="1.2.250.1.71.4.2.2" extension="1{self.hospital.finess}"/>'
            f"<name>{escape(self.hospital.long_name)}</name>"
        )
        return _CDA.format(
            number=f"{self.hospital.finess}.{number.removeprefix('R')}",
            code=code,
            title=escape(title),
            at=at,
            ins=ins,
            local=f'<id extension="{person.local_id}" root="1.2.250.1.71.4.2.2.{self.hospital.finess}"/>',
            family=escape(person.birth_name),
            given=given,
            sex=person.sex,
            born=person.birth_date.strftime("%Y%m%d"),
            rpps=doctor.rpps,
            doctor_family=escape(doctor.family.upper()),
            doctor_given=escape(doctor.given),
            site=site,
            body=body,
        )


def _message(lines: Sequence[str]) -> bytes:
    return ("\r".join(lines) + "\r").encode("utf-8")


_CDA: Final = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>
<id root="1.2.250.1.71.4.2.2.{number}"/>
<code code="{code}" codeSystem="2.16.840.1.113883.6.1" displayName="{title}"/>
<title>{title}</title><effectiveTime value="{at}"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="Normal"/>
<languageCode code="fr-FR"/>
<recordTarget><patientRole>{ins}{local}<patient>
<name><family qualifier="BR">{family}</family>{given}</name>
<administrativeGenderCode code="{sex}" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="{born}"/></patient></patientRole></recordTarget>
<author><time value="{at}"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="8{rpps}"/>
<assignedPerson><name><family>{doctor_family}</family><given>{doctor_given}</given></name>
</assignedPerson><representedOrganization>{site}</representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>{site}
</representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody><component><section>
<title>{title}</title><text>{body}</text>
</section></component></structuredBody></component>
</ClinicalDocument>
"""

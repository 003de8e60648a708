"""What a partner is answered: whose a number is (PIX), who has these traits (PDQ), and who may ask."""

from dataclasses import replace
from typing import Any

import pytest

from enrs.core.access.actor import SYSTEM, acting
from enrs.core.audit.models import AuditLine
from enrs.formats.hl7v2 import Message, parse
from enrs.formats.hl7v2.datatypes import read_identifiers
from enrs.interop.gateway import asking, reading
from enrs.interop.gateway.asking import Pace
from enrs.interop.gateway.desk import QuestionRefusedError
from enrs.interop.gateway.models import Inbox, Partner
from enrs.interop.gateway.writer import FOREIGN, SUSPENDED, UNKNOWN
from enrs.referentials.identity.commands import merge_local, receive_identity
from enrs.referentials.identity.models import RegionalIdentity, SourceIdentity
from enrs.referentials.identity.rules import Traits
from tests.interop.gateway import messages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_ins_only")]

OWN, OTHER = f"urn:finess:{messages.FINESS}", "urn:oid:1.2.250.1.999.7.2"
REGION = "1.2.250.1.999.1.1"
NAME, BIRTH = "PID.5.1^DUBREUIL", "PID.7^19850712"


@pytest.fixture
def partner(settings: Any, monkeypatch: Any) -> Partner:
    monkeypatch.setattr(asking, "pace", Pace(600))
    return Partner.objects.create(
        sender="GAM|CHU-ESSAI", application="GAM", facility="CHU-ESSAI", name="CHU d'essai",
        finess=messages.FINESS, asking="own",
    )  # fmt: skip


def keep(value: str, system: str = OWN, **traits: Any) -> SourceIdentity:
    known = {
        "birth_name": "DUBREUIL", "first_given_name": "MARIE", "birth_date": "1985-07-12", "sex": "F",
        "city": "Paris", "postal_code": "75010", "phone": "0102030405", **traits,
    }  # fmt: skip
    with acting(SYSTEM):
        return receive_identity(system=system, value=value, traits=Traits(**known), sender="essai")


def qualified(value: str, system: str = OWN, **traits: Any) -> SourceIdentity:
    given = {"ins": messages.INS, "ins_oid": messages.TEST_OID, "status": "qualified"}
    return keep(value, system, **given, **traits)


def ask(raw: bytes, certificate: str = "") -> Message:
    incoming = reading.read(raw)
    assert incoming.is_question, incoming.error_text
    return parse(asking.answer(incoming, certificate))


def verdict(found: Message) -> tuple[str, str]:
    return found.get("MSA", "1"), found.get("QAK", "2")


def fault(found: Message) -> tuple[str, str]:
    err = found.first("ERR")
    assert err is not None
    return err[2], err.component(3)


def told(found: Message) -> list[set[tuple[str, str]]]:
    return [
        {(one.system, one.value) for one in read_identifiers(pid, 3)}
        for pid in found.segments("PID")
    ]


# --- PIX ------------------------------------------------------------------------------------------


def test_a_hospital_is_told_the_regional_number_and_the_ins_of_its_patient(partner):
    made = qualified("P1")
    qualified("X9", OTHER)
    found = ask(messages.pix("P1"))
    assert found.get("MSH", "9.1") + found.get("MSH", "9.2") == "RSPK23"
    assert verdict(found) == ("AA", "OK")
    assert found.get("QAK", "1") == "TAGQ1"
    assert found.get("QPD", "3.1") == "P1"
    assert told(found) == [
        {
            (f"urn:oid:{REGION}", str(made.patient_id)),
            (f"urn:oid:{messages.TEST_OID}", messages.INS),
        }
    ]
    assert found.get("PID", "5.7") == ""
    assert "DUBREUIL" not in str(list(found.lines))
    line = AuditLine.objects.get(action="identity.pix.asked")
    assert (line.patient_ids, line.actor_name) == ([made.patient_id], "CHU d'essai")
    assert Inbox.objects.count() == 0


def test_the_numbers_of_another_hospital_are_for_the_services_of_the_region(partner):
    qualified("P1")
    qualified("X9", OTHER)
    wanted = "^^^&1.2.250.1.999.7.2&ISO"
    refused = ask(messages.pix("P1", domains=f"^^^&{REGION}&ISO~{wanted}"))
    assert verdict(refused) == ("AE", "AE")
    assert fault(refused) == ("QPD^1^4^2", "204")
    Partner.objects.update(asking="all")
    assert told(ask(messages.pix("P1", domains=wanted))) == [{(OTHER, "X9")}]
    assert told(ask(messages.pix("X9", authority="&1.2.250.1.999.7.2&ISO")))[0] > {(OWN, "P1")}


@pytest.mark.parametrize(
    ("value", "authority", "where"),
    [
        ("P9", f"CHU-ESSAI&{messages.FINESS}&N", "QPD^1^3^1^1"),
        ("P1", "&1.2.250.1.999.99&ISO", "QPD^1^3^1^4"),
        ("X9", "&1.2.250.1.999.7.2&ISO", "QPD^1^3^1^4"),
        ("P1", f"&{REGION}&ISO", "QPD^1^3^1^1"),
        ("285077599988818", "&1.2.250.1.213.1.4.8&ISO", "QPD^1^3^1^1"),
    ],
    ids=["number", "domain", "somebody else's domain", "regional number", "INS"],
)
def test_what_is_unknown_is_said_with_its_place(partner, value, authority, where):
    keep("P1")
    keep("X9", OTHER)
    found = ask(messages.pix(value, authority=authority))
    assert verdict(found) == ("AE", "AE")
    assert fault(found) == (where, "204")
    assert not told(found)
    assert AuditLine.objects.get(action="identity.pix.asked").outcome == "refused"


def test_a_patient_without_number_in_the_wanted_domain_is_not_found(partner):
    keep("P1")
    found = ask(messages.pix("P1", domains="^^^&1.2.250.1.213.1.4.8&ISO"))
    assert verdict(found) == ("AA", "NF")
    assert not told(found)


def test_an_absorbed_number_still_leads_to_its_patient_and_is_told_no_more(partner):
    keep("OLD")
    kept = keep("NEW")
    with acting(SYSTEM):
        merge_local(system=OWN, kept="NEW", absorbed="OLD", sender="essai")
    [numbers] = told(ask(messages.pix("OLD")))
    assert numbers == {(OWN, "NEW"), (f"urn:oid:{REGION}", str(kept.patient_id))}
    was = RegionalIdentity.objects.get(replaced_by=kept.patient_id).patient_id
    [numbers] = told(ask(messages.pix(str(was), authority=f"&{REGION}&ISO")))
    assert (OWN, "NEW") in numbers


def test_somebody_known_elsewhere_alone_is_a_regional_number_and_nothing_else(partner):
    made = qualified("X9", OTHER)
    number = (f"urn:oid:{REGION}", str(made.patient_id))
    assert told(ask(messages.pix(messages.INS, authority=f"&{messages.TEST_OID}&ISO"))) == [
        {number}
    ]
    found = ask(messages.pdq(NAME, BIRTH))
    assert told(found) == [{number}]
    text = "\r".join(line for line in found.lines if line.startswith("PID"))
    assert "DUBREUIL" not in text
    assert "1985" not in text
    assert found.get("PID", "5.7") or found.segments("PID")[0].rep(5) == ["", "^^^^^^S"]


def test_a_likeness_tells_no_hospital_what_another_one_wrote(partner, settings):
    settings.REGION = replace(settings.REGION, links_by_score=True)
    mine = keep("P1")
    theirs = qualified("X9", OTHER, address="3 rue des Lilas")
    assert theirs.patient_id == SourceIdentity.objects.get(pk=mine.pk).patient_id
    assert theirs.patient_id == RegionalIdentity.objects.get(ins=messages.INS).pk
    own = {(OWN, "P1"), (f"urn:oid:{REGION}", str(theirs.patient_id))}
    assert told(ask(messages.pix("P1"))) == [own - {(OWN, "P1")}]
    found = ask(messages.pdq(NAME, BIRTH))
    assert told(found) == [own - {(OWN, "P1")}]
    by_ins = ask(messages.pix(messages.INS, authority="&1.2.250.1.213.1.4.10&ISO"))
    assert told(by_ins) == [own - {(OWN, "P1")}]
    assert "MARIE" not in str(list(found.lines))
    assert "Lilas" not in str(list(found.lines))
    # Once a message says that both are one, both are told.
    qualified("P1")
    assert (f"urn:oid:{messages.TEST_OID}", messages.INS) in told(ask(messages.pix("P1")))[0]


# --- PDQ ------------------------------------------------------------------------------------------


def test_traits_are_told_of_one_s_own_patients(partner):
    made = qualified("P1")
    found = ask(messages.pdq(NAME, BIRTH, "PID.8^F", "PID.11.5^75010"))
    assert verdict(found) == ("AA", "OK")
    assert found.get("MSH", "9.3") == "RSP_K21"
    pid = found.first("PID")
    assert pid is not None
    assert pid.component(5) == "DUBREUIL"
    assert (pid.component(7), pid.component(8), pid.component(32)) == ("19850712", "F", "VALI")
    assert (OWN, "P1") in told(found)[0]
    assert AuditLine.objects.get(action="identity.pdq.asked").patient_ids == [made.patient_id]
    assert SourceIdentity.objects.count() == 1


@pytest.mark.parametrize(
    "criteria",
    [(NAME,), (BIRTH,), (NAME, "PID.7^1985"), (NAME, "PID.7^198507"), ("PID.5.1^D*", BIRTH), ("PID.8^F",),
     ("PID.5.1^*", BIRTH)],
)  # fmt: skip
def test_a_question_must_be_exact_enough(partner, criteria):
    keep("P1")
    found = ask(messages.pdq(*criteria))
    assert verdict(found) in (("AE", "AE"), ("AA", "NF"))
    assert not told(found)
    if "^D*" not in criteria[0]:
        assert fault(found) == ("QPD^1^3", "101")


@pytest.mark.parametrize(
    ("criteria", "finds"),
    [
        ((NAME, BIRTH), True),
        (("PID.5.1^dubreuil", "PID.5.2^marie", BIRTH), True),
        (("PID.5.1^MARTIN", BIRTH), True),
        ((NAME, BIRTH, "PID.5.2^JEANNE"), False),
        ((NAME, BIRTH, "PID.8^M"), False),
        ((NAME, BIRTH, "PID.11.3^paris"), True),
        ((NAME, BIRTH, "PID.11.3^Lyon"), False),
        (("PID.3.1^P1", f"PID.3.4.2^{messages.FINESS}"), True),
        (("PID.3.1^P1", f"PID.3.4.2^{messages.FINESS}", "PID.5.1^AUTRE"), False),
        ((f"PID.3.1^{messages.INS}", f"PID.3.4.2^{messages.TEST_OID}"), True),
        ((NAME, "PID.7^19850713"), False),
    ],
)
def test_criteria_narrow_the_answer(partner, criteria, finds):
    qualified("P1", used_name="MARTIN")
    found = ask(messages.pdq(*criteria))
    assert verdict(found) == ("AA", "OK" if finds else "NF")
    assert len(told(found)) == finds


def test_an_unknown_criterion_is_refused_rather_than_forgotten(partner):
    incoming = reading.read(messages.pdq(NAME, BIRTH, "PID.99^X"))
    assert (incoming.state, incoming.ack_code, incoming.error_where) == ("refused", "AE", "QPD-3")


def test_pages_follow_one_another_for_their_asker_and_their_question_alone(partner):
    made = {str(keep(f"P{n}").patient_id) for n in range(5)}
    seen, pointer = [], ""
    for left in (3, 1, 0):
        found = ask(messages.pdq(NAME, BIRTH, limit="2^RD", pointer=pointer))
        seen += [value for one in told(found) for system, value in one if system.endswith(REGION)]
        assert [found.get("QAK", str(at)) for at in (4, 6)] == ["5", str(left)]
        first, pointer = pointer or found.get("DSC", "1"), found.get("DSC", "1")
    assert pointer == ""
    assert (len(seen), set(seen)) == (5, made)
    assert len(first) <= 180
    for raw in (
        messages.pdq(NAME, "PID.7^19850713", pointer=first),
        messages.pdq(NAME, BIRTH, pointer="0"),
        messages.pdq(NAME, BIRTH, pointer=first).replace(b"|GAM|", b"|AUTRE|"),
    ):
        Partner.objects.update_or_create(
            sender="AUTRE|CHU-ESSAI", defaults={"name": "Autre", "asking": "own"}
        )
        assert fault(ask(raw)) == ("DSC^1^1", "102")


def test_a_crowd_is_not_an_answer(partner, monkeypatch):
    monkeypatch.setattr(asking.numbers, "MOST_FOUND", 2)
    for n in range(3):
        keep(f"P{n}")
    found = ask(messages.pdq(NAME, BIRTH))
    assert verdict(found) == ("AE", "AE")
    assert "Trop de personnes" in found.get("ERR", "8")


def test_a_cancelled_search_is_acknowledged(partner):
    raw = messages.pix("P1").replace(b"QBP^Q23^QBP_Q21", b"QCN^J01^QCN_J01")
    found = ask(raw.replace(b"QPD|IHE PIX Query|TAGQ1|", b"QID|TAGQ1|IHE PDQ Query|"))
    assert (found.get("MSH", "9.1"), found.get("MSA", "1")) == ("ACK", "AA")


# --- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"asking": ""}, asking.NOT_ALLOWED),
        ({"sender": "AUTRE|CHU"}, asking.NOT_ALLOWED),
        ({"is_active": False, "version": 2}, SUSPENDED),
        ({"is_active": False, "version": 1}, UNKNOWN),
        ({"certificate_name": "chu.essai"}, FOREIGN),
    ],
)
def test_nobody_else_is_answered(partner, changes, words):
    keep("P1")
    Partner.objects.update(**changes)
    for raw in (messages.pix("P1"), messages.pdq(NAME, BIRTH)):
        with pytest.raises(QuestionRefusedError, match=words[:40]):
            ask(raw)
    assert not AuditLine.objects.filter(action__startswith="identity.p").exists()


def test_the_right_certificate_is_let_in(partner):
    keep("P1")
    Partner.objects.update(certificate_name="chu.essai")
    assert verdict(ask(messages.pix("P1"), "chu.essai"))[0] == "AA"


def test_a_partner_that_asks_without_end_waits(partner, monkeypatch):
    keep("P1")
    monkeypatch.setattr(asking, "pace", Pace(2))
    codes = [verdict(ask(messages.pix("P1")))[0] for _ in range(3)]
    assert codes == ["AA", "AA", "AE"]
    assert Pace(1).allows("AUTRE|")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b"QPD|", b"QPX|", "QPD"),
        (b"|TAGQ1|", b"||", "QPD-2"),
        (b"P1^^^CHU", b"^^^CHU", "QPD-3.1"),
        (b"^^^CHU-ESSAI&750099991&N", b"", "QPD-3.4"),
        (b"RCP|I", b"RCP|I|beaucoup", "RCP-2"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_with_its_place(old, new, where):
    raw = messages.pix("P1")
    assert old in raw
    incoming = reading.read(raw.replace(old, new))
    assert (incoming.state, incoming.ack_code, incoming.error_where) == ("refused", "AE", where)

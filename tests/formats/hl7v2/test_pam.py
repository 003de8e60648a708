"""French ADT messages into traits, stays, merges and consents."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from enrs.formats.hl7v2 import Hl7Error, parse, read_adt
from enrs.formats.hl7v2.datatypes import authority_system, read_moment, read_partial_date
from enrs.formats.hl7v2.pam import TRIGGERS
from tests.formats.hl7v2 import samples


def test_an_admission_gives_who_and_where():
    adt = read_adt(parse(samples.adt()))
    who = adt.patient
    assert [(one.system, one.value, one.type) for one in who.identifiers] == [
        ("urn:finess:750000001", "4012", "PI"),
        (f"urn:oid:{samples.TEST_OID}", samples.INS, "INS"),
    ]
    assert (who.ins, who.ins_oid) == (samples.INS, samples.TEST_OID)
    assert (who.birth_name, who.first_given_name) == ("LEFÈVRE", "Zoé")
    assert who.given_names == "Zoé Anne Lou"
    assert (who.used_name, who.used_given_name) == ("MARTIN", "Zoé")
    assert (who.birth_date, who.is_birth_date_uncertain) == ("1984-06-12", False)
    assert (who.sex, who.birth_place_code, who.reliability) == ("F", "75114", "VALI")
    assert who.address is not None
    assert who.address.lines == ("3 rue du Puits", "Bât. B")
    assert (who.address.city, who.address.postal_code) == ("MELUN", "77000")
    assert (who.phone, who.mobile, who.email) == ("0102030405", "0601020304", "zoe@exemple.test")
    assert who.account is not None
    assert who.account.value == "D900"
    stay = adt.stay
    assert stay is not None
    assert stay.number is not None
    assert (stay.number.system, stay.number.value) == ("urn:finess:750000001", "V77")
    assert stay.location is not None
    assert (stay.location.unit, stay.location.room, stay.location.bed) == ("3201", "12", "B")
    assert stay.location.facility_id == "750000001"
    assert stay.prior_location is not None
    assert stay.prior_location.unit == "3100"
    assert stay.attending[0].rpps == "10000023084"
    assert stay.admitted_at == datetime(2026, 3, 12, 13)  # noqa: DTZ001
    movement = stay.movement
    assert movement is not None
    assert movement.effective_at == datetime(2026, 3, 12, 12, tzinfo=UTC)
    assert (movement.action, movement.nature) == ("INSERT", "HMS")
    assert movement.medical_unit is not None
    assert (movement.medical_unit.code, movement.medical_unit.name) == ("3200", "Chirurgie")
    assert movement.id is not None
    assert movement.id.system == "urn:oid:1.2.3.4"


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
def test_every_event_is_read(trigger):
    adt = read_adt(parse(samples.adt(trigger, *samples.beside(trigger))))
    assert adt.trigger == trigger
    assert (adt.stay is None) == (trigger in {"A24", "A28", "A31", "A37", "A40", "A47"})
    assert (adt.other is not None) == (trigger in {"A24", "A37"})
    assert bool(adt.merges) == (trigger in {"A40", "A47"})


def test_a_link_names_two_patients():
    adt = read_adt(parse(samples.adt("A24", *samples.beside("A24"))))
    assert adt.other is not None
    assert [one.value for one in adt.other.identifiers] == ["5013"]
    with pytest.raises(Hl7Error) as refusal:
        read_adt(parse(samples.adt("A24")))
    assert refusal.value.code == 100


@pytest.mark.parametrize(
    ("several", "order", "read"),
    [("", "", ""), ("Y", "", "Y"), ("N", "", "N"), ("Y", "2", "2"), ("", "02", "2"), ("N", "1", "N"),
     ("N", "2", "N"), ("", "1", ""), ("Y", "1", "1"),
     ("Y", "x", "Y"), ("oui", "0", "")],
)  # fmt: skip
def test_a_multiple_birth_is_read_with_its_order(several, order, read):
    adt = read_adt(parse(samples.adt(patient=samples.pid(f24=several, f25=order))))
    assert adt.patient.multiple_birth == read


def test_another_event_is_refused():
    with pytest.raises(Hl7Error) as caught:
        read_adt(parse(samples.adt("A60")))
    assert caught.value.code == 201


@pytest.mark.parametrize(
    ("alimentation", "consultation", "expected"),
    [
        ("INO", "IC", (True, True)),
        ("IO", "INC", (False, False)),
        ("NA", "NA", (None, None)),
        ("", "", (None, None)),
    ],
)
def test_the_dmp_consent_is_read(alimentation, consultation, expected):
    zfa = f"ZFA|ACTIF||||||||{alimentation}||{consultation}|"
    raw = samples.adt().replace(samples.ZFA.encode(), zfa.encode())
    consent = read_adt(parse(raw)).consent
    assert consent is not None
    assert (consent.may_publish, consent.may_consult) == expected


def test_a_merge_may_have_several_groups():
    other = samples.pid("DURAND^Ali^^^^^L", f3="77^^^H&750000001&N^PI")
    raw = samples.adt(
        "A40", "MRG|1^^^H&750000001&N^PI~2^^^H&750000001&N^PI||A1", other, "MRG|3^^^H"
    )
    first, second = read_adt(parse(raw)).merges
    assert [one.value for one in first.absorbed] == ["1", "2"]
    assert first.survivor.birth_name == "LEFÈVRE"
    assert first.absorbed_account is not None
    assert first.absorbed_account.value == "A1"
    assert second.survivor.birth_name == "DURAND"
    assert second.absorbed[0].system == "urn:local:H"


@pytest.mark.parametrize(
    ("written", "zfd", "date", "uncertain"),
    [
        ("19840612", "ZFD|", "1984-06-12", False),
        ("198406", "ZFD|", "1984-06", True),
        ("1984", "ZFD|", "1984", True),
        ("19840000", "ZFD|", "1984", True),
        ("19840600", "ZFD|", "1984-06", True),
        ("19841301", "ZFD|1^13^1984", "1984", True),
        ("19840231", "ZFD|31^02^1984", "1984-02", True),
        ("19840612", "ZFD||||Y|INSI", "1984-06-12", True),
        ("", "ZFD|", "", False),
    ],
)
def test_birth_dates_of_all_kinds(written, zfd, date, uncertain):
    patient = read_adt(parse(samples.adt("A31", zfd, patient=samples.pid(f7=written)))).patient
    assert (patient.birth_date, patient.is_birth_date_uncertain) == (date, uncertain)


@pytest.mark.parametrize("written", ["19840231", "19841301", "12/06/1984", "0", "inconnue"])
def test_an_impossible_birth_date_is_refused_without_quoting_it(written):
    with pytest.raises(Hl7Error) as caught:
        read_adt(parse(samples.adt(patient=samples.pid(f7=written))))
    assert (caught.value.code, caught.value.where) == (102, "PID-7")
    assert written not in caught.value.text_fr or len(written) < 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("20260312", datetime(2026, 3, 12)),  # noqa: DTZ001
        ("202603121405", datetime(2026, 3, 12, 14, 5)),  # noqa: DTZ001
        ("20260312140509.1234", datetime(2026, 3, 12, 14, 5, 9, 123400)),  # noqa: DTZ001
        (
            "20260312140509-0330",
            datetime(2026, 3, 12, 14, 5, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
        ),
        ("202603121405+0100", datetime(2026, 3, 12, 13, 5, tzinfo=UTC)),
        ("", None),
    ],
)
def test_moments(written, expected):
    assert read_moment(written, "EVN-2") == expected


@pytest.mark.parametrize(
    "written", ["2026", "202603", "20260312 1405", "20261312", "20260312+9999"]
)
def test_bad_moments(written):
    with pytest.raises(Hl7Error, match="EVN-2"):
        read_moment(written, "EVN-2")


@pytest.mark.parametrize(
    ("name", "universal", "system"),
    [
        ("X", "1.2.250.1.1", "urn:oid:1.2.250.1.1"),
        ("X", "750000001", "urn:finess:750000001"),
        ("2A0000014", "", "urn:finess:2A0000014"),
        ("Clinique du Parc", "12", "urn:local:Clinique%20du%20Parc"),
        ("", "GAM", "urn:local:GAM"),
        ("", "", "urn:local:LABO"),
        ("X", "1.02.3", "urn:local:X"),
    ],
)
def test_authorities(name, universal, system):
    assert authority_system(name, universal, "LABO") == system


def test_a_provisional_doubtful_unknown_patient():
    raw = samples.pid('X^""^^^^^D', f8="", f32="PROV~DOUT", f13='""', f29="20260312", f3="9^^^^PI")
    patient = read_adt(parse(samples.adt("A31", patient=raw))).patient
    assert (patient.reliability, patient.reliability_remarks) == ("PROV", ("DOUT",))
    assert (patient.birth_name, patient.used_name, patient.sex) == ("", "X", "U")
    assert patient.nulls == ("PID-13",)
    assert patient.is_deceased
    assert patient.identifiers[0].system == "urn:local:HOPITAL-DEMO"


def test_an_old_calculated_ins_is_no_ins():
    raw = samples.pid(f3="1234567890123456789012^^^A&1.2.250.1.213.1.4.2&ISO^INS-C")
    assert read_adt(parse(samples.adt("A31", patient=raw))).patient.ins == ""


def test_a_movement_shifted_by_one_field_is_understood():
    shifted = (
        "ZBE|MV5^GAP|20260312130000|20260313||CANCEL|N|A03|Soins^^^^^^UF^^^1|Med^^^^^^UF^^^2|HMS"
    )
    raw = samples.adt("A03").replace(samples.ZBE.encode(), shifted.replace("||", "||", 1).encode())
    stay = read_adt(parse(raw)).stay
    assert stay is not None
    assert stay.movement is not None
    assert (stay.movement.action, stay.movement.nature) == ("CANCEL", "HMS")
    assert stay.movement.original_trigger == "A03"


def test_an_unknown_movement_action_is_refused():
    raw = samples.adt().replace(b"|INSERT|", b"|REMOVE|")
    with pytest.raises(Hl7Error) as caught:
        read_adt(parse(raw))
    assert (caught.value.code, caught.value.where) == (103, "ZBE-4")


def test_the_account_stands_for_a_missing_visit_number():
    adt = read_adt(parse(samples.adt().replace(samples.PV1.encode(), b"PV1|1|E|URG")))
    assert adt.stay is not None
    assert adt.stay.number is not None
    assert adt.stay.number.value == "D900"


def test_partial_dates_keep_their_precision():
    assert read_partial_date("", "X-1") == ("", False)
    assert read_partial_date("20260312101010+0100", "X-1") == ("2026-03-12", False)

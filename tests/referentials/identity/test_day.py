"""The invented day of messages: read by our own reader, each says of its record what the population knows."""

import pytest
from benchmarks.identity.day import DOMAINS, day_of, person, stocks
from benchmarks.identity.population import read_people, read_records, traits_of, write_population

from enrs.formats.hl7v2 import parse, read_adt
from enrs.interop.gateway.flows.people import Sending, key_of
from enrs.interop.gateway.flows.people import traits_of as traits_of_pid
from enrs.interop.gateway.reading import local_identifier
from enrs.referentials.identity.rules import settle
from enrs.referentials.identity.rules.overlays import overlay

COUNT = 1_000


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return write_population(
        tmp_path_factory.mktemp("region"), people=4_000, seed=4, processes=1, mean=1.6
    )


@pytest.fixture(scope="module")
def day(population, tmp_path_factory):
    strangers = write_population(
        tmp_path_factory.mktemp("strangers"), people=200, seed=7, processes=1
    )
    return day_of(population, strangers, count=COUNT, records=6_400, connections=4)


def read(day):
    return [[read_adt(parse(body)) for body in stock] for stock in stocks(day)]


def test_people_come_with_all_their_records(population):
    people = list(read_people(population))
    assert [row for one in people for row in one] == list(read_records(population))
    assert len(people) == 4_000


def test_the_day_has_its_size_its_kinds_and_nothing_unreadable(day):
    triggers = [one.trigger for line in read(day) for one in line]
    assert len(triggers) == day.count
    assert COUNT * 0.9 < day.count < COUNT * 1.15
    assert set(triggers) == {"A01", "A03", "A08", "A28", "A31", "A40", "A47"}
    assert triggers.count("A01") == day.stays
    assert triggers.count("A28") == day.numbers
    assert triggers.count("A40") + triggers.count("A47") == day.absorbed
    assert day.overlays == day.kinds["A31 d’une autre personne"] > 0


def test_messages_of_one_patient_keep_their_order_on_one_connection(day):
    seen: dict[tuple[str, str], int] = {}
    for place, line in enumerate(read(day)):
        last: dict[tuple[str, str], object] = {}
        for one in line:
            if one.trigger not in {"A01", "A08", "A03"}:
                continue
            own = local_identifier(one.patient.identifiers)
            key = (own.system, own.value)
            assert seen.setdefault(key, place) == place
            assert key not in last or last[key] <= one.recorded_at
            last[key] = one.recorded_at


def test_what_a_message_says_of_a_record_is_what_the_database_was_given(population, day):
    sending = Sending("SIH|BANC-CHU", "CHU", "", "Europe/Paris", "")
    differ = []
    for row in list(read_records(population))[:2_000]:
        system, sender = DOMAINS[row["system"]]
        body = (
            f"MSH|^~\\&|SIH|{sender.partition('|')[2]}|DPI|REGION|20260312||ADT^A31^ADT_A05|1|P|2.5|||||FRA"
            f"|UNICODE UTF-8\rEVN||20260312||||20260312\r{person(row)}\rPV1|1|N\r"
        )
        patient = read_adt(parse(body.encode())).patient
        assert key_of(patient, sending) == (system, row["value"])
        told, kept = (
            settle(one, mode="demo").traits
            for one in (traits_of_pid(patient, sending), traits_of(row))
        )
        differ += [(name, getattr(told, name), getattr(kept, name))
                   for name in ("birth_name", "first_given_name", "given_names", "used_name", "used_given_name",
                                "birth_date", "sex", "birth_place_code", "ins", "status", "address", "postal_code",
                                "city", "phone", "multiple_birth")
                   if getattr(told, name) != getattr(kept, name)]  # fmt: skip
    assert differ == []


def test_what_is_meant_to_be_kept_aside_is_somebody_else_beyond_doubt(population, day):
    rows = {(DOMAINS[row["system"]][0], row["value"]): row for row in read_records(population)}
    sending = Sending("SIH|BANC-CHU", "CHU", "", "Europe/Paris", "")
    others = 0
    for one in (one for line in read(day) for one in line if one.trigger == "A31"):
        before = settle(traits_of(rows[key_of(one.patient, sending)]), mode="demo").traits
        after = settle(traits_of_pid(one.patient, sending), mode="demo").traits
        others += bool(overlay(before, after))
    assert others == day.overlays

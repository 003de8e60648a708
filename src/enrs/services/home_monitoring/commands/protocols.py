"""Protocols: taken in from the release, drafted, put in service and retired by the region's team."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connections
from django.utils import timezone

from enrs.core.access.actor import SYSTEM, acting, current_actor
from enrs.core.audit.commands import note as audit
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.subjects.commands import save_version
from enrs.core.subjects.measures import known_measures
from enrs.services.home_monitoring.commands.shared import MonitoringRefusedError, demand_region
from enrs.services.home_monitoring.models import Protocol
from enrs.services.home_monitoring.rules import protocols as rules

SHIPPED = Path(__file__).resolve().parents[1] / "protocols"


def sync_protocols(*, using: str = "default") -> int:
    """Take in the protocols that come with the release; returns how many were new.

    One that is known under this number or a later one is left alone, and so is one that the region has written.
    """
    if "monitoring_protocol" not in connections[using].introspection.table_names():
        return 0
    count = 0
    with acting(SYSTEM), act():
        for path in sorted(SHIPPED.glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            code, number = content.pop("code"), content.pop("number")
            known = Protocol.objects.filter(code=code)
            if (
                known.filter(number__gte=number).exists()
                or known.exclude(made_by=SYSTEM.name).exists()
            ):
                continue
            made = _write(code, number, content, Protocol.Status.RETIRED)
            _put_in_service(made)
            count += 1
    return count


def draft_protocol(*, code: str, content: Mapping[str, Any]) -> Protocol:
    """Write the next number of a protocol, or the first of a new one, as a draft.

    Raises:
        AccessRefusedError: not of the region's team.
        MonitoringRefusedError: `code`, or `draft` when one is being written already.
        ProtocolError: what the content says cannot be.
    """
    demand_region()
    if not rules.CODE.fullmatch(code):
        raise MonitoringRefusedError("code")
    rules.read(content, kinds=known_measures())
    with act():
        rows = Protocol.objects.select_for_update().filter(code=code).order_by("-number")
        known = list(rows)
        if any(one.status == Protocol.Status.DRAFT for one in known):
            raise MonitoringRefusedError("draft")
        made = _write(code, known[0].number + 1 if known else 1, content, Protocol.Status.DRAFT)
        _note(made, "drafted")
    return made


def revise_draft(
    *, protocol: Protocol, content: Mapping[str, Any], expected_version: int
) -> Protocol:
    """Change a draft.

    Raises:
        AccessRefusedError, StaleSaveError, ProtocolError; MonitoringRefusedError: `published`.
    """
    demand_region()
    if protocol.status != Protocol.Status.DRAFT:
        raise MonitoringRefusedError("published")
    read = rules.read(content, kinds=known_measures())
    with act():
        protocol.content, protocol.title = dict(content), read.title
        protocol.made_by, protocol.made_at = current_actor().name[:200], timezone.now()
        fields = ["content", "title", "made_by", "made_at"]
        save_version(protocol, expected=expected_version, fields=fields)
        _note(protocol, "revised")
    return protocol


def publish_protocol(*, protocol: Protocol, expected_version: int) -> Protocol:
    """Put a draft in service; the number before it is retired, its follow-ups go on under it.

    Raises:
        AccessRefusedError, StaleSaveError, ProtocolError; MonitoringRefusedError: `published`.
    """
    demand_region()
    if protocol.status != Protocol.Status.DRAFT:
        raise MonitoringRefusedError("published")
    rules.read(protocol.content, kinds=known_measures())
    with act():
        save_version(protocol, expected=expected_version, fields=[])
        _put_in_service(protocol)
        _note(protocol, "published")
    return protocol


def retire_protocol(*, protocol: Protocol, expected_version: int) -> Protocol:
    """Take a protocol out of service: nobody is begun under it any more.

    Raises:
        AccessRefusedError, StaleSaveError; MonitoringRefusedError: `retired`.
    """
    demand_region()
    if protocol.status == Protocol.Status.RETIRED:
        raise MonitoringRefusedError("retired")
    with act():
        protocol.status = Protocol.Status.RETIRED
        save_version(protocol, expected=expected_version, fields=["status"])
        _note(protocol, "retired")
    return protocol


def _write(code: str, number: int, content: Mapping[str, Any], status: str) -> Protocol:
    read = rules.read(content, kinds=known_measures())
    made = Protocol(
        id=uuid7(), code=code, number=number, title=read.title, status=status, content=dict(content),
        made_by=current_actor().name[:200], made_at=timezone.now(),
    )  # fmt: skip
    made.save(force_insert=True)
    return made


def _put_in_service(protocol: Protocol) -> None:
    """The only number in service of its code."""
    published = Protocol.objects.filter(code=protocol.code, status=Protocol.Status.PUBLISHED)
    published.update(status=Protocol.Status.RETIRED)
    protocol.status, protocol.published_at = Protocol.Status.PUBLISHED, timezone.now()
    protocol.save(update_fields=["status", "published_at"])


def _note(protocol: Protocol, what: str) -> None:
    audit(
        f"home_monitoring.protocol.{what}",
        object_kind="monitoring_protocol",
        object_id=protocol.id,
        details={"code": protocol.code, "number": protocol.number},
    )

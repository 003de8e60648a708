"""Reading templates of plans: those in service, all of them, one."""

from uuid import UUID

from enrs.core.plans.models import PlanTemplate

MOST = 500
"""Numbers of templates on one page: a region keeps some tens."""


def templates_for(kind: str) -> list[PlanTemplate]:
    """The templates in service of one kind of plan, by title."""
    rows = PlanTemplate.objects.filter(kind=kind, status=PlanTemplate.Status.PUBLISHED)
    return list(rows.order_by("title", "code")[:MOST])


def templates() -> list[list[PlanTemplate]]:
    """Every template, the newest number of each first; what they say is not read."""
    rows = PlanTemplate.objects.defer("content").order_by("title", "code", "-number")
    groups: dict[str, list[PlanTemplate]] = {}
    for one in rows[:MOST]:
        groups.setdefault(one.code, []).append(one)
    return list(groups.values())


def template(template_id: UUID) -> PlanTemplate | None:
    """One number of a template."""
    return PlanTemplate.objects.filter(pk=template_id).first()


def in_service(kind: str, code: str) -> PlanTemplate | None:
    """The number in service of a template."""
    rows = PlanTemplate.objects.filter(kind=kind, code=code, status=PlanTemplate.Status.PUBLISHED)
    return rows.first()

"""Plans go with the record."""

from enrs.core.subjects.holdings import care, hold

hold("plan", "Plans d’actions")
hold("plan_problem", "Plans : problèmes")
hold("plan_goal", "Plans : objectifs")
hold("plan_action", "Plans : actions")
hold("plan_agreement", "Plans : accords")
hold("plan_step", "Plans : étapes")
care(
    "plan",
    "plan d’actions",
    "case when status in ('draft', 'active') then now() else greatest(changed_at, closed_at) end",
)

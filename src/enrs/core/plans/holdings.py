"""Plans go with the record."""

from enrs.core.subjects.holdings import hold

hold("plan", "Plans d’actions")
hold("plan_problem", "Plans : problèmes")
hold("plan_goal", "Plans : objectifs")
hold("plan_action", "Plans : actions")
hold("plan_agreement", "Plans : accords")
hold("plan_step", "Plans : étapes")

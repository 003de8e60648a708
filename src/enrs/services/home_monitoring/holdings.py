"""Follow-ups at home go with the record; protocols and teams name nobody."""

from enrs.core.subjects.holdings import care, hold

hold("monitoring_follow_up", "Surveillances à domicile")
hold("monitoring_reading", "Surveillances : relevés")
hold("monitoring_alert", "Surveillances : alertes")
hold("monitoring_call", "Surveillances : appels des alertes")
hold("monitoring_entry", "Surveillances : journal")
care(
    "monitoring_follow_up",
    "surveillance à domicile",
    "case when ended_at is null then now() else ended_at end",
)

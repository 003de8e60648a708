"""What plans show outside their own page: their templates for the region's team, their help."""

from enrs.core.ui.registry import HelpPage, Offer, help_page, offer

offer(
    Offer(
        key="plan_templates",
        label="Modèles de plans",
        icon="layout-text-window-reverse",
        url_name="plans:templates",
        summary="Les modèles des plans personnalisés : problèmes, objectifs, actions, qui les fait.",
        is_for=lambda actor: actor.role == "operator",
        order=76,
    )
)
help_page(
    HelpPage(
        key="plans",
        label="Plan personnalisé",
        icon="clipboard2-check",
        summary="Problèmes, objectifs, actions, accord de chacun, signature de la personne, modèles",
        template="plans/help.html",
        offers=("plan_templates",),
        order=35,
    )
)

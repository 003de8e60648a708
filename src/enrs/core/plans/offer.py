"""What plans show outside their own page: their help."""

from enrs.core.ui.registry import HelpPage, help_page

help_page(
    HelpPage(
        key="plans",
        label="Plan personnalisé",
        icon="clipboard2-check",
        summary="Problèmes, objectifs, actions, accord de la personne",
        template="plans/help.html",
        order=35,
    )
)

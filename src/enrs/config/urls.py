"""Every address of the program, by wing."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    # First: each call is resolved twice, and machines call thousands of times a second.
    path("fhir/R4/", include("enrs.core.fhir.urls")),
    path("", include("enrs.core.accounts.provider.urls")),
    path("", include("enrs.config.operations.urls")),
    path("", include("enrs.services.record.urls")),
    path("personnes/", include("enrs.referentials.identity.urls")),
    path("territoires/", include("enrs.referentials.geography.urls")),
    path("annuaire/", include("enrs.referentials.directory.urls")),
    path("cercle/", include("enrs.referentials.circles.urls")),
    path("habilitations/", include("enrs.core.access.urls")),
    path("offre/", include("enrs.referentials.offer.urls")),
    path("messages/", include("enrs.interop.gateway.urls")),
    path("", include("enrs.services.portal.urls")),
    path("compte/", include("enrs.core.accounts.urls")),
    path("compte/par/", include("enrs.core.accounts.federation.urls")),
    path("compte/", include("allauth.account.urls")),
    path("compte/securite/", include("allauth.mfa.urls")),
    path("compte/sessions/", include("allauth.usersessions.urls")),
    path("notifications/", include("enrs.core.notifications.urls")),
    path("nomenclatures/", include("enrs.core.terminology.urls")),
    path("formulaires/", include("enrs.core.questionnaires.urls")),
    path("demandes/", include("enrs.core.workflow.urls")),
    path("agenda/", include("enrs.core.agenda.urls")),
    path("messagerie/", include("enrs.core.threads.urls")),
    path("astreintes/", include("enrs.core.rosters.urls")),
    path("plans/", include("enrs.core.plans.urls")),
    path("coordination/", include("enrs.services.coordination.urls")),
    path("evaluation-sociale/", include("enrs.services.social_assessment.urls")),
    path("lits/", include("enrs.services.beds.urls")),
    path("surveillance/", include("enrs.services.home_monitoring.urls")),
    path("droits/", include("enrs.services.rights.urls")),
    path("vaccination/", include("enrs.services.vaccination.urls")),
    path("plan-sante/", include("enrs.services.health_plan.urls")),
    path("retour-a-domicile/", include("enrs.services.home_support.urls")),
    path("direct/", include("enrs.core.live.urls")),
]

if settings.MODE != "production":
    urlpatterns.append(path("ui/", include("enrs.core.ui.urls")))

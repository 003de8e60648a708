"""Addresses of the app."""

from django.urls import path

from enrs.services.vaccination.views import acts, campaigns, counter, panel, public, questions

app_name = "vaccination"
record = "dossier/<uuid:patient_id>/"
within = f"{record}campagne/<uuid:campaign_id>/"
dose = f"{record}acte/<uuid:act_id>/"

urlpatterns = [
    path("", counter.home, name="home"),
    path("personne/", counter.find, name="find"),
    path("campagnes/", campaigns.listing, name="campaigns"),
    path("campagnes/nouvelle/", campaigns.add_campaign, name="add_campaign"),
    path("campagnes/<uuid:campaign_id>/", campaigns.campaign, name="campaign"),
    path("questions/nouvelles/", questions.add, name="add_questions"),
    path("questions/<slug:name>/", questions.change, name="questions"),
    path("vaccins/nouveau/", campaigns.add_vaccine, name="add_vaccine"),
    path("vaccins/<uuid:vaccine_id>/", campaigns.vaccine, name="vaccine"),
    path("attestation/<str:token>/", public.check, name="check"),
    path(record, panel.panel, name="panel"),
    path(within, panel.decide, name="decide"),
    path(f"{within}commencer/", panel.begin, name="begin"),
    path(f"{within}questions/", panel.ask_again, name="ask_again"),
    path(f"{within}prescrire/", panel.prescribe, name="prescribe"),
    path(f"{within}exception/", panel.prescribe_exception, name="prescribe_exception"),
    path(f"{within}declarer/", acts.declare, name="declare"),
    path(
        f"{record}prescription/<uuid:prescription_id>/annuler/", panel.withdraw_prescription,
        name="withdraw_prescription",
    ),
    path(dose, acts.act, name="act"),
    path(f"{dose}corriger/", acts.amend, name="amend"),
    path(f"{dose}retirer/", acts.withdraw, name="withdraw"),
    path(f"{dose}retablir/", acts.restore, name="restore"),
    path(f"{dose}effet/", acts.declare_event, name="declare_event"),
    path(f"{dose}effet/<uuid:event_id>/retirer/", acts.withdraw_event, name="withdraw_event"),
    path(f"{dose}attester/", acts.attest, name="attest"),
    path(f"{dose}transmettre/", acts.tell, name="tell"),
    path(
        f"{record}attestation/<uuid:attestation_id>/", acts.attestation_pdf, name="attestation_pdf"
    ),
]  # fmt: skip

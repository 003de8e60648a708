"""Addresses of the app."""

from django.urls import path

from enrs.core.plans.views import agreeing, plan, templates

app_name = "plans"
one = "<uuid:patient_id>/<uuid:plan_id>/"
model = "modeles/<uuid:template_id>/"

urlpatterns = [
    path("modeles/", templates.listing, name="templates"),
    path("modeles/nouveau/", templates.new, name="template_new"),
    path(model, templates.show, name="template"),
    path(f"{model}suite/", templates.successor, name="template_next"),
    path(f"{model}textes/", templates.texts, name="template_texts"),
    path(f"{model}en-service/", templates.publish, name="template_publish"),
    path(f"{model}retirer/", templates.retire, name="template_retire"),
    path(f"{model}ligne/<str:name>/", templates.row, name="template_add"),
    path(f"{model}ligne/<str:name>/<int:key>/", templates.row, name="template_row"),
    path(f"{model}sans/<int:key>/", templates.drop_row, name="template_drop"),
    path(one, plan.show, name="plan"),
    path(f"{one}textes/", plan.header, name="header"),
    path(f"{one}etat/", plan.move, name="move"),
    path(f"{one}modele/", templates.apply, name="apply"),
    path(f"{one}envoyer/", agreeing.send, name="send"),
    path(f"{one}valider/", agreeing.validate, name="validate"),
    path(f"{one}accord/", agreeing.agreement, name="agreement"),
    path(f"{one}accord/<uuid:agreement_id>/reprendre/", agreeing.take_back, name="take_back"),
    path(f"{one}accord/<uuid:agreement_id>/", agreeing.signed, name="signed"),
    path(f"{one}signer/", agreeing.sign, name="sign"),
    path(f"{one}part/<uuid:task_id>/", agreeing.part, name="part"),
    path(f"{one}part/<uuid:task_id>/<uuid:row_id>/", agreeing.done, name="done"),
    path(f"{one}historique/", plan.history, name="history"),
    path(f"{one}imprimer/", plan.print_page, name="print"),
    path(f"{one}pdf/", plan.pdf, name="pdf"),
    path(f"{one}<str:kind>/", plan.row, name="add"),
    path(f"{one}<str:kind>/<uuid:row_id>/", plan.row, name="row"),
    path(f"{one}<str:kind>/<uuid:row_id>/retirer/", plan.withdraw, name="withdraw"),
]

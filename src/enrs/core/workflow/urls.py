"""Addresses of the app."""

from django.urls import path

from enrs.core.workflow.views import acts, boards, tasks

app_name = "workflow"

urlpatterns = [
    path("", boards.index, name="index"),
    path("tableau/<str:name>/", boards.show, name="board"),
    path("tableau/<str:name>/export.csv", boards.export, name="export"),
    path("tableau/<str:name>/ensemble/", boards.bulk, name="bulk"),
    path("tableau/<str:name>/colonnes/", boards.keep_columns, name="keep_columns"),
    path("tableau/<str:name>/vues/", boards.keep_view, name="keep_view"),
    path("tableau/<str:name>/vues/<uuid:filter_id>/retirer/", boards.drop_view, name="drop_view"),
    path("<uuid:task_id>/", tasks.show, name="task"),
    path("<uuid:task_id>/acte/", acts.move, name="move"),
    path("<uuid:task_id>/confier/", acts.assign, name="assign"),
    path("<uuid:task_id>/deleguer/", acts.delegate, name="delegate"),
    path("<uuid:task_id>/priorite/", acts.prioritise, name="prioritise"),
    path("<uuid:task_id>/echeance/", acts.fix_due, name="fix_due"),
    path("<uuid:task_id>/note/", acts.comment, name="comment"),
    path("<uuid:task_id>/discussion/", acts.discuss, name="discuss"),
    path("<uuid:task_id>/annuler/", acts.undo, name="undo"),
    path("<uuid:task_id>/envois/<uuid:sending_id>/repondre/", acts.answer, name="answer"),
    path("<uuid:task_id>/envois/<uuid:sending_id>/retirer/", acts.withdraw, name="withdraw"),
]

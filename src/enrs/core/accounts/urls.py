from django.urls import path

from enrs.core.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="sign_in"),
    path("place/", views.position, name="position"),
]

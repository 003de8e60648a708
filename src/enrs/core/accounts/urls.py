from django.urls import path

from enrs.core.accounts import views

app_name = "accounts"
urlpatterns = [path("place/", views.position, name="position")]

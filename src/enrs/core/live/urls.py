from django.urls import path

from enrs.core.live import views

app_name = "live"
urlpatterns = [path("billet/", views.ticket, name="ticket")]

from allauth.idp.oidc import views as library
from django.urls import include, path

from enrs.core.accounts.provider import views

oidc = (
    [
        path(".well-known/openid-configuration", views.configuration, name="configuration"),
        path(".well-known/jwks.json", library.jwks, name="jwks"),
        path("openid/authorize", views.Authorization.as_view(), name="authorization"),
        path("openid/token", views.Token.as_view(), name="token"),
        path("openid/userinfo", library.user_info, name="userinfo"),
        path("openid/introspect", views.Introspection.as_view(), name="introspect"),
        path("openid/revoke", views.Revocation.as_view(), name="revoke"),
        path("openid/logout", views.Logout.as_view(), name="logout"),
    ],
    "oidc",
)
app_name = "idp"
urlpatterns = [path("", include(oidc))]

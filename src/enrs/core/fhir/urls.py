from django.urls import path, re_path

from enrs.core.fhir import operating, smart, views, writing_views

app_name = "fhir"

urlpatterns = [
    path("", writing_views.bundle, name="bundle"),
    path("metadata", views.metadata, name="metadata"),
    path(".well-known/smart-configuration", smart.configuration, name="smart"),
    path("Binary/<str:identifier>", views.binary, name="binary"),
    path("AuditEvent/<str:identifier>", views.audit_event, name="audit_event"),
    path("<str:kind>/$<str:name>", operating.of_type, name="operation"),
    path("<str:kind>/<str:identifier>/$<str:name>", operating.of_resource, name="operation_on"),
    path("<str:kind>/_search", views.search_by_post, name="search_by_post"),
    path("<str:kind>", writing_views.of_type, name="search"),
    path("<str:kind>/<str:identifier>", writing_views.of_resource, name="read"),
    path("<str:kind>/<str:identifier>/_history", views.history, name="history"),
    path("<str:kind>/<str:identifier>/_history/<str:version>", views.read, name="vread"),
    re_path("^.*$", views.unknown, name="unknown"),
]

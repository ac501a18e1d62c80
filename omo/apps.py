"""The foundation and head office's admin site as Django apps."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class OmoConfig(AppConfig):
    """The foundation."""

    name = "omo"
    verbose_name = "System"


class OfficeConfig(AdminConfig):
    """Django admin with our own site as the default one."""

    default_site = "omo.office.OfficeSite"

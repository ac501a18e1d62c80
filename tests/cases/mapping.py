"""The one table that says, for every surface and target of the catalogue, who tries its inputs or what is not built yet."""

import re
from collections.abc import Callable

from tests.cases import (
    surfaces_codes,
    surfaces_files,
    surfaces_find_order,
    surfaces_flows,
    surfaces_http,
    surfaces_images,
    surfaces_quantity,
    surfaces_text,
    surfaces_urls,
    surfaces_webhooks,
)
from tests.cases.inputs import BadInput
from tests.cases.targets import Target
from tests.cases.trial import NoScript, NotBuilt

Chooser = Callable[[BadInput], list[Target]]


class UnknownSurface(Exception):
    """The catalogue names a surface that this table does not."""


def not_built(what: str) -> Chooser:
    """A chooser for a surface that is not there yet."""

    def choose(case: BadInput) -> list[Target]:
        """Raises NotBuilt."""
        raise NotBuilt(what)

    return choose


def sent_at_once(choose: Chooser) -> Chooser:
    """A surface for which no steps are written down."""

    def choose_or_tell(case: BadInput) -> list[Target]:
        """Raises NoScript for steps."""
        if case.steps:
            raise NoScript(case.name)
        return choose(case)

    return choose_or_tell


def of_promotions(case: BadInput) -> list[Target]:
    """Fields that a client makes up meet the checkout; the rest waits for coupons, points to redeem, or promotions."""
    if "client-sent" in case.name.lower():
        return surfaces_flows.client_sent(case)
    words = f"{case.name} {' '.join(case.steps)}".lower()
    raise NotBuilt("promotions" if re.search(r"admin|promo", words) else "redeeming points" if "point" in words else "coupons")


SURFACES: dict[tuple[str, str], Chooser] = {
    ("form", "quantity field (cart line, shelf order, pickup line)"): sent_at_once(surfaces_quantity.targets),
    ("form", "name / note / address text"): sent_at_once(surfaces_text.targets),
    ("form", "login / sign-up / one-time code"): surfaces_find_order.beside_sign_in,
    ("form", "coupon / points / promotion"): of_promotions,
    ("url", "path / query / search / redirect"): sent_at_once(surfaces_urls.targets),
    ("http", "any endpoint"): surfaces_http.targets,
    ("api", "POS / ERP JSON API"): not_built("JSON API"),
    ("qr", "shelf label, coupon, member and pickup codes"): surfaces_codes.targets,
    ("csv", "product / stock / POS import, every export"): surfaces_files.targets,
    ("image", "product / store / return photo upload"): sent_at_once(surfaces_images.targets),
    ("webhook", "incoming (payment, ERP) and outgoing"): surfaces_webhooks.targets,
    ("business", "flows and states"): surfaces_flows.targets,
}


def targets(case: BadInput) -> list[Target]:
    """Where the input is tried. Raises UnknownSurface, NotBuilt, or NoScript."""
    try:
        choose = SURFACES[case.surface, case.target]
    except KeyError as unknown:
        raise UnknownSurface(f"{case.id}: {case.surface} / {case.target}") from unknown
    found = choose(case)
    assert found, f"{case.id}: nothing tries this input"
    return found

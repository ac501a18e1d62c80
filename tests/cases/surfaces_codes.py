"""What a scanner or a camera reads: shelf labels, member cards, pickup codes."""

import re
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from orders import proxies
from tests import factories as make
from tests.cases import codes_of_carts, codes_of_parcels
from tests.cases.browser import Answer, Browser
from tests.cases.inputs import BadInput
from tests.cases.scripts import Scripts
from tests.cases.targets import Runner, Target
from tests.cases.trial import NotBuilt, Trial
from tests.cases.world import World

PRINTED_HOST = "shop.test"
"""The shop's own host in the catalogue."""
NOISE = re.compile(r"^[\x00-\x20]+|[\x00-\x20]+$")

script = Scripts()
script("guess|wrong|try|many", "cart code")(codes_of_carts.many_cart_codes)


def targets(case: BadInput) -> list[Target]:
    """Which scanners this input is held before."""
    words = f"{case.name} {case.payload.get('text', '')}".lower()
    if case.steps:
        return script.of(case)
    if "coupon" in words:
        raise NotBuilt("coupons")
    if "cart code" in words:
        return [Target("address of a cart code", codes_of_carts.open_cart), Target("take-over of a cart", codes_of_carts.take_cart_over)]
    if re.search(r"proxy|\bpass\b", words):
        return [Target("hand-over", hand_over), *([] if case.expect == "CONFLICT_409" else [Target("counter", at_counter)])]
    if "parcel" in words:
        return [Target("hand-off list", codes_of_parcels.into_hand_off), Target("tracking number", codes_of_parcels.as_tracking)]
    if case.expect == "ACCEPT_NORMALISED":
        return [Target(slot, _noisy(slot)) for slot in SLOTS]
    slot = re.search(r"(?:in|at|as) (?:the |a )?(pickup|collect|counter|member|card|label|shelf)", words)
    if slot and case.expect in ("REJECT_FIELD", "CONFLICT_409") and "wrong store" not in words:
        return [Target("hand-over", hand_over)] if slot[1] in ("pickup", "collect", "counter") else [Target("scan page", type_text)]
    if "pickup code" in words or "code of s2" in words or "order" in words:
        return [Target("counter", at_counter), Target("hand-over", hand_over)]
    if "member" in words or "card" in words:
        return [Target("till", at_till)]
    if _is_label(case.text):
        carts = [Target("address of a cart code", codes_of_carts.open_cart)] if case.expect == "NOT_FOUND_404" else []
        return [Target("label link", follow), Target("scan page", type_link), *carts]
    if case.expect == "REJECT_400":
        return [Target("counter", at_counter), Target("till", at_till), Target("scan page", type_text), Target("label link", follow)]
    parcels = [Target("hand-off list", codes_of_parcels.into_hand_off)] if case.expect == "REJECT_FIELD" else []
    return [Target("counter", at_counter), Target("till", at_till), Target("scan page", type_text), *parcels]


def _is_label(text: str) -> bool:
    return urlsplit(text).hostname == PRINTED_HOST or "label" in text


def _path(world: World, text: str) -> str:
    """The path of a label's address, on whatever host of ours."""
    filled = world.filled(text)
    return urlsplit(filled).path if "://" in filled else f"/q/{filled}"


def follow(trial: Trial, world: World) -> None:
    """Open the link behind the QR. A visitor who has chosen another store stays there."""
    browser = trial.browser()
    path = _path(world, trial.case.text)
    choose_other = "store 2" in trial.case.name.lower()
    if choose_other:
        browser.post(f"/stores/{world.other_store.code}/enter/", {"csrfmiddlewaretoken": browser.csrf})
    trial.begin()
    trial.answer = browser.get(path)
    if trial.case.expect == "NOT_FOUND_404":
        trial.like = browser.get("/q/ZZZZZZZZZZ.AAAAAAAAAAAAAAAA")
    if trial.case.expect == "ACCEPT_EXACT":
        trial.accepted, trial.stored, trial.canonical = trial.answer.status == 200, "no longer" in trial.answer.words.lower(), True
        assert not any(form.action == "/cart/add/" for form in trial.answer.forms), "what is no longer sold can be put into the cart"
    if choose_other:
        assert trial.answer.status == 200
        assert world.store.name in trial.answer.words
        assert browser.client.session["here"]["code"] == world.other_store.code
        assert trial.so_far() == {}


def type_link(trial: Trial, world: World) -> None:
    """Type or paste the label's address on the scan page, as it is on our host."""
    browser = trial.browser()
    text = world.filled(trial.case.text).replace(f"https://{PRINTED_HOST}", "http://testserver")
    form = browser.get("/scan/").form("/scan/")
    trial.begin()
    answer = browser.submit(form, code=text)
    if answer.location:
        answer = browser.get(answer.location)
    trial.answer = answer
    if trial.case.expect == "NOT_FOUND_404" and answer.status in (200, 422):
        assert answer.alerts, "a text that is no label's is refused on the page"
        trial.answer = browser.get("/q/ZZZZZZZZZZ.AAAAAAAAAAAAAAAA")
    if trial.case.expect == "ACCEPT_EXACT":
        trial.accepted, trial.stored, trial.canonical = answer.status == 200, "no longer" in answer.words.lower(), True


def type_text(trial: Trial, world: World) -> None:
    """Type it on the scan page."""
    browser = trial.browser()
    form = browser.get("/scan/").form("/scan/")
    trial.begin()
    trial.answer = browser.submit(form, code=world.filled(trial.case.text))
    _stays_here(trial.answer)


def at_counter(trial: Trial, world: World) -> None:
    """Scan it into the box of the staff pages of store 1."""
    browser = trial.browser().sign_in(world.ana)
    text = world.filled(trial.case.text)
    trial.begin()
    trial.answer = _scan(browser, world, text)
    _stays_here(trial.answer)
    if trial.case.expect == "CONFLICT_409":
        trial.said = _told(trial, world)


def at_till(trial: Trial, world: World) -> None:
    """Scan it into the open sale."""
    browser = trial.browser().sign_in(world.ana)
    path = f"/staff/{world.store.code}/till/"
    form = browser.get(path).form(f"{path}scan/")
    text = world.filled(trial.case.text)
    trial.begin()
    trial.answer = browser.submit(form, code=text)
    _stays_here(trial.answer)


def hand_over(trial: Trial, world: World) -> None:
    """Show it as the proof for an order of store 1 that is ready or was collected."""
    browser = trial.browser().sign_in(world.ana)
    text = world.filled(trial.case.text)
    placed = world.collected_order if "used" in trial.case.text.lower() else world.ready_order
    token = browser.csrf
    trial.begin()
    fields = {"proof": text, "tender": "card", "amount": str(placed.total), "csrfmiddlewaretoken": token}
    trial.answer = browser.post(f"/staff/{world.store.code}/pickups/{placed.number}/hand-over/", fields)


@script("prefetch|preview|bot")
def prefetch(trial: Trial, world: World) -> None:
    """A preview robot opens every kind of link that is in a QR: nothing is added, redeemed or earned."""
    robot = trial.browser()
    made = proxies.name_proxy(make.pickup_of(world.ready_order), name="Ben Kelly", by=None, at=world.at)
    links = [world.filled("/q/<valid label>"), world.filled("/cart/continue/<cart code>/"), f"/pass/{made.public_id}/{proxies.page_token(made)}/"]
    trial.begin()
    for link in links:
        for headers in ({"HTTP_SEC_PURPOSE": "prefetch"}, {"HTTP_USER_AGENT": "facebookexternalhit/1.1"}):
            trial.answer = robot.get(link, **headers)
            assert trial.answer.status == 200
        robot.send("HEAD", link)
    assert trial.so_far() == {}


@script("guess|wrong codes")
def many_guesses(trial: Trial, world: World) -> None:
    """Guess pickup codes at the counter."""
    browser = trial.browser().sign_in(world.ana)
    right = world.digits_of(world.ready_order)
    guesses = [digits for digits in (f"{number:06d}" for number in range(111_111, 111_311)) if digits != right][:100]
    trial.begin()
    with patch("omo.limits.time", SimpleNamespace(time=lambda: 1_000_000)):  # all within one minute, however slow the machine
        for digits in guesses:
            trial.answer = _scan(browser, world, digits)
    assert trial.answer is not None
    assert trial.answer.status == 429, "the limit does not hold to the end"


def _noisy(slot: str) -> Runner:
    def scan(trial: Trial, world: World) -> None:
        """A scanner's control characters, small letters and mistaken twins do not change what a code means."""
        clean = SLOTS[slot][0](world)
        browser = trial.browser()
        if slot != "scan page":
            browser.sign_in(world.ana)
        trial.begin()
        trial.canonical = _meaning(SLOTS[slot][1](browser, world, clean))
        _undo(browser, world)
        trial.answer = SLOTS[slot][1](browser, world, noise(trial.case, clean))
        trial.stored, trial.accepted = _meaning(trial.answer), trial.answer.status in (200, 302)

    return scan


def noise(case: BadInput, clean: str) -> str:
    """A real code with the input's noise: its control characters around it, its small letters, its twins."""
    text, example = clean, case.text.split(" / ")[0]
    if example.strip("\x00\x1f") == example.lower() != example.upper():
        text = text.lower()
    if "for 0" in case.text.lower():
        identity, _, signature = text.partition(".")
        text = f"{identity}.{signature.translate(str.maketrans('oOiI', '0011'))}"
    before, after = (re.match(r"[\x00-\x20\x7f\u200b-\u200f\ufeff]*", one) for one in (example, example[::-1]))
    return f"{before[0] if before else ''}{text}{after[0][::-1] if after else ''}"


def _scan(browser: Browser, world: World, text: str) -> Answer:
    answer = browser.get(f"/staff/{world.store.code}/scan/?{urlencode({'code': text}, errors='surrogatepass')}")
    return browser.get(answer.location) if answer.status == 302 and answer.location.startswith("/staff/") else answer


def _scan_goods(browser: Browser, world: World, text: str) -> Answer:
    path = f"/staff/{world.store.code}/till/"
    answer = browser.submit(browser.get(path).form(f"{path}scan/"), code=text)
    return browser.get(answer.location) if answer.location else answer


def _type(browser: Browser, world: World, text: str) -> Answer:
    return browser.submit(browser.get("/scan/").form("/scan/"), code=text)


def _undo(browser: Browser, world: World) -> None:
    """Take the member out of the sale again."""
    path = f"/staff/{world.store.code}/till/"
    for form in browser.get(path).forms:
        if form.action == f"{path}detach-member/":
            browser.submit(form)


SLOTS = {
    "scan page": (lambda world: world.filled("<valid label>"), _type),
    "counter": (lambda world: world.filled("<valid pickup code>"), _scan),
    "till": (lambda world: world.filled("<valid member card>"), _scan_goods),
}
"""Where a code can be scanned: the code that is right there, and how it is scanned."""


def _meaning(answer: Answer) -> tuple[int, str, str]:
    """What came of a scan, without what differs from page to page."""
    return answer.status, answer.location, re.sub(r"\d\d:\d\d", "", answer.words)


def _stays_here(answer: Answer) -> None:
    """Whatever was scanned, it is never followed."""
    assert "evil" not in answer.location
    assert not re.search(r"""(href|src|action)=["']?\s*(https?:)?//evil|(href|src|action)=["']?\s*javascript:""", answer.text, re.IGNORECASE)


def _told(trial: Trial, world: World) -> str:
    """Staff read why: when and by whom, or which store."""
    assert trial.answer is not None
    words = trial.answer.words
    if "wrong store" in trial.case.name.lower():
        assert world.other_store.name in words
        assert "Marta" not in words, "of another store's order only the store's name is told"
    if "picked-up" in trial.case.name.lower() or "used" in trial.case.name.lower():
        assert "collected" in words.lower()
        assert world.ana.get_short_name() in words
    assert not any(form.action.endswith("/hand-over/") for form in trial.answer.forms), "the page offers to hand over"
    return words

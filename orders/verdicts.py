"""The answer to a scan at the counter: may this pickup be handed over here, and if not, why."""

from dataclasses import dataclass, replace
from datetime import datetime

from orders import payments, pickup_codes, proxies
from orders.models import Fulfilment, HandOver, ProxyPass
from stores.models import Store

GO = "go"
UNPAID = "unpaid"
NOT_READY = "not_ready"
WRONG_STORE = "wrong_store"
CODE_MISMATCH = "code_mismatch"
TAKEN_BACK = "taken_back"
ALREADY_COLLECTED = "already_collected"
HOLD_EXPIRED = "hold_expired"
CANCELLED = "cancelled"
UNKNOWN = "unknown"

TONES = {GO: "go", UNPAID: "go", ALREADY_COLLECTED: "soon"}
CLOSED = {ALREADY_COLLECTED, HOLD_EXPIRED, CANCELLED}
"""Nothing is left to hand over."""
BY_STATE = {
    Fulfilment.State.COLLECTED: ALREADY_COLLECTED,
    Fulfilment.State.EXPIRED: HOLD_EXPIRED,
    Fulfilment.State.CANCELLED: CANCELLED,
    Fulfilment.State.READY: GO,
}


@dataclass(frozen=True)
class Verdict:
    """A reason code, the pickup it is about, and the pass if another person showed theirs. UNPAID means: take payment first, then hand over."""

    reason: str
    pickup: Fulfilment | None = None
    proxy: ProxyPass | None = None

    @property
    def tone(self) -> str:
        """'go' (green), 'soon' (orange: collected before) or 'stop' (red)."""
        return TONES.get(self.reason, "stop")


def of_scan(store: Store, text: str, *, at: datetime) -> Verdict:
    """The answer to a pickup QR, another person's pass or six digits at a store. Reads only."""
    pickup = _pickup_of(store, text, at)
    if pickup is None:
        return Verdict(UNKNOWN)
    verdict = of_pickup(pickup, store=store, proof=text)
    if verdict.reason == GO and payments.due(pickup.order):
        return replace(verdict, reason=UNPAID)
    return verdict


def _pickup_of(store: Store, text: str, at: datetime) -> Fulfilment | None:
    digits = "".join(text.split())
    if digits.isdigit():
        return pickup_codes.find_by_digits(store.pk, digits, at=at)
    proxy = proxies.find_by_qr(text)
    return proxy.fulfilment if proxy else pickup_codes.find_by_qr(text)


def of_pickup(pickup: Fulfilment, *, store: Store, proof: str = "", identity: str = "") -> Verdict:
    """The answer for a known pickup: the store, the proof, then the state. Payment is the caller's to ask."""
    if pickup.store_id != store.pk:
        return Verdict(WRONG_STORE, pickup)
    proxy = None if identity.strip() else proxies.shown(pickup, proof)
    if proxy and proxy.revoked_at:
        return Verdict(TAKEN_BACK, pickup, proxy)
    if not (identity.strip() or proxy or pickup_codes.proves(pickup, proof)):
        return Verdict(CODE_MISMATCH, pickup)
    return Verdict(BY_STATE.get(Fulfilment.State(pickup.state), NOT_READY), pickup, proxy)


def method(proof: str, identity: str, proxy: ProxyPass | None = None) -> str:
    """How the collector was checked, for the record. `proxy` is another person's pass, if one was shown."""
    if identity.strip():
        return HandOver.Method.IDENTITY
    if proxy:
        return HandOver.Method.PROXY
    return HandOver.Method.CODE if "".join(proof.split()).isdigit() else HandOver.Method.QR

"""What is scanned at the packing table: labels of ours, and carriers' numbers."""

from tests.cases.trial import Trial
from tests.cases.world import World
from tests.orders import delivering


def into_hand_off(trial: Trial, world: World) -> None:
    """Scan it where parcels are handed off to a courier: nothing is added but a parcel that is packed here."""
    staff = trial.browser().sign_in(world.ana)
    path, text = f"/staff/{world.store.code}/hand-offs/", world.filled(trial.case.text)
    form = staff.get(f"{path}new/").form(f"{path}add/")
    trial.begin()
    trial.answer = staff.submit(form, code=text)
    trial.said = trial.answer.words if trial.answer.status == 422 else ""


def as_tracking(trial: Trial, world: World) -> None:
    """Scan it as the carrier's number of a parcel that is packed."""
    staff, packed = trial.browser().sign_in(world.ana), delivering.packed(world.parcel(), world.ana, at=world.at)
    path, text = f"/staff/{world.store.code}/parcels/{packed.order.number}/", world.filled(trial.case.text)
    form = staff.get(path).form(f"{path}ship/")
    trial.begin()
    trial.answer, trial.fields = staff.submit(form, tracking=text), {"tracking"}

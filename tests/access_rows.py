"""Who may do what: for every address and role, the answer to GET and to an empty POST.

Six answers each, in the order of tests.addresses.ROLES: anonymous, customer, other customer, staff, staff elsewhere, head office. A number is a status;
'sign-in' is a redirect to the sign-in page that comes back, 'moved' any other redirect of ours. 404 always reads as for what does not exist.
An empty POST is refused with 422, or 409 where the state forbids it, by who may do it; nobody else learns that there was anything to do.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """The answers to GET and to POST."""

    get: str
    post: str


EVERYBODY = "200 200 200 200 200 200"
NOBODY = "405 405 405 405 405 405"
NOT_THERE = "404 404 404 404 404 404"
MOVES_ALL = "moved moved moved moved moved moved"
BY_OWNER = "404 200 404 404 404 404"
SIGNED_IN = "sign-in 200 200 200 200 200"
SIGNED_IN_MOVES = "sign-in moved moved moved moved moved"
SIGNED_IN_NOT_THERE = "sign-in 404 404 404 404 404"
SIGNED_IN_NO_POST = "sign-in 405 405 405 405 405"
STRANGERS = "200 moved moved moved moved moved"

READ = Row(EVERYBODY, NOBODY)
WORK_PAGE = Row("sign-in 404 404 200 404 200", NOBODY)


def work(answer: str) -> Row:
    """Something that staff of the store and head office do by POST."""
    return Row(NOBODY, f"sign-in 404 404 {answer} 404 {answer}")


ROWS = {
    # The shop
    "home": READ,
    "products": READ,
    "product": READ,
    "scan": Row(EVERYBODY, "422 422 422 422 422 422"),
    "scan_label": READ,
    "suggest": READ,
    "picture": READ,
    "stores": READ,
    "near_me": Row(NOBODY, "422 422 422 422 422 422"),
    "forget_position": Row(NOBODY, MOVES_ALL),
    "store": READ,
    "enter_store": Row(NOBODY, MOVES_ALL),
    "leave_store": Row(NOBODY, MOVES_ALL),
    "cart": READ,
    "add_to_cart": Row(NOBODY, "404 404 404 404 404 404"),
    "set_quantity": Row(NOBODY, "404 404 404 404 404 404"),
    "receive_line": Row(NOBODY, NOT_THERE),  # no cart of theirs has it
    "save_for_later": Row(NOBODY, NOT_THERE),
    "bring_back": Row(NOBODY, NOT_THERE),
    "restore_line": Row(NOBODY, MOVES_ALL),  # to the cart, which says that nothing was restored
    "receive_all": Row(NOBODY, MOVES_ALL),
    "agree_to_prices": Row(NOBODY, MOVES_ALL),
    # A browser's cart goes on with whoever has its code
    "draw_cart_code": Row(NOBODY, MOVES_ALL),
    "continue_cart": READ,
    "take_over_cart": Row(NOBODY, MOVES_ALL),
    "checkout": Row(MOVES_ALL, NOBODY),  # to the empty cart
    "start_checkout": Row(NOBODY, MOVES_ALL),  # to the empty cart
    "place_order": Row(NOBODY, "409 409 409 409 409 409"),  # nothing is in the cart
    # Orders are their owner's; the link with the secret opens one for whoever has it
    "orders": READ,
    "order": Row(BY_OWNER, NOBODY),
    "order_live": Row(BY_OWNER, NOBODY),
    "open_order": Row(MOVES_ALL, NOBODY),
    "change_order": Row(BY_OWNER, NOBODY),
    "change_window": Row(NOBODY, "404 422 404 404 404 404"),
    "other_stores": Row(BY_OWNER, NOBODY),
    "change_store": Row(NOBODY, "404 422 404 404 404 404"),
    "rename_collector": Row(NOBODY, "404 422 404 404 404 404"),
    "take_off": Row(NOBODY, "404 422 404 404 404 404"),
    "change_address": Row("404 404 404 404 404 404", "404 404 404 404 404 404"),  # it is no delivery
    "cancel": Row(BY_OWNER, "404 422 404 404 404 404"),
    "hold_longer": Row(NOBODY, "404 409 404 404 404 404"),
    "order_receipt": Row(BY_OWNER, NOBODY),
    # Collecting: the pass is for whoever has its address
    "proxy": Row(BY_OWNER, NOBODY),
    "name_proxy": Row(NOBODY, "404 422 404 404 404 404"),
    "revoke_proxy": Row(NOBODY, "404 moved 404 404 404 404"),
    "proxy_pass": READ,
    "set_out": Row(NOBODY, "404 moved 404 404 404 404"),  # it is not ready, which is said on the order's page
    "arrive": Row(NOBODY, "404 moved 404 404 404 404"),
    "pickup_calendar": Row(BY_OWNER, NOBODY),
    # Paying: the order is its owner's and is not paid online
    "pay": Row("404 moved 404 404 404 404", "404 moved 404 404 404 404"),
    "paid": Row("404 moved 404 404 404 404", NOBODY),
    "provider_events": Row(NOBODY, "400 400 400 400 400 400"),  # not signed
    # The sandbox plays another company's page: whoever has the address of a payment may pay it
    "sandbox_pay": READ,
    "sandbox_card": Row(NOBODY, "422 422 422 422 422 422"),
    "sandbox_code": READ,
    "sandbox_confirm": Row(NOBODY, "409 409 409 409 409 409"),  # no card was typed
    "sandbox_events": Row("sign-in 404 404 200 200 200", SIGNED_IN_NO_POST),
    "sandbox_replay": Row(SIGNED_IN_NO_POST, "sign-in 404 404 moved moved moved"),
    "counter_payment": WORK_PAGE,
    "take_payment": work("422"),
    "money_back": WORK_PAGE,
    "give_back": work("409"),  # it was given back before
    "join_order": Row(NOBODY, NOT_THERE),  # it is an account's, not a guest's
    "open_attach": Row(MOVES_ALL, NOBODY),
    "attach_order": Row(NOBODY, NOT_THERE),  # nobody came by the link
    "find_order": Row(EVERYBODY, "422 422 422 422 422 422"),
    "find_order_code": Row(MOVES_ALL, MOVES_ALL),  # no code was asked for
    # The card
    "card": READ,
    "join": Row(NOBODY, "sign-in 422 422 422 422 422"),
    # The address book
    "addresses": Row(SIGNED_IN, NOBODY),
    "add_address": Row(SIGNED_IN, "sign-in 422 422 422 422 422"),
    "restore_address": Row(NOBODY, SIGNED_IN_MOVES),  # nothing was deleted
    "edit_address": Row("sign-in 200 404 404 404 404", "sign-in 422 404 404 404 404"),
    "prefer_address": Row(NOBODY, "sign-in moved 404 404 404 404"),
    "delete_address": Row(NOBODY, "sign-in moved 404 404 404 404"),
    # Work in a store
    "staff": Row("sign-in 404 404 moved moved 200", NOBODY),
    "queue": WORK_PAGE,
    "queue_live": WORK_PAGE,
    "scan_code": Row("sign-in 404 404 moved 404 moved", NOBODY),  # nothing scanned: to the queue
    "pickup": WORK_PAGE,
    "slip": WORK_PAGE,
    "start_picking": work("moved"),
    "pick": work("422"),
    "mark_ready": work("409"),
    "undo_ready": work("409"),
    "hand_over": work("422"),
    "staff_change": WORK_PAGE,
    "staff_move_window": work("422"),
    "staff_take_off": work("422"),
    "staff_cancel": work("422"),
    "expire": work("moved"),  # it does not wait for its customer
    "reopen": work("moved"),  # it has not expired
    "put_back": WORK_PAGE,
    "put_back_part": work("moved"),  # nothing is to be put back
    "promises": WORK_PAGE,
    "till": WORK_PAGE,
    "scan_goods": work("422"),
    "till_set_quantity": work("422"),
    "leave_cart": work("moved"),
    "customer_cart": WORK_PAGE,
    "ring_up_here": work("moved"),
    "detach_member": work("moved"),
    "ring_up": work("422"),
    "receipt": WORK_PAGE,
    "pace": WORK_PAGE,
    "pause": work("422"),
    "slow_down": work("422"),
    "resume": work("moved"),
    "close_days": work("422"),
    "open_again": work("422"),
    "closed_days": WORK_PAGE,
    "move_pickup": work("moved"),  # nothing is to be moved
    "labels": WORK_PAGE,
    "make_labels": work("422"),
    "print_labels": WORK_PAGE,
    "revoke_label": work("moved"),
    # Its stock
    "stock": WORK_PAGE,
    "stock_goods": WORK_PAGE,
    "explain": WORK_PAGE,
    "distrust": work("moved"),
    "adjust": work("422"),
    "mark_damaged": work("422"),
    "counts": WORK_PAGE,
    "count": work("422"),
    "adjustments": WORK_PAGE,
    "approve_adjustment": work("moved"),
    "refuse_adjustment": work("moved"),
    "transfers": WORK_PAGE,
    "new_transfer": WORK_PAGE,
    "add_to_transfer": work("moved"),  # to the same list
    "send_transfer": work("422"),
    "transfer": WORK_PAGE,
    "receive_transfer": work("422"),
    "cancel_transfer": work("moved"),
    "new_delivery": WORK_PAGE,
    "add_to_delivery": work("moved"),  # to the same list
    "receive_goods": work("422"),
    # Parcels
    "parcels": WORK_PAGE,
    "parcels_live": WORK_PAGE,
    "parcel": WORK_PAGE,
    "parcel_slip": WORK_PAGE,
    "parcel_label": WORK_PAGE,
    "start_packing": work("moved"),
    "pick_for_parcel": work("422"),
    "mark_packed": work("409"),
    "undo_packed": work("409"),
    "ship": work("422"),
    "deliver": work("409"),
    "fail": work("422"),
    "send_again": work("422"),
    "take_back": work("409"),
    "new_hand_off": WORK_PAGE,
    "add_to_hand_off": work("moved"),  # to the same list
    "hand_off": work("422"),
    "hand_off_list": WORK_PAGE,
    "mails": Row("sign-in 404 404 200 200 200", SIGNED_IN_NO_POST),
    "health": READ,
    # Signing in
    "account_login": Row(STRANGERS, STRANGERS),
    "account_logout": Row("moved 200 200 200 200 200", MOVES_ALL),
    "account_inactive": READ,
    "account_signup": Row(STRANGERS, STRANGERS),
    "account_request_login_code": Row(STRANGERS, STRANGERS),
    "account_confirm_login_code": Row(MOVES_ALL, MOVES_ALL),  # no code was asked for
    "account_email_verification_sent": Row(MOVES_ALL, MOVES_ALL),
    "account_reauthenticate": Row(SIGNED_IN, SIGNED_IN),
    "account_email": Row(SIGNED_IN, SIGNED_IN_MOVES),
    "account_change_password": Row(SIGNED_IN, SIGNED_IN),
    "account_set_password": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "account_reset_password": Row(EVERYBODY, EVERYBODY),
    "account_reset_password_done": READ,
    "account_reset_password_from_key": Row(EVERYBODY, EVERYBODY),
    "account_reset_password_from_key_done": READ,
    # The account
    "account": Row(SIGNED_IN, SIGNED_IN_NO_POST),
    "change_name": Row(SIGNED_IN_NO_POST, "sign-in 422 422 422 422 422"),
    "usersessions_list": Row(SIGNED_IN, SIGNED_IN_NO_POST),
    "sign_out_elsewhere": Row(SIGNED_IN_NO_POST, SIGNED_IN_MOVES),
    "sign_out_everywhere": Row(SIGNED_IN_NO_POST, SIGNED_IN_MOVES),
    # The second step
    "mfa_index": Row(SIGNED_IN, SIGNED_IN_NO_POST),
    "mfa_authenticate": Row(MOVES_ALL, MOVES_ALL),
    "mfa_reauthenticate": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_activate_totp": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_deactivate_totp": Row(SIGNED_IN_NOT_THERE, SIGNED_IN_NOT_THERE),
    "mfa_view_recovery_codes": Row(SIGNED_IN_NOT_THERE, SIGNED_IN_NO_POST),
    "mfa_generate_recovery_codes": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_download_recovery_codes": Row(SIGNED_IN_NOT_THERE, SIGNED_IN_NOT_THERE),
    "mfa_list_webauthn": Row(SIGNED_IN, SIGNED_IN_NO_POST),
    "mfa_add_webauthn": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_reauthenticate_webauthn": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_remove_webauthn": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_edit_webauthn": Row(SIGNED_IN_MOVES, SIGNED_IN_MOVES),
    "mfa_login_webauthn": Row(MOVES_ALL, MOVES_ALL),
}

ADMIN = {
    "index": ("200", "200"),
    "app_list": ("200", "200"),
    "login": ("moved", "200"),
    "logout": ("405", "moved"),
    "password_change_done": ("200", "405"),
    "password_change": ("200", "200"),
    "autocomplete": ("403", "405"),
    "jsi18n": ("200", "405"),
    "view_on_site": ("404", "404"),
    "changelist": ("200", "200"),
    "add": ("200", "200"),
    "change": ("200", "200 moved 403"),
    "delete": ("200 403", "200 403"),
    "simple_history": ("200 404", "200 403 404"),
    "history": ("200", "200"),
    "press": ("405", "404"),
    "rates": ("200", "405"),
}
"""What head office gets in admin, to GET and to an empty POST, by the kind of page; of a row that is not there it is told so and moved to the list.
Everybody else is sent to sign in, and refused there."""
ADDED_BY_HAND = {
    "assignment", "carrier", "category", "deliveryzone", "earnrule", "emailaddress", "group", "place", "product", "safetystock", "service", "stockreason",
    "store", "user", "variant",
}  # fmt: skip
"""The tables that head office adds to in admin. Everything else is made by acts: adding is 403."""
FACTS = {
    "event",
    "pointsentry",
    "payment",
    "refund",
    "paymentattempt",
    "providerevent",
    "stockmovement",
    "order",
    "orderline",
    "fulfilment",
    "fulfilmentline",
    "handover",
    "promise",
    "promiseoutcome",
}
"""Tables whose rows nobody deletes by hand, head office neither."""

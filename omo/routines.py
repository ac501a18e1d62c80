"""What runs by itself: the tasks of beat, and who words and sends each kind of message. A part of the settings."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "deliver-due-messages": {"task": "omo.tasks.deliver_due_messages", "schedule": 10.0, "options": {"expires": 10}},
    "tidy-holds": {"task": "stores.tasks.tidy_holds", "schedule": 300.0, "options": {"expires": 300}},
    "watch-payments": {"task": "orders.tasks.watch_payments", "schedule": 60.0, "options": {"expires": 60}},
    "expire-pickups": {"task": "orders.tasks.expire_pickups", "schedule": 900.0, "options": {"expires": 900}},
    "apply-safety-rules": {"task": "stores.tasks.apply_safety_rules", "schedule": crontab(hour=2, minute=15)},
    "review-confidence": {"task": "stores.tasks.review_confidence", "schedule": crontab(hour=2, minute=30)},
    "check-invariants": {"task": "omo.tasks.check_invariants", "schedule": crontab(hour=3, minute=0)},
    "tidy": {"task": "omo.tasks.tidy", "schedule": crontab(hour=3, minute=30)},
}

SENDERS = {
    "orders.messages": ("order_placed", "pickup_ready", "pickup_moved", "pickup_collected"),
    "orders.cancel_messages": ("pickup_reminder", "pickup_changed", "pickup_expired", "fulfilment_cancelled"),
    "orders.delivery_messages": ("delivery_shipped", "delivery_delivered", "delivery_failed"),
    "orders.payment_messages": ("payment_capture", "payment_void", "payment_refund", "payment_refunded", "sandbox_event"),
    "orders.access_messages": ("find_order", "join_order"),
}
MESSAGE_SENDERS = {kind: f"{module}.{kind}" for module, kinds in SENDERS.items() for kind in kinds}

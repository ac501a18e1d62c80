"""Bodies that no provider writes, to be signed as if by one."""

NO_EVENTS = [
    b"",
    b"<html>",
    b"id=1&kind=x",
    b"\xff\x00",
    b"{",
    b"[]",
    b"null",
    b"[" * 5000 + b"]" * 5000,
    b'{"id": NaN, "kind": "x", "payment": 1e999}',
    b'{"id": "e", "kind": "payment.captured", "payment": {"reference": "r", "amount": 1e999, "currency": "EUR"}}',
    b'{"id": "a\\u0000", "kind": "payment.captured", "payment": {"reference": "r", "amount": 1, "currency": "EUR"}}',
    b'{"id": "\\ud800", "kind": "payment.captured", "payment": {"reference": "r", "amount": 1, "currency": "EUR"}}',
    b'{"id": "e", "kind": "payment.captured", "payment": {"reference": "\\u0000", "amount": 1, "currency": "EUR"}}',
    b'{"id": "' + b"9" * 300 + b'", "kind": "payment.captured", "payment": {"reference": "r", "amount": 1, "currency": "EUR"}}',
]

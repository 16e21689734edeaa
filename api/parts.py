"""The parts of the API, each the heading of some routes in the document, and where these are."""

from __future__ import annotations

from importlib import import_module

from fastapi import APIRouter

__all__ = ["PARTS", "routers_of"]

PARTS: dict[str, tuple[str, ...]] = {
    "service": ("meta",),
    "sign-in": ("sign_in",),
    "keys": ("keys",),
    "networks": ("networks",),
    "series": ("series",),
    "issuance": ("issuance",),
    "pool": ("pool",),
    "subscriptions": ("subscriptions",),
    "investing": ("investing",),
    "distributions": ("distributions",),
    "payments": ("payments",),
    "receipts": ("receipts",),
    "holding": ("holding",),
    "holders": ("holders",),
    "cash": ("cash",),
    "transactions": ("transactions",),
    "contributions": ("repositories", "proofs"),
    "people": ("people",),
    "programmes": ("programmes", "roots"),
    "vouchers": ("vouchers",),
    "wallets": ("wallets",),
    "operations": ("operations",),
    "events": ("events",),
    "webhooks": ("webhooks",),
    "audit": ("audit",),
}
"""By heading, the modules that have its routes, in the order of the document. They are imported when they are asked
for: all of them take a second."""


def routers_of(part: str) -> list[APIRouter]:
    """The routes of a part. Raises KeyError for one that is none."""
    return [import_module(f"api.{name}").router for name in PARTS[part]]

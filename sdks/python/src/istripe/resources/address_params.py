"""Postal addresses, as customers and charges take them."""

from __future__ import annotations

from typing import TypedDict


class AddressParams(TypedDict, total=False):
    """A postal address; `country` has two letters."""

    line1: str
    line2: str
    city: str
    state: str
    postal_code: str
    country: str


class _ShippingRequired(TypedDict):
    address: AddressParams
    name: str


class ShippingParams(_ShippingRequired, total=False):
    """Where to and to whom goods are sent."""

    phone: str

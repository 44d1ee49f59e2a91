"""Cards, as tokens, customers and charges take them."""

from __future__ import annotations

from typing import Dict, Literal, Optional, TypedDict, Union


class _CardRequired(TypedDict):
    number: str
    exp_month: Union[int, str]
    exp_year: Union[int, str]


class CardParams(_CardRequired, total=False):
    """The card to put into the vault. `exp_year` has four digits, or two for 20xx."""

    cvc: str
    name: str
    address_line1: str
    address_line2: str
    address_city: str
    address_state: str
    address_zip: str
    address_country: str


class CardSourceParams(CardParams, total=False):
    """A card where a token would do as well: `object` says which kind of source it is."""

    object: Literal["card"]
    metadata: Dict[str, str]


class CardModifyParams(TypedDict, total=False):
    """What of a stored card may change; `None` or `""` clears an address field or the name."""

    exp_month: Union[int, str]
    exp_year: Union[int, str]
    name: Optional[str]
    address_line1: Optional[str]
    address_line2: Optional[str]
    address_city: Optional[str]
    address_state: Optional[str]
    address_zip: Optional[str]
    address_country: Optional[str]

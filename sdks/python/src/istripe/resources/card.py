"""A card as the vault lets it be seen: never its number or CVC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Optional, Union

from .._object import IStripeObject

if TYPE_CHECKING:
    from .customer import Customer


class Card(IStripeObject):
    """The card inside a token, or one that a customer keeps: `Customer.modify_source` and `delete_source` change it."""

    id: str
    object: Literal["card"]
    address_city: Optional[str]
    address_country: Optional[str]
    address_line1: Optional[str]
    address_line1_check: Optional[str]
    address_line2: Optional[str]
    address_state: Optional[str]
    address_zip: Optional[str]
    address_zip_check: Optional[str]
    brand: str
    country: Optional[str]
    #: Not sent inside a token.
    customer: Union[str, Customer, None]
    cvc_check: Optional[str]
    deleted: Literal[True]
    dynamic_last4: Optional[str]
    exp_month: int
    exp_year: int
    fingerprint: Optional[str]
    funding: str
    last4: str
    metadata: IStripeObject
    name: Optional[str]
    networks: IStripeObject
    regulated_status: Optional[str]
    tokenization_method: Optional[str]

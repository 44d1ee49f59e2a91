"""Customers: whom the account deals with, and the cards that they keep with it.

A customer's card is changed and deleted through the customer, because it has no address of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Literal, Optional, TypedDict, Union

from .._list import ListObject
from .._object import IStripeObject
from .._resource import RequestOptions, Resource
from .._search_result import SearchResultObject
from .address_params import AddressParams, ShippingParams
from .card import Card
from .card_params import CardModifyParams, CardSourceParams
from .list_params import ListParams, PageParams, SearchParams

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .token import Token


class CustomFieldParams(TypedDict):
    name: str
    value: str


class InvoiceRenderingParams(TypedDict, total=False):
    amount_tax_display: Optional[str]
    template: str


class InvoiceSettingsParams(TypedDict, total=False):
    custom_fields: Union[List[CustomFieldParams], Literal[""], None]
    footer: Optional[str]
    rendering_options: Union[InvoiceRenderingParams, Literal[""], None]


class _CustomerParams(RequestOptions, total=False):
    """What creating and modifying have in common. `None` or `""` clears what can be null."""

    address: Union[AddressParams, Literal[""], None]
    balance: int
    business_name: Optional[str]
    description: Optional[str]
    email: Optional[str]
    individual_name: Optional[str]
    invoice_prefix: str
    invoice_settings: InvoiceSettingsParams
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    name: Optional[str]
    next_invoice_sequence: int
    phone: Optional[str]
    preferred_locales: List[str]
    shipping: Union[ShippingParams, Literal[""], None]
    #: A token, its id, or a card.
    source: Union[str, Token, CardSourceParams]
    tax_exempt: Optional[Literal["", "none", "exempt", "reverse"]]
    expand: List[str]


class CustomerCreateParams(_CustomerParams, total=False):
    pass


class CustomerModifyParams(_CustomerParams, total=False):
    """`source` replaces the default card; `default_source` chooses another one that the customer has."""

    default_source: Union[str, Card]


class CustomerRetrieveParams(RequestOptions, total=False):
    expand: List[str]


class CustomerListParams(ListParams, total=False):
    email: str


class CustomerCreateSourceParams(RequestOptions, total=False):
    source: Union[str, Token, CardSourceParams]
    metadata: Dict[str, str]
    expand: List[str]


class CustomerListSourcesParams(PageParams, total=False):
    object: str


class CustomerModifySourceParams(RequestOptions, CardModifyParams, total=False):
    metadata: Union[Dict[str, Optional[str]], Literal[""], None]
    expand: List[str]


class Customer(Resource):
    """A person or a company. A deleted one is answered with `deleted` and nothing that tells who it was."""

    id: str
    object: Literal["customer"]
    address: Optional[IStripeObject]
    balance: int
    business_name: str
    created: int
    currency: Optional[str]
    default_source: Union[str, Card, None]
    deleted: Literal[True]
    delinquent: bool
    description: Optional[str]
    discount: Optional[IStripeObject]
    email: Optional[str]
    individual_name: str
    invoice_prefix: Optional[str]
    invoice_settings: IStripeObject
    livemode: bool
    metadata: IStripeObject
    name: Optional[str]
    next_invoice_sequence: int
    phone: Optional[str]
    preferred_locales: List[str]
    shipping: Optional[IStripeObject]
    #: Sent only where `expand=["sources"]` asks for it.
    sources: ListObject[Card]
    tax_exempt: Optional[str]
    test_clock: Optional[str]

    @classmethod
    def create(cls, **params: Unpack[CustomerCreateParams]) -> Customer:
        """Makes a customer, with a card where `source` is given. Raises CardError when that card is declined."""
        return cls._request("POST", "/v1/customers", params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve(cls, id: str, **params: Unpack[CustomerRetrieveParams]) -> Customer:
        """Reads a customer, or what is left of a deleted one."""
        return cls._request("GET", cls._path("/v1/customers", id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify(cls, id: str, **params: Unpack[CustomerModifyParams]) -> Customer:
        """Changes what is given and leaves the rest; metadata is merged."""
        return cls._request("POST", cls._path("/v1/customers", id), params)  # type: ignore[no-any-return]

    @classmethod
    def delete(cls, id: str, **params: Unpack[RequestOptions]) -> Customer:
        """Deletes a customer and destroys the cards."""
        return cls._request("DELETE", cls._path("/v1/customers", id), params)  # type: ignore[no-any-return]

    @classmethod
    def list(cls, **params: Unpack[CustomerListParams]) -> ListObject[Customer]:
        """Reads a page of customers, newest first."""
        return cls._request("GET", "/v1/customers", params)  # type: ignore[no-any-return]

    @classmethod
    def search(cls, **params: Unpack[SearchParams]) -> SearchResultObject[Customer]:
        """Finds customers. What changed a moment ago may be missing: the index follows the data."""
        return cls._request("GET", "/v1/customers/search", params)  # type: ignore[no-any-return]

    @classmethod
    def create_source(cls, customer: str, **params: Unpack[CustomerCreateSourceParams]) -> Card:
        """Keeps a card for a customer; the first one is the default. Raises CardError when it is declined."""
        return cls._request("POST", cls._sources(customer), params)  # type: ignore[no-any-return]

    @classmethod
    def list_sources(cls, customer: str, **params: Unpack[CustomerListSourcesParams]) -> ListObject[Card]:
        """Reads a page of a customer's cards, newest first."""
        return cls._request("GET", cls._sources(customer), params)  # type: ignore[no-any-return]

    @classmethod
    def retrieve_source(cls, customer: str, id: str, **params: Unpack[CustomerRetrieveParams]) -> Card:
        """Reads a customer's card."""
        return cls._request("GET", cls._path(cls._sources(customer), id), params)  # type: ignore[no-any-return]

    @classmethod
    def modify_source(cls, customer: str, id: str, **params: Unpack[CustomerModifySourceParams]) -> Card:
        """Changes expiry, billing address, name or metadata of a customer's card."""
        return cls._request("POST", cls._path(cls._sources(customer), id), params)  # type: ignore[no-any-return]

    @classmethod
    def delete_source(cls, customer: str, id: str, **params: Unpack[RequestOptions]) -> Card:
        """Deletes a customer's card and destroys its number; a deleted default is replaced by the newest other."""
        return cls._request("DELETE", cls._path(cls._sources(customer), id), params)  # type: ignore[no-any-return]

    @classmethod
    def _sources(cls, customer: str) -> str:
        return cls._path("/v1/customers", customer) + "/sources"

"""The version of this library and the version of the wire it was written for; both go out with each request."""

VERSION = "0.1.0"

#: Sent as `Stripe-Version` unless the caller chooses another one, so that a newer server keeps these shapes.
API_VERSION = "2026-08-26.dahlia"

// Tests of Stripe's official Go library against this server; the newest major that is published.
module istripe/tests/contract/go

go 1.23

require github.com/stripe/stripe-go/v85 v85.0.0

// Saved cards with the official Go library: a customer keeps, changes and deletes them.
package contract

import (
	"context"
	"testing"

	"github.com/stripe/stripe-go/v85"
)

func keep(t *testing.T, customer string, source any) (*stripe.PaymentSource, error) {
	t.Helper()
	given := must[*stripe.PaymentSourceSourceParams](t)(stripe.SourceParamsFor(source))
	params := &stripe.PaymentSourceCreateParams{Customer: &customer, Source: given}
	return client.V1PaymentSources.Create(context.Background(), params)
}

func newCustomer(t *testing.T) *stripe.Customer {
	t.Helper()
	return must[*stripe.Customer](t)(client.V1Customers.Create(context.Background(), nil))
}

func TestACardIsKeptReadBackAndChanged(t *testing.T) {
	ctx := context.Background()
	customer := newCustomer(t)
	kept := must[*stripe.PaymentSource](t)(keep(t, customer.ID, card("4242424242424242")))
	equal(t, "object", kept.Type, stripe.PaymentSourceTypeCard)
	equal(t, "last4", kept.Card.Last4, "4242")
	equal(t, "brand", kept.Card.Brand, stripe.CardBrandVisa)
	equal(t, "customer", kept.Card.Customer.ID, customer.ID)
	change := &stripe.PaymentSourceUpdateParams{
		AddressCity: stripe.String("Berlin"),
		Customer:    &customer.ID,
		ExpMonth:    stripe.String("1"),
		Metadata:    map[string]string{"shelf": "low"},
		Name:        stripe.String("Jenny Rosen"),
	}
	changed := must[*stripe.PaymentSource](t)(client.V1PaymentSources.Update(ctx, kept.ID, change))
	equal(t, "exp_month", changed.Card.ExpMonth, 1)
	equal(t, "name", changed.Card.Name, "Jenny Rosen")
	equal(t, "metadata[shelf]", changed.Card.Metadata["shelf"], "low")
	which := &stripe.PaymentSourceRetrieveParams{Customer: &customer.ID}
	read := must[*stripe.PaymentSource](t)(client.V1PaymentSources.Retrieve(ctx, kept.ID, which))
	equal(t, "what is read", string(read.LastResponse.RawJSON), string(changed.LastResponse.RawJSON))
}

func TestCardsAreListedAndTheDefaultFollowsADeletion(t *testing.T) {
	ctx := context.Background()
	customer := newCustomer(t)
	first := must[*stripe.PaymentSource](t)(keep(t, customer.ID, "tok_visa"))
	second := must[*stripe.PaymentSource](t)(keep(t, customer.ID, "tok_mastercard"))
	list := &stripe.PaymentSourceListParams{Customer: &customer.ID, Object: stripe.String("card")}
	list.Limit = stripe.Int64(1)
	id := func(source *stripe.PaymentSource) string { return source.ID }
	sameIDs(t, walk(t, client.V1PaymentSources.List(ctx, list), id), []string{second.ID, first.ID})

	expand := &stripe.CustomerRetrieveParams{Expand: stripe.StringSlice([]string{"sources", "default_source"})}
	whole := must[*stripe.Customer](t)(client.V1Customers.Retrieve(ctx, customer.ID, expand))
	equal(t, "default_source", whole.DefaultSource.Card.ID, first.ID)
	equal(t, "sources.total_count", whole.Sources.TotalCount, 2)

	which := &stripe.PaymentSourceDeleteParams{Customer: &customer.ID}
	gone := must[*stripe.PaymentSource](t)(client.V1PaymentSources.Delete(ctx, first.ID, which))
	equal(t, "deleted", gone.Deleted, true)
	equal(t, "id", gone.ID, first.ID)
	left := must[*stripe.Customer](t)(client.V1Customers.Retrieve(ctx, customer.ID, nil))
	equal(t, "default_source", left.DefaultSource.ID, second.ID)
	_, err := client.V1PaymentSources.Retrieve(ctx, first.ID, &stripe.PaymentSourceRetrieveParams{Customer: &customer.ID})
	refused := refusal(t, err)
	equal(t, "status", refused.HTTPStatusCode, 404)
	equal(t, "message", refused.Msg, "No such source: '"+first.ID+"'")
}

func TestADeclinedCardIsNotKept(t *testing.T) {
	customer := newCustomer(t)
	_, err := keep(t, customer.ID, "tok_chargeDeclinedExpiredCard")
	refused := refusal(t, err)
	equal(t, "status", refused.HTTPStatusCode, 402)
	equal(t, "code", refused.Code, stripe.ErrorCodeExpiredCard)
	equal(t, "param", refused.Param, "exp_month")
	equal(t, "charge", refused.ChargeID, "")
	list := &stripe.PaymentSourceListParams{Customer: &customer.ID}
	id := func(source *stripe.PaymentSource) string { return source.ID }
	sameIDs(t, walk(t, client.V1PaymentSources.List(context.Background(), list), id), nil)
}

func TestACustomerPaysWithTheDefaultCardOrAnotherOne(t *testing.T) {
	ctx := context.Background()
	customer := newCustomer(t)
	first := must[*stripe.PaymentSource](t)(keep(t, customer.ID, "tok_visa"))
	second := must[*stripe.PaymentSource](t)(keep(t, customer.ID, "tok_mastercard"))
	pay := func(params *stripe.ChargeCreateParams) *stripe.Charge {
		params.Customer = &customer.ID
		return must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params))
	}
	byDefault := pay(&stripe.ChargeCreateParams{Amount: stripe.Int64(500), Currency: stripe.String("usd")})
	equal(t, "source", byDefault.Source.ID, first.ID)
	equal(t, "customer", byDefault.Customer.ID, customer.ID)
	equal(t, "source", pay(chargeParams(t, 500, second.ID)).Source.ID, second.ID)
}

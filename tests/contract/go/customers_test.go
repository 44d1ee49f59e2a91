// Customers with the official Go library: made, read back, changed, paged and deleted.
package contract

import (
	"context"
	"testing"

	"github.com/stripe/stripe-go/v85"
)

func customerID(customer *stripe.Customer) string { return customer.ID }

func TestACustomerIsMadeReadBackAndChanged(t *testing.T) {
	ctx := context.Background()
	address := &stripe.AddressParams{City: stripe.String("Berlin"), Country: stripe.String("DE")}
	made := must[*stripe.Customer](t)(client.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
		Address:          address,
		Email:            stripe.String("jenny@example.com"),
		Metadata:         map[string]string{"order": "6735"},
		Name:             stripe.String("Jenny Rosen"),
		PreferredLocales: stripe.StringSlice([]string{"de", "en"}),
		Shipping: &stripe.CustomerCreateShippingParams{
			Address: address, Name: stripe.String("Jenny Rosen"),
		},
	}))
	equal(t, "object", made.Object, "customer")
	equal(t, "address.city", made.Address.City, "Berlin")
	equal(t, "shipping.name", made.Shipping.Name, "Jenny Rosen")
	equal(t, "preferred_locales", len(made.PreferredLocales), 2)
	read := must[*stripe.Customer](t)(client.V1Customers.Retrieve(ctx, made.ID, nil))
	equal(t, "what is read", string(read.LastResponse.RawJSON), string(made.LastResponse.RawJSON))

	change := &stripe.CustomerUpdateParams{
		Email:    stripe.String(""),
		Metadata: map[string]string{"order": "", "size": "L"},
		Name:     stripe.String("Jenny R."),
	}
	change.AddUnsetField(stripe.CustomerUpdateParamsUnsetFieldShipping)
	changed := must[*stripe.Customer](t)(client.V1Customers.Update(ctx, made.ID, change))
	equal(t, "email", changed.Email, "")
	equal(t, "name", changed.Name, "Jenny R.")
	equal(t, "metadata[size]", changed.Metadata["size"], "L")
	equal(t, "how many metadata", len(changed.Metadata), 1)
	equal(t, "shipping", changed.Shipping, nil)
	equal(t, "address.city", changed.Address.City, "Berlin")
}

func TestPagesWalkEveryCustomerOnceInBothDirections(t *testing.T) {
	ctx := context.Background()
	email := fresh(t) + "@example.com"
	var made []string
	for range 5 {
		params := &stripe.CustomerCreateParams{Email: &email}
		made = append(made, must[*stripe.Customer](t)(client.V1Customers.Create(ctx, params)).ID)
	}
	list := func(change func(*stripe.CustomerListParams)) []string {
		params := &stripe.CustomerListParams{Email: &email}
		params.Limit = stripe.Int64(2)
		change(params)
		return walk(t, client.V1Customers.List(ctx, params), customerID)
	}
	sameIDs(t, list(func(*stripe.CustomerListParams) {}), reversed(made))
	sameIDs(t, list(func(p *stripe.CustomerListParams) { p.EndingBefore = &made[0] }), made[1:])
}

func TestADeletedCustomerIsShownAsDeletedAndCannotBeChanged(t *testing.T) {
	ctx := context.Background()
	email := fresh(t) + "@example.com"
	params := &stripe.CustomerCreateParams{Email: &email, Source: stripe.String("tok_visa")}
	made := must[*stripe.Customer](t)(client.V1Customers.Create(ctx, params))
	gone := must[*stripe.Customer](t)(client.V1Customers.Delete(ctx, made.ID, nil))
	equal(t, "deleted", gone.Deleted, true)
	read := must[*stripe.Customer](t)(client.V1Customers.Retrieve(ctx, made.ID, nil))
	equal(t, "deleted", read.Deleted, true)
	equal(t, "email", read.Email, "")
	sameIDs(t, walk(t, client.V1Customers.List(ctx, &stripe.CustomerListParams{Email: &email}), customerID), nil)
	change := &stripe.CustomerUpdateParams{Name: stripe.String("x")}
	_, err := client.V1Customers.Update(ctx, made.ID, change)
	refused := refusal(t, err)
	equal(t, "status", refused.HTTPStatusCode, 404)
	equal(t, "code", refused.Code, stripe.ErrorCodeResourceMissing)
	equal(t, "message", refused.Msg, "No such customer: '"+made.ID+"'")
}

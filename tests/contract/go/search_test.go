// Searches with the official Go library. The index follows the data within seconds.
package contract

import (
	"context"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85"
)

const indexedWithin = 10 * time.Second

// found are the ids of all finds, once there are as many as there should be, or of what there was when time was up.
func found[T any](t *testing.T, count int, search func() *stripe.V1SearchList[T], id func(T) string) []string {
	t.Helper()
	for giveUp := time.Now().Add(indexedWithin); ; time.Sleep(100 * time.Millisecond) {
		var ids []string
		for item, err := range search().All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id(item))
			if len(ids) > 100 {
				t.Fatal("the search does not end")
			}
		}
		if len(ids) >= count || time.Now().After(giveUp) {
			return ids
		}
	}
}

func TestCustomersAreFoundOnAllPagesNewestFirst(t *testing.T) {
	ctx := context.Background()
	group := fresh(t)
	var made []string
	for range 3 {
		params := &stripe.CustomerCreateParams{Metadata: map[string]string{"group": group}}
		made = append(made, must[*stripe.Customer](t)(client.V1Customers.Create(ctx, params)).ID)
	}
	search := func() *stripe.V1SearchList[*stripe.Customer] {
		params := &stripe.CustomerSearchParams{}
		params.Query, params.Limit = "metadata['group']:'"+group+"'", stripe.Int64(2)
		return client.V1Customers.Search(ctx, params)
	}
	sameIDs(t, found(t, 3, search, customerID), reversed(made))
}

func TestChargesAreFoundByTheirCustomerAndAmount(t *testing.T) {
	ctx := context.Background()
	owner := &stripe.CustomerCreateParams{Source: stripe.String("tok_visa")}
	customer := must[*stripe.Customer](t)(client.V1Customers.Create(ctx, owner))
	var made []string
	for _, amount := range []int64{100, 200, 300} {
		params := &stripe.ChargeCreateParams{
			Amount: &amount, Currency: stripe.String("usd"), Customer: &customer.ID,
		}
		made = append(made, must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params)).ID)
	}
	search := func() *stripe.V1SearchList[*stripe.Charge] {
		params := &stripe.ChargeSearchParams{}
		params.Query, params.Limit = "customer:'"+customer.ID+"' AND amount>150", stripe.Int64(1)
		return client.V1Charges.Search(ctx, params)
	}
	sameIDs(t, found(t, 2, search, func(c *stripe.Charge) string { return c.ID }), reversed(made[1:]))
}

func TestWhatIsNoQueryIsRefused(t *testing.T) {
	params := &stripe.ChargeSearchParams{}
	params.Query = "amount>"
	list := client.V1Charges.Search(context.Background(), params)
	equal(t, "status", refusal(t, list.Err()).HTTPStatusCode, 400)
}

// Tokens, charges, captures, refunds and the balance with the official Go library.
package contract

import (
	"context"
	"testing"

	"github.com/stripe/stripe-go/v85"
)

func chargeParams(t *testing.T, amount int64, source string) *stripe.ChargeCreateParams {
	t.Helper()
	params := &stripe.ChargeCreateParams{Amount: &amount, Currency: stripe.String("usd")}
	if err := params.SetSource(source); err != nil {
		t.Fatal(err)
	}
	return params
}

func charge(t *testing.T, amount int64) *stripe.Charge {
	t.Helper()
	params := chargeParams(t, amount, "tok_visa")
	return must[*stripe.Charge](t)(client.V1Charges.Create(context.Background(), params))
}

func refundID(refund *stripe.Refund) string { return refund.ID }

func TestACardBecomesATokenAndTheTokenACharge(t *testing.T) {
	ctx := context.Background()
	params := &stripe.TokenCreateParams{Card: card("4242424242424242")}
	token := must[*stripe.Token](t)(client.V1Tokens.Create(ctx, params))
	equal(t, "used", token.Used, false)
	equal(t, "last4", token.Card.Last4, "4242")
	paid := must[*stripe.Charge](t)(client.V1Charges.Create(ctx, chargeParams(t, 2000, token.ID)))
	equal(t, "status", paid.Status, stripe.ChargeStatusSucceeded)
	equal(t, "paid", paid.Paid, true)
	read := must[*stripe.Charge](t)(client.V1Charges.Retrieve(ctx, paid.ID, nil))
	equal(t, "what is read", string(read.LastResponse.RawJSON), string(paid.LastResponse.RawJSON))
	used := must[*stripe.Token](t)(client.V1Tokens.Retrieve(ctx, token.ID, nil))
	equal(t, "used", used.Used, true)
}

func TestPagesWalkEveryChargeOnceInBothDirections(t *testing.T) {
	ctx := context.Background()
	group := fresh(t)
	var made []string
	for range 5 {
		params := chargeParams(t, 500, "tok_visa")
		params.TransferGroup = &group
		made = append(made, must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params)).ID)
	}
	list := func(endingBefore *string) []string {
		params := &stripe.ChargeListParams{TransferGroup: &group}
		params.Limit, params.EndingBefore = stripe.Int64(2), endingBefore
		return walk(t, client.V1Charges.List(ctx, params), func(c *stripe.Charge) string { return c.ID })
	}
	sameIDs(t, list(nil), reversed(made))
	sameIDs(t, list(&made[0]), made[1:])
}

func TestAChargeIsChangedAndItsMetadataMerged(t *testing.T) {
	ctx := context.Background()
	params := chargeParams(t, 500, "tok_visa")
	params.Metadata = map[string]string{"a": "1"}
	paid := must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params))
	change := &stripe.ChargeUpdateParams{
		Description:  stripe.String("Tea"),
		FraudDetails: &stripe.ChargeUpdateFraudDetailsParams{UserReport: stripe.String("fraudulent")},
		Metadata:     map[string]string{"b": "2"},
	}
	changed := must[*stripe.Charge](t)(client.V1Charges.Update(ctx, paid.ID, change))
	equal(t, "description", changed.Description, "Tea")
	equal(t, "user_report", changed.FraudDetails.UserReport, "fraudulent")
	equal(t, "metadata", changed.Metadata["a"]+changed.Metadata["b"], "12")
}

func TestAChargeIsAuthorizedAndCapturedInPartOnce(t *testing.T) {
	ctx := context.Background()
	params := chargeParams(t, 1000, "tok_visa")
	params.Capture = stripe.Bool(false)
	held := must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params))
	equal(t, "captured", held.Captured, false)
	part := &stripe.ChargeCaptureParams{Amount: stripe.Int64(600)}
	taken := must[*stripe.Charge](t)(client.V1Charges.Capture(ctx, held.ID, part))
	equal(t, "captured", taken.Captured, true)
	equal(t, "amount_captured", taken.AmountCaptured, 600)
	equal(t, "amount_refunded", taken.AmountRefunded, 400)
	_, err := client.V1Charges.Capture(ctx, held.ID, nil)
	equal(t, "code", refusal(t, err).Code, stripe.ErrorCodeChargeAlreadyCaptured)
}

func TestARefundInPartAndThenOfTheRest(t *testing.T) {
	ctx := context.Background()
	paid := charge(t, 1000)
	part := must[*stripe.Refund](t)(client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{
		Amount:   stripe.Int64(400),
		Charge:   &paid.ID,
		Metadata: map[string]string{"order": "1"},
		Reason:   stripe.String(string(stripe.RefundReasonRequestedByCustomer)),
	}))
	equal(t, "amount", part.Amount, 400)
	equal(t, "charge", part.Charge.ID, paid.ID)
	equal(t, "status", part.Status, stripe.RefundStatusSucceeded)
	equal(t, "reason", part.Reason, stripe.RefundReasonRequestedByCustomer)
	whole := &stripe.RefundCreateParams{Charge: &paid.ID, Expand: stripe.StringSlice([]string{"balance_transaction"})}
	rest := must[*stripe.Refund](t)(client.V1Refunds.Create(ctx, whole))
	equal(t, "amount", rest.Amount, 600)
	equal(t, "balance_transaction.net", rest.BalanceTransaction.Net, -600)
	equal(t, "balance_transaction.type", rest.BalanceTransaction.Type, stripe.BalanceTransactionTypeRefund)

	list := &stripe.RefundListParams{Charge: &paid.ID}
	list.Limit = stripe.Int64(1)
	sameIDs(t, walk(t, client.V1Refunds.List(ctx, list), refundID), []string{rest.ID, part.ID})
	expand := &stripe.ChargeRetrieveParams{Expand: stripe.StringSlice([]string{"refunds"})}
	after := must[*stripe.Charge](t)(client.V1Charges.Retrieve(ctx, paid.ID, expand))
	equal(t, "refunded", after.Refunded, true)
	equal(t, "how many refunds", len(after.Refunds.Data), 2)
}

func TestARefundIsChangedAndCannotBeCanceled(t *testing.T) {
	ctx := context.Background()
	paid := charge(t, 700)
	made := must[*stripe.Refund](t)(client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{Charge: &paid.ID}))
	change := &stripe.RefundUpdateParams{Metadata: map[string]string{"a": "1"}}
	changed := must[*stripe.Refund](t)(client.V1Refunds.Update(ctx, made.ID, change))
	equal(t, "metadata[a]", changed.Metadata["a"], "1")
	read := must[*stripe.Refund](t)(client.V1Refunds.Retrieve(ctx, made.ID, nil))
	equal(t, "what is read", string(read.LastResponse.RawJSON), string(changed.LastResponse.RawJSON))
	_, err := client.V1Refunds.Cancel(ctx, made.ID, nil)
	equal(t, "status", refusal(t, err).HTTPStatusCode, 400)
}

func TestTheBalanceIsWhatItsTransactionsAddUpTo(t *testing.T) {
	ctx := context.Background()
	total := func() (sum int64) {
		balance := must[*stripe.Balance](t)(client.V1Balance.Retrieve(ctx, nil))
		for _, part := range append(balance.Available, balance.Pending...) {
			if part.Currency == stripe.CurrencyNOK {
				sum += part.Amount
			}
		}
		return sum
	}
	before := total()
	params := chargeParams(t, 10_000, "tok_visa")
	params.Currency, params.Expand = stripe.String("nok"), stripe.StringSlice([]string{"balance_transaction"})
	paid := must[*stripe.Charge](t)(client.V1Charges.Create(ctx, params))
	moved := paid.BalanceTransaction
	equal(t, "net", moved.Net, moved.Amount-moved.Fee)
	equal(t, "what the balance grew by", total()-before, moved.Net)
	list := &stripe.BalanceTransactionListParams{Source: &paid.ID}
	id := func(transaction *stripe.BalanceTransaction) string { return transaction.ID }
	sameIDs(t, walk(t, client.V1BalanceTransactions.List(ctx, list), id), []string{moved.ID})
	read := must[*stripe.BalanceTransaction](t)(client.V1BalanceTransactions.Retrieve(ctx, moved.ID, nil))
	equal(t, "amount", read.Amount, 10_000)
}

func TestAnEventTellsOfTheRefund(t *testing.T) {
	ctx := context.Background()
	paid := charge(t, 900)
	made := must[*stripe.Refund](t)(client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{Charge: &paid.ID}))
	list := &stripe.EventListParams{Type: stripe.String("refund.created")}
	list.Limit = stripe.Int64(100)
	for _, event := range client.V1Events.List(ctx, list).Data() {
		if event.Data.Object["id"] == made.ID {
			read := must[*stripe.Event](t)(client.V1Events.Retrieve(ctx, event.ID, nil))
			equal(t, "type", read.Type, stripe.EventTypeRefundCreated)
			return
		}
	}
	t.Errorf("no event tells of %s", made.ID)
}

func TestTheAccountIsThatOfTheKey(t *testing.T) {
	account := must[*stripe.Account](t)(client.V1Accounts.Retrieve(context.Background(), nil))
	equal(t, "country", account.Country, "US")
	equal(t, "default_currency", account.DefaultCurrency, stripe.CurrencyUSD)
	equal(t, "charges_enabled", account.ChargesEnabled, true)
}

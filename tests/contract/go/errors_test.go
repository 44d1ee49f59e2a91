// What is refused, as the official Go library tells of it.
package contract

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v85"
)

func TestADeclineIsACardErrorWithItsReasonsAndLeavesAFailedCharge(t *testing.T) {
	ctx := context.Background()
	params := chargeParams(t, 2000, "tok_chargeDeclinedInsufficientFunds")
	_, err := client.V1Charges.Create(ctx, params)
	refused := refusal(t, err)
	equal(t, "type", refused.Type, stripe.ErrorTypeCard)
	equal(t, "status", refused.HTTPStatusCode, 402)
	equal(t, "code", refused.Code, stripe.ErrorCodeCardDeclined)
	equal(t, "decline_code", refused.DeclineCode, stripe.DeclineCodeInsufficientFunds)
	equal(t, "message", refused.Msg, "Your card has insufficient funds.")
	var declined *stripe.CardError
	equal(t, "whether it is a CardError", errors.As(err, &declined), true)
	kept := must[*stripe.Charge](t)(client.V1Charges.Retrieve(ctx, refused.ChargeID, nil))
	equal(t, "status", kept.Status, stripe.ChargeStatusFailed)
	equal(t, "failure_code", kept.FailureCode, "card_declined")
}

func TestAWrongNumberNeverBecomesATokenAndIsNotRepeated(t *testing.T) {
	_, err := client.V1Tokens.Create(context.Background(), &stripe.TokenCreateParams{Card: card("4242424242424241")})
	refused := refusal(t, err)
	equal(t, "code", refused.Code, stripe.ErrorCodeIncorrectNumber)
	equal(t, "param", refused.Param, "number")
	equal(t, "whether the number is told", strings.Contains(err.Error(), "4242424242424241"), false)
}

func TestATokenIsUsedOnce(t *testing.T) {
	ctx := context.Background()
	made := &stripe.TokenCreateParams{Card: card("4242424242424242")}
	token := must[*stripe.Token](t)(client.V1Tokens.Create(ctx, made))
	must[*stripe.Charge](t)(client.V1Charges.Create(ctx, chargeParams(t, 500, token.ID)))
	_, err := client.V1Charges.Create(ctx, chargeParams(t, 500, token.ID))
	equal(t, "code", refusal(t, err).Code, stripe.ErrorCodeTokenAlreadyUsed)
}

func TestMoreThanIsLeftIsNotRefunded(t *testing.T) {
	ctx := context.Background()
	paid := charge(t, 1000)
	refund := func(amount int64) *stripe.Error {
		_, err := client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{Amount: &amount, Charge: &paid.ID})
		return refusal(t, err)
	}
	refused := refund(1500)
	equal(t, "message", refused.Msg, "Refund amount ($15.00) is greater than charge amount ($10.00)")
	equal(t, "param", refused.Param, "amount")
	must[*stripe.Refund](t)(client.V1Refunds.Create(ctx, &stripe.RefundCreateParams{Charge: &paid.ID}))
	equal(t, "code", refund(1).Code, stripe.ErrorCodeChargeAlreadyRefunded)
}

func TestOneIdempotencyKeyMakesOneRefund(t *testing.T) {
	ctx := context.Background()
	paid, key := charge(t, 1000), fresh(t)
	refund := func(amount int64) (*stripe.Refund, error) {
		params := &stripe.RefundCreateParams{Amount: &amount, Charge: &paid.ID}
		params.SetIdempotencyKey(key)
		return client.V1Refunds.Create(ctx, params)
	}
	first := must[*stripe.Refund](t)(refund(300))
	again := must[*stripe.Refund](t)(refund(300))
	equal(t, "the second answer", string(again.LastResponse.RawJSON), string(first.LastResponse.RawJSON))
	equal(t, "idempotent-replayed", again.LastResponse.Header.Get("Idempotent-Replayed"), "true")
	_, err := refund(301)
	equal(t, "type", refusal(t, err).Type, stripe.ErrorTypeIdempotency)
	after := must[*stripe.Charge](t)(client.V1Charges.Retrieve(ctx, paid.ID, nil))
	equal(t, "amount_refunded", after.AmountRefunded, 300)
}

func TestMissingObjectsWrongParametersAndWrongKeysAreTheirOwnErrors(t *testing.T) {
	ctx := context.Background()
	_, err := client.V1Charges.Retrieve(ctx, "ch_none", nil)
	missing := refusal(t, err)
	equal(t, "status", missing.HTTPStatusCode, 404)
	equal(t, "message", missing.Msg, "No such charge: 'ch_none'")
	equal(t, "whether the request has an id", strings.HasPrefix(missing.RequestID, "req_"), true)

	_, err = client.V1Customers.Create(ctx, &stripe.CustomerCreateParams{Email: stripe.String("foo")})
	invalid := refusal(t, err)
	equal(t, "code", invalid.Code, stripe.ErrorCodeEmailInvalid)
	equal(t, "param", invalid.Param, "email")

	unknown := &stripe.CustomerCreateParams{}
	unknown.AddExtra("emial", "a@example.com")
	_, err = client.V1Customers.Create(ctx, unknown)
	equal(t, "message", refusal(t, err).Msg, "Received unknown parameter: emial. Did you mean email?")

	stranger := clientOf(os.Getenv("ISTRIPE_API_BASE"), "sk_test_wrong1234")
	_, err = stranger.V1Balance.Retrieve(ctx, nil)
	wrong := refusal(t, err)
	equal(t, "status", wrong.HTTPStatusCode, 401)
	equal(t, "whether the key is hidden", strings.Contains(wrong.Msg, "wrong1234"), false)
}

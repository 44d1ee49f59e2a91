// Package contract tests a shop's life with Stripe's official Go library against the server that ISTRIPE_API_BASE and
// ISTRIPE_API_KEY name. Only the base URL differs from real use. The server may hold other data: each test looks at what
// it made itself.
package contract

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v85"
)

var client *stripe.Client

func TestMain(m *testing.M) {
	base, key := os.Getenv("ISTRIPE_API_BASE"), os.Getenv("ISTRIPE_API_KEY")
	if base == "" || key == "" {
		fmt.Fprintln(os.Stderr, "The tests need a running server: set ISTRIPE_API_BASE and ISTRIPE_API_KEY.")
		os.Exit(1)
	}
	client = clientOf(base, key)
	os.Exit(m.Run())
}

// clientOf makes a client that retries nothing, so that a test sees what the server said first.
func clientOf(base, key string) *stripe.Client {
	return stripe.NewClient(key, stripe.WithBackends(stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
		MaxNetworkRetries: stripe.Int64(0),
		URL:               stripe.String(base),
	})))
}

// fresh is a text that no other test uses: a group of charges, an idempotency key.
func fresh(t *testing.T) string {
	t.Helper()
	var bytes [12]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		t.Fatal(err)
	}
	return "go-" + hex.EncodeToString(bytes[:])
}

func card(number string) *stripe.CardParams {
	return &stripe.CardParams{
		CVC:      stripe.String("123"),
		ExpMonth: stripe.String("12"),
		ExpYear:  stripe.String(strconv.Itoa(time.Now().UTC().Year() + 1)),
		Number:   stripe.String(number),
	}
}

// must ends the test when the call failed.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(answer T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// equal fails the test when what the server said is not what it should have said.
func equal[T comparable](t *testing.T, what string, said, should T) {
	t.Helper()
	if said != should {
		t.Errorf("%s is %v and should be %v", what, said, should)
	}
}

// refusal is the error that the library made of the answer; the call must have failed.
func refusal(t *testing.T, err error) *stripe.Error {
	t.Helper()
	var refused *stripe.Error
	if !errors.As(err, &refused) {
		t.Fatalf("the library should have failed with a stripe.Error, but said %v", err)
	}
	return refused
}

// walk follows a list to its end, over all its pages.
func walk[T any](t *testing.T, list *stripe.V1List[T], id func(T) string) []string {
	t.Helper()
	var ids []string
	for item, err := range list.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id(item))
		if len(ids) > 100 {
			t.Fatal("the list does not end")
		}
	}
	return ids
}

func sameIDs(t *testing.T, said, should []string) {
	t.Helper()
	if !slices.Equal(said, should) {
		t.Errorf("the ids are %v and should be %v", said, should)
	}
}

func reversed(ids []string) []string {
	turned := slices.Clone(ids)
	slices.Reverse(turned)
	return turned
}

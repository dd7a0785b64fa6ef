package compensatetest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/amends-dev/amends/compensate"
	"github.com/amends-dev/amends/compensate/compensatetest"
)

func harness(b *compensatetest.FakeBilling) compensatetest.IssuerHarness {
	return compensatetest.IssuerHarness{
		Issuer: b, Payments: b.Payments, NoKeys: b.NoKeys,
		Fault: func(f compensatetest.Fault) bool { b.FailNext(f); return true },
	}
}

func TestFakeBilling(t *testing.T) {
	t.Parallel()
	compensatetest.TestIssuer(t, func(*testing.T) compensatetest.IssuerHarness { return harness(new(compensatetest.FakeBilling)) })
}

func TestBrokenIssuers(t *testing.T) {
	t.Parallel()
	type issue = func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error)
	for rule, broken := range map[string]issue{
		"pays": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			_, err := b.Issue(ctx, e)
			return "", err
		},
		"entries apart": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			e.ID = compensate.EntryID(e.Key, "", 1)
			return b.Issue(ctx, e)
		},
		"done context": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			return b.Issue(context.WithoutCancel(ctx), e)
		},
		"busy": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			r, err := b.Issue(ctx, e)
			if err != nil && !compensate.IsUnanswered(err) {
				err = compensate.Refused(err)
			}
			return r, err
		},
		"refused": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			r, err := b.Issue(ctx, e)
			if compensate.IsRefused(err) {
				err = errors.New("no")
			}
			return r, err
		},
		"answer lost": func(ctx context.Context, b *compensatetest.FakeBilling, e compensate.Entry) (string, error) {
			r, err := b.Issue(ctx, e)
			if compensate.IsUnanswered(err) {
				err = errors.New("failed")
			}
			return r, err
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			failed := compensatetest.IssuerFailures(t.Context(), func() compensatetest.IssuerHarness {
				b := new(compensatetest.FakeBilling)
				h := harness(b)
				h.Issuer = compensate.IssuerFunc(func(ctx context.Context, e compensate.Entry) (string, error) { return broken(ctx, b, e) })
				return h
			})
			assert.Contains(t, failed, rule)
			delete(failed, rule)
			assert.Empty(t, failed)
		})
	}
	t.Run("repeats", func(t *testing.T) {
		t.Parallel()
		failed := compensatetest.IssuerFailures(t.Context(), func() compensatetest.IssuerHarness {
			h := harness(&compensatetest.FakeBilling{NoKeys: true})
			h.NoKeys = false // a lie
			return h
		})
		assert.Contains(t, failed, "repeats")
		assert.Len(t, failed, 1)
	})
}

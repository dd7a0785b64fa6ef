package notifytest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/amends-dev/amends/notify"
)

// notifierCases are the rules of [notify.Notifier].
func notifierCases() []notifierCase {
	return []notifierCase{
		{"delivers", "a nil error means that the transport accepted the message: it arrives, with its text", testDelivers},
		{"concurrent", "Notify may be called concurrently: every message arrives, none is mixed up with another", testConcurrent},
		{"context", "Notify returns soon after its context is done", testContext},
		{"dead_context", "under a context that is done Notify never reports a success that did not happen", testDeadContext},
		{"unchanged", "Notify does not change the delivery, nor the message, which all recipients share", testUnchanged},
		{"not_kept", "Notify does not keep the delivery: the caller uses it again", testNotKept},
		{"idempotent", "a repeated Delivery.ID is delivered at most once, or the harness declares MayDuplicate; another ID is another delivery", testIdempotent},
		{"same_id", "the transport is given the same idempotency key on every attempt, and different keys for different deliveries", testSameID},
		{"prior", "a receipt survives being stored as JSON, and a message that comes with it as Prior is accepted", testPrior},
		{"empty_text", "an empty text is delivered, or refused as lasting", testEmptyText},
		{"long_text", "a text of 100 kB is delivered whole, or refused as lasting, or the harness declares MayCut", testLongText},
		{"no_secrets", "the text of an error holds no secret, no address and nothing of the message", testNoSecrets},
		{"temporary", "a transport that cannot now is a temporary failure, and the next attempt delivers", classCase(FaultTemporary, notify.Temporary)},
		{"throttled", "a transport that asks to wait is a throttled failure with the time that it asks for", classCase(FaultThrottled, notify.Throttled)},
		{"uncertain", "a call that broke after the message was handed over is an uncertain failure: a plain one would be repeated", classCase(FaultUncertain, notify.Uncertain)},
		{"lasting", "a message that will never be accepted is a lasting failure", classCase(FaultLasting, notify.Lasting)},
		{"gone", "a dead address is a failure of class gone, so that nobody uses it again", classCase(FaultGone, notify.AddressGone)},
		{"misconfigured", "a channel that refuses us, whoever the recipient is, is a misconfigured one", classCase(FaultMisconfigured, notify.Unusable)},
	}
}

// patience is how long a call may take to return before it counts as stuck. It
// bounds a hanging test; nothing waits that long otherwise.
const patience = 10 * time.Second

const (
	sampleText    = "Restores fail since 13:30. Your backups are intact."
	sampleSubject = "Restores fail: quokka"
)

// delivery makes a valid delivery.
func (h Harness) delivery(id string) *notify.Delivery {
	return &notify.Delivery{
		ID: id, Attempt: 1, Channel: "test", To: h.To,
		Message: &notify.Message{
			Thread: "incident-1", Seq: 1, Kind: notify.KindUpdate, Locale: "en",
			Subject: sampleSubject, Text: sampleText,
		},
	}
}

// must delivers and fails the case if it does not succeed.
func (h Harness) must(t notifierTB, d *notify.Delivery) notify.Receipt {
	t.Helper()
	receipt, err := h.Notifier.Notify(t.Context(), d)
	if err != nil {
		t.Fatalf("delivering %q failed: %v", d.ID, err)
	}
	return receipt
}

// fail makes the next call fail, or skips the case.
func (h Harness) fail(t notifierTB, kind FaultKind) {
	t.Helper()
	if h.Fault == nil {
		t.Skipf("the harness has no faults")
	}
	if !h.Fault(kind) {
		t.Skipf("this transport does not fail like %q", kind)
	}
}

func (h Harness) arrived(text string) int {
	n := 0
	for _, r := range h.Delivered() {
		if strings.Contains(r.Text, text) {
			n++
		}
	}
	return n
}

func testDelivers(t notifierTB, h Harness) {
	h.must(t, h.delivery("d-1"))
	if n := h.arrived(sampleText); n != 1 {
		t.Errorf("arrived %d times with its text, want once", n)
	}
}

func testConcurrent(t notifierTB, h Harness) {
	const n = 64
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			d := h.delivery(fmt.Sprintf("d-%d", i))
			d.Message.Text = fmt.Sprintf("message number %d.", i)
			_, errs[i] = h.Notifier.Notify(t.Context(), d)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("call %d of %d at once failed: %v", i, n, err)
		}
		if got := h.arrived(fmt.Sprintf("message number %d.", i)); got != 1 {
			t.Fatalf("message %d arrived %d times, want once", i, got)
		}
	}
}

// call runs Notify and waits for its return with patience.
func (h Harness) call(ctx context.Context, t notifierTB, d *notify.Delivery) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := h.Notifier.Notify(ctx, d)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(h.patience()):
		t.Fatalf("still not back %v after its context was done", h.patience())
		return nil
	}
}

func (h Harness) patience() time.Duration {
	if h.limit > 0 {
		return h.limit
	}
	return patience
}

func testContext(t notifierTB, h Harness) {
	h.fail(t, FaultBlocked)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.call(ctx, t, h.delivery("d-1")); err == nil {
		t.Errorf("reported success although the transport never answered")
	}
}

func testDeadContext(t notifierTB, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.call(ctx, t, h.delivery("d-1")); err == nil && h.arrived(sampleText) == 0 {
		t.Errorf("reported success, and nothing arrived")
	}
}

func testUnchanged(t notifierTB, h Harness) {
	d := h.delivery("d-1")
	d.To.Meta = cloneWith(h.To.Meta, "note", "kept")
	d.Message.Data = map[string]string{"status": "investigating"}
	before := Clone(d)
	_, _ = h.Notifier.Notify(t.Context(), d)
	if !reflect.DeepEqual(before, *d) {
		t.Errorf("the delivery is not what it was before the call")
	}
}

func testNotKept(t notifierTB, h Harness) {
	d := h.delivery("d-1")
	h.must(t, d)
	d.ID, d.To.ID, d.To.Address = "d-other", "other", "other@example.org"
	d.Message.Text, d.Message.Subject = "something else", "something else"
	got := h.Delivered()
	if h.arrived(sampleText) != 1 {
		t.Errorf("what had been delivered changed with the caller's next use of the delivery")
	}
	for _, r := range got {
		if r.ID == "d-other" {
			t.Errorf("the idempotency key changed with the caller's next use of the delivery")
		}
	}
}

func testIdempotent(t notifierTB, h Harness) {
	d := h.delivery("d-1")
	h.must(t, d)
	again := h.delivery("d-1")
	again.Attempt = 2
	h.must(t, again)
	if n := h.arrived(sampleText); n > 1 && !h.MayDuplicate {
		t.Errorf("the repeat of %q was delivered again, %d times in all", d.ID, n)
	}
	before := len(h.Delivered())
	h.must(t, h.delivery("d-2"))
	if len(h.Delivered()) != before+1 {
		t.Errorf("another ID did not lead to another delivery")
	}
}

func testSameID(t notifierTB, h Harness) {
	h.must(t, h.delivery("d-1"))
	h.must(t, h.delivery("d-2"))
	again := h.delivery("d-1")
	again.Attempt = 2
	h.must(t, again)
	got := h.Delivered()
	if len(got) < 2 {
		t.Fatalf("two deliveries arrived as %d", len(got))
	}
	if got[0].ID == "" {
		t.Skipf("the transport has no idempotency key")
	}
	if got[0].ID == got[1].ID {
		t.Errorf("two deliveries came with the same key")
	}
	if len(got) > 2 && got[2].ID != got[0].ID {
		t.Errorf("the second attempt came with another key than the first")
	}
}

func testPrior(t notifierTB, h Harness) {
	first := h.must(t, h.delivery("d-1"))
	stored, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("the receipt cannot be stored: %v", err)
	}
	var prior notify.Receipt
	if err := json.Unmarshal(stored, &prior); err != nil {
		t.Fatalf("the stored receipt cannot be read: %v", err)
	}
	d := h.delivery("d-2")
	d.Message.Seq, d.Message.Text, d.Prior = 2, "Fixed on our side.", &prior
	h.must(t, d)
	if h.arrived("Fixed on our side.") != 1 {
		t.Errorf("the second message of the thread did not arrive")
	}
}

func testEmptyText(t notifierTB, h Harness) { testText(t, h, "", true) }

func testLongText(t notifierTB, h Harness) {
	line := "The quick brown fox jumps over the lazy dog, and says so. äöü €\n"
	testText(t, h, strings.Repeat(line, 100_000/len(line))+"the end.", h.MayCut)
}

// testText sends a text that a transport may refuse for good, but not lose.
func testText(t notifierTB, h Harness, text string, partly bool) {
	d := h.delivery("d-1")
	d.Message.Text = text
	_, err := h.Notifier.Notify(t.Context(), d)
	if err != nil {
		if class, _ := notify.Classify(err); class != notify.Lasting {
			t.Errorf("refused as %v: it would be tried again in vain", class)
		}
		return
	}
	got := h.Delivered()
	switch {
	case len(got) != 1:
		t.Errorf("reported success, and %d messages arrived", len(got))
	case !partly && !strings.Contains(strings.ReplaceAll(got[0].Text, "\r\n", "\n"), text):
		t.Errorf("reported success, and the text of %d bytes did not arrive whole", len(text))
	}
}

func testNoSecrets(t notifierTB, h Harness) {
	if h.Fault == nil {
		t.Skipf("the harness has no faults")
	}
	secrets := append([]string{h.To.Address, h.To.Name, sampleText, sampleSubject}, h.Secrets...)
	for _, v := range h.To.Meta {
		secrets = append(secrets, v)
	}
	for i, kind := range []FaultKind{
		FaultTemporary, FaultThrottled, FaultUncertain, FaultLasting, FaultGone, FaultMisconfigured,
	} {
		if !h.Fault(kind) {
			continue
		}
		_, err := h.Notifier.Notify(t.Context(), h.delivery(fmt.Sprintf("d-%d", i)))
		if err == nil {
			continue // the case of this kind says so
		}
		for _, s := range secrets {
			if len(s) > 3 && strings.Contains(err.Error(), s) {
				t.Errorf("the error of fault %q shows a secret, an address or words of the message", kind)
			}
		}
	}
}

// classCase makes the transport fail once and checks the class that reaches the caller.
func classCase(kind FaultKind, want notify.Class) func(notifierTB, Harness) {
	return func(t notifierTB, h Harness) {
		h.fail(t, kind)
		_, err := h.Notifier.Notify(t.Context(), h.delivery("d-1"))
		if err == nil {
			t.Fatalf("reported success although the transport failed")
		}
		class, wait := notify.Classify(err)
		if class != want {
			t.Errorf("the failure is %v, want %v", class, want)
		}
		switch kind {
		case FaultThrottled:
			if wait <= 0 {
				t.Errorf("the time to wait is lost")
			}
		case FaultTemporary:
			h.must(t, h.delivery("d-1"))
			if n := h.arrived(sampleText); n != 1 {
				t.Errorf("after the second attempt it arrived %d times, want once", n)
			}
		default:
		}
	}
}

func cloneWith(m map[string]string, key, value string) map[string]string {
	out := make(map[string]string, len(m)+1)
	maps.Copy(out, m)
	out[key] = value
	return out
}

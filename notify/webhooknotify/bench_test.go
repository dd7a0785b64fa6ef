package webhooknotify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/webhooknotify"
)

// serve makes a process of this test the receiver of the benchmark, so that its
// work is not counted as the sender's.
var serve = flag.Bool("serve", false, "be the receiver of BenchmarkWebhooks until standard input ends")

func TestServe(t *testing.T) {
	t.Parallel()
	if !*serve {
		t.Skip("it is for BenchmarkWebhooks to start")
	}
	var conns atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/204", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/200", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "accepted 1\n")
	})
	mux.HandleFunc("/conns", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, conns.Load()) })
	srv := httptest.NewUnstartedServer(mux)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	_, _ = fmt.Fprintln(os.Stdout, "serving "+srv.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// serving starts the receiver and returns its address.
func serving(b *testing.B) string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestServe$", "-serve")
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	var address string
	_, err = fmt.Fscanf(out, "serving %s\n", &address)
	require.NoError(b, err)
	return address
}

// opened asks the receiver how many connections it has seen, this one not counted.
func opened(b *testing.B, address string) int {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address+"/conns", nil)
	require.NoError(b, err)
	req.Close = true
	resp, err := new(http.Transport).RoundTrip(req)
	require.NoError(b, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(b, err)
	n, err := strconv.Atoi(string(text))
	require.NoError(b, err)
	return n - 1
}

// plain is what one would write on net/http: JSON, the reference's signature, the answer read.
func plain(b *testing.B) func(d *notify.Delivery) error {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.Cleanup(client.CloseIdleConnections)
	signer, err := standardwebhooks.NewWebhook(secret)
	require.NoError(b, err)
	return func(d *notify.Delivery) error {
		e, err := webhooknotify.StatuspageEvent(d, page)
		if err != nil {
			return err
		}
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		id, at := webhooknotify.ID(d.ID), time.Now()
		signature, err := signer.Sign(id, at, body)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.To.Address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Webhook-Id", id)
		req.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
		req.Header.Set("Webhook-Signature", signature)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		if err := resp.Body.Close(); err != nil {
			return err
		}
		if resp.StatusCode/100 != 2 {
			return fmt.Errorf("refused with %d", resp.StatusCode)
		}
		return nil
	}
}

func own(b *testing.B) func(d *notify.Delivery) error {
	b.Helper()
	opts := onLoopback()
	opts.Page = page
	n := webhooknotify.New(always(secret), opts)
	b.Cleanup(n.CloseIdleConnections)
	return func(d *notify.Delivery) error {
		_, err := n.Notify(context.Background(), d)
		return err
	}
}

// BenchmarkWebhooks holds webhooknotify against plain net/http: the same payload, the same
// receiver in a process of its own, 64 senders, turn by turn. One operation is one delivery. The
// budget is the ratio: webhooknotify makes at least 0.85 of the deliveries that net-http makes in a second.
// conns/1000 is how many connections the receiver saw for 1000 deliveries.
func BenchmarkWebhooks(b *testing.B) {
	address := serving(b)
	d := known(b)
	for _, answer := range []string{"204", "200"} {
		for _, peer := range []struct {
			name string
			make func(b *testing.B) func(d *notify.Delivery) error
		}{{"net-http", plain}, {"webhooknotify", own}} {
			b.Run("answer="+answer+"/"+peer.name, func(b *testing.B) {
				b.ReportAllocs()
				const senders, each = 64, 16
				send := peer.make(b)
				conns := opened(b, address)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				batches := 0
				for b.Loop() {
					batches++
					var wg sync.WaitGroup
					for s := range senders {
						wg.Go(func() {
							one := *d
							one.To.Address = address + "/" + answer
							for k := range each {
								one.ID = d.ID + strings.Repeat("x", k) + strconv.Itoa(s)
								if err := send(&one); err != nil {
									b.Error(err)
								}
							}
						})
					}
					wg.Wait()
				}
				runtime.ReadMemStats(&after)
				n := float64(batches * senders * each)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/op")
				b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/op")
				b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/op")
				b.ReportMetric(n/b.Elapsed().Seconds(), "deliveries/s")
				b.ReportMetric(float64(opened(b, address)-conns-1)/n*1000, "conns/1000") // without the question itself
			})
		}
	}
}

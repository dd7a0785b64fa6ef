package webhooknotify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify/webhooknotify"
)

func encoded(n int) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xfb}, n))
}

func TestParseSecret(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"24 bytes", encoded(24), true},
		{"64 bytes", encoded(64), true},
		{"a fresh one", webhooknotify.GenerateSecret(), true},
		{"23 bytes", encoded(23), false},
		{"65 bytes", encoded(65), false},
		{"a megabyte", encoded(1 << 20), false},
		{"nothing", "", false},
		{"nothing but the prefix", "whsec_", false},
		{"no prefix", strings.TrimPrefix(encoded(24), "whsec_"), false},
		{"the key of an asymmetric signature", strings.Replace(encoded(32), "whsec_", "whsk_", 1), false},
		{"no padding", strings.TrimRight(encoded(25), "="), false},
		{"the alphabet of URLs", strings.ReplaceAll(encoded(24), "+", "-"), false},
		{"a line break within", encoded(24)[:20] + "\n" + encoded(24)[20:], false},
		{"a blank behind", encoded(24) + " ", false},
		{"bits beyond the end", encoded(25)[:len(encoded(25))-3] + "5==", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := webhooknotify.ParseSecret(c.text)
			if c.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, webhooknotify.ErrSecret)
			assert.NotContains(t, err.Error(), "+/v7")
		})
	}
	assert.NotEqual(t, webhooknotify.GenerateSecret(), webhooknotify.GenerateSecret())
}

// The vector is the one that libraries for Standard Webhooks share.
func TestSign(t *testing.T) {
	t.Parallel()
	s, err := webhooknotify.ParseSecret(secret)
	require.NoError(t, err)
	got := s.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 999), []byte(`{"test": 2432232314}`))
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", got)
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	s, err := webhooknotify.ParseSecret(secret)
	require.NoError(t, err)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	require.NoError(t, err)
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%c", "%U", "%o"} {
		fmt.Fprintf(&shown, verb+" ", s)
		fmt.Fprintf(&shown, verb+" ", &s)
		fmt.Fprintf(&shown, verb+" ", []webhooknotify.Secret{s})
	}
	slog.New(slog.NewTextHandler(&shown, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", slog.Any("secret", s))
	slog.New(slog.NewJSONHandler(&shown, nil)).LogAttrs(t.Context(), slog.LevelInfo, "x", slog.Any("secret", s))
	text, err := json.Marshal(map[string]any{"secret": s})
	require.NoError(t, err)
	shown.Write(text)
	for _, form := range []string{"MfKQ9r8G", fmt.Sprintf("%x", key)[:8], fmt.Sprintf("%X", key)[:8], fmt.Sprint(key)[1:8], string(key)} {
		assert.NotContains(t, shown.String(), form)
	}
}

func TestID(t *testing.T) {
	t.Parallel()
	a := webhooknotify.ID("incident-1.4/ada@webhook")
	assert.Equal(t, a, webhooknotify.ID("incident-1.4/ada@webhook"))
	assert.Equal(t, "msg_FkuQ1Mdo8b-x8aSOH8wVQ9wqpCTFzY1KiEeLza7Szj4", a, "it must never change: receivers know it")
	assert.NotEqual(t, a, webhooknotify.ID("incident-1.4/ada@webhoo"))
}

// What is taken for a secret is one that the reference reads the same way, and
// signs the same with; nothing else gets through.
func FuzzSecretsAreThoseOfTheReference(f *testing.F) {
	for _, s := range []string{secret, encoded(24), encoded(64), encoded(65), "whsec_", "whsec_AAAA\n", "", "whsk_" + encoded(32)} {
		f.Add(s, "msg_1", int64(1614265330), []byte("{}"))
	}
	f.Fuzz(func(t *testing.T, text, id string, seconds int64, body []byte) {
		s, err := webhooknotify.ParseSecret(text)
		if err != nil {
			return
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
		if err != nil || len(key) < 24 || len(key) > 64 || "whsec_"+base64.StdEncoding.EncodeToString(key) != text {
			t.Fatalf("taken for a secret: %q", text)
		}
		reference, err := standardwebhooks.NewWebhook(text)
		if err != nil {
			t.Fatalf("the reference refuses %q: %v", text, err)
		}
		want, err := reference.Sign(id, time.Unix(seconds, 0), body)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Sign(id, time.Unix(seconds, 0), body); got != want {
			t.Fatalf("signed %q, the reference %q", got, want)
		}
	})
}

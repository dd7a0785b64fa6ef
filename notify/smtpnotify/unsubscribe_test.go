package smtpnotify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify/smtpnotify"
)

const unsubscribeBase = "https://acme.example/leave"

// leaver records who left.
type leaver struct {
	left []smtpnotify.Unsubscribed
	err  error
	log  bytes.Buffer
}

func (l *leaver) unsubscriber(t testing.TB, opts *smtpnotify.UnsubscriberOptions, keys ...[]byte) *smtpnotify.Unsubscriber {
	t.Helper()
	if len(keys) == 0 {
		keys = [][]byte{key(1)}
	}
	if opts == nil {
		opts = &smtpnotify.UnsubscriberOptions{}
	}
	opts.Logger = slog.New(slog.NewTextHandler(&l.log, nil))
	u, err := smtpnotify.NewUnsubscriber(unsubscribeBase, keys, func(_ context.Context, who smtpnotify.Unsubscribed) error {
		l.left = append(l.left, who)
		return l.err
	}, opts)
	require.NoError(t, err)
	return u
}

var who = smtpnotify.Unsubscribed{Space: "acme", Recipient: "anna.meier", List: "updates/\x00 and more"}

// one sends a request and checks what must hold of every answer.
func one(t testing.TB, h http.Handler, method, link, contentType, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, link, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, field := range []string{"Set-Cookie", "Location", "Www-Authenticate"} {
		assert.Empty(t, w.Header().Get(field), "RFC 8058 section 3")
	}
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	assert.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"), "the address is the secret")
	assert.NotContains(t, w.Body.String(), "anna.meier")
	return w
}

const form = "application/x-www-form-urlencoded"

func TestUnsubscribing(t *testing.T) {
	t.Parallel()
	multi, multiType := func() (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		require.NoError(t, w.WriteField("List-Unsubscribe", "One-Click"))
		require.NoError(t, w.Close())
		return b.String(), w.FormDataContentType()
	}()
	for _, c := range []struct {
		name, method, contentType, body string
		status, left                    int
		page                            string
	}{
		{"a mail program, as RFC 8058 prefers", http.MethodPost, multiType, multi, 200, 1, "You are unsubscribed"},
		{"a mail program, as Gmail does", http.MethodPost, form, "List-Unsubscribe=One-Click", 200, 1, "You are unsubscribed"},
		{"a scanner or a person who looks", http.MethodGet, "", "", 200, 0, `<form method="post">`},
		{"a scanner that asks for the header", http.MethodHead, "", "", 200, 0, ""},
		{"a body that says nothing", http.MethodPost, form, "", 400, 0, "That did not work"},
		{"a body that says something else", http.MethodPost, form, "List-Unsubscribe=Two-Clicks", 400, 0, "That did not work"},
		{"no form", http.MethodPost, "application/json", `{"List-Unsubscribe":"One-Click"}`, 400, 0, "That did not work"},
		{"a huge body", http.MethodPost, form, "a=" + strings.Repeat("x", 1<<20) + "&List-Unsubscribe=One-Click", 400, 0, "That did not work"},
		{"another method", http.MethodDelete, "", "", 405, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &leaver{}
			u := l.unsubscriber(t, nil)
			link := u.URL(who)
			w := one(t, u, c.method, link, c.contentType, c.body)
			assert.Equal(t, c.status, w.Code)
			assert.Len(t, l.left, c.left)
			for _, left := range l.left {
				assert.Equal(t, who, left)
			}
			if c.method == http.MethodHead {
				assert.Zero(t, w.Body.Len())
			}
			assert.Contains(t, w.Body.String(), c.page)
		})
	}
	t.Run("a query asks for nothing", func(t *testing.T) {
		t.Parallel()
		l := &leaver{}
		u := l.unsubscriber(t, nil)
		w := one(t, u, http.MethodPost, u.URL(who)+"?List-Unsubscribe=One-Click", form, "")
		assert.Equal(t, http.StatusBadRequest, w.Code)
		assert.Empty(t, l.left)
	})
	t.Run("the button of the page does what it says", func(t *testing.T) {
		t.Parallel()
		l := &leaver{}
		u := l.unsubscriber(t, nil)
		page := one(t, u, http.MethodGet, u.URL(who), "", "").Body.String()
		assert.Contains(t, page, `<input type="hidden" name="List-Unsubscribe" value="One-Click">`)
		w := one(t, u, http.MethodPost, u.URL(who), form, url.Values{"List-Unsubscribe": {"One-Click"}}.Encode())
		assert.Equal(t, http.StatusOK, w.Code)
		assert.NotContains(t, w.Body.String(), "<form")
		one(t, u, http.MethodPost, u.URL(who), form, "List-Unsubscribe=One-Click")
		assert.Len(t, l.left, 2, "a repeat is the host's to take in its stride")
	})
	t.Run("the host cannot now", func(t *testing.T) {
		t.Parallel()
		l := &leaver{err: errors.New("secret of the database")}
		u := l.unsubscriber(t, nil)
		w := one(t, u, http.MethodPost, u.URL(who), form, "List-Unsubscribe=One-Click")
		assert.Equal(t, http.StatusInternalServerError, w.Code)
		assert.NotContains(t, w.Body.String(), "secret")
		assert.Contains(t, w.Body.String(), "Try again", "with a button")
		assert.Contains(t, l.log.String(), "secret of the database", "operators see it")
	})
}

func TestUnsubscribeLinks(t *testing.T) {
	t.Parallel()
	l := &leaver{}
	u := l.unsubscriber(t, nil)
	link := u.URL(who)
	assert.True(t, strings.HasPrefix(link, unsubscribeBase+"/"))
	assert.NotContains(t, link, "anna")
	assert.NotEqual(t, link, u.URL(who), "two links of one person tell nobody that they are")
	assert.Less(t, len(link), 300)

	token := link[strings.LastIndexByte(link, '/')+1:]
	other := (&leaver{}).unsubscriber(t, nil, key(2)).URL(who)
	for name, forged := range map[string]string{
		"no token": unsubscribeBase + "/", "changed": link[:len(link)-2] + "AA", "cut": link[:len(link)-1], "of another key": other,
		"plain": unsubscribeBase + "/anna.meier", "in the query": unsubscribeBase + "/?" + token, "long": unsubscribeBase + "/" + strings.Repeat("A", 10000),
		"of a bounce": unsubscribeBase + "/" + newNotifier(t, "mx.example:587", &smtpnotify.Options{Keys: [][]byte{key(1)}}).Seal("d-1"),
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			w := one(t, u, method, forged, form, "List-Unsubscribe=One-Click")
			assert.Equal(t, http.StatusNotFound, w.Code, name)
			assert.NotContains(t, w.Body.String(), "<form", name)
		}
	}
	assert.Empty(t, l.left)

	mounted := http.NewServeMux()
	mounted.Handle("/elsewhere/", http.StripPrefix("/elsewhere", u))
	one(t, mounted, http.MethodPost, "https://other.example/elsewhere/"+token, form, "List-Unsubscribe=One-Click")
	assert.Equal(t, []smtpnotify.Unsubscribed{who}, l.left, "wherever it is mounted")

	rotated := l.unsubscriber(t, nil, key(9), key(1))
	assert.Equal(t, http.StatusOK, one(t, rotated, http.MethodGet, link, "", "").Code, "old links work while their key is kept")

	d := delivery("d-1")
	d.Message.Unsubscribe = link
	assert.Equal(t, "<"+link+">", header(t, d, nil).Get("List-Unsubscribe"), "it fits into the header")
}

func TestUnsubscribePages(t *testing.T) {
	t.Parallel()
	l := &leaver{}
	u := l.unsubscriber(t, &smtpnotify.UnsubscriberOptions{
		Brand: "Acme <&> Söhne",
		Title: func(list, language string) string {
			return map[string]string{"updates en": "status updates & <more>", "updates de": "Meldungen zum Betrieb"}[list+" "+language]
		},
	})
	link := u.URL(smtpnotify.Unsubscribed{Recipient: "c-1", List: "updates"})
	for _, c := range []struct {
		name, link, accept string
		want               []string
	}{
		{"English", link, "en", []string{`<html lang="en">`, "stop receiving <strong>status updates &amp; &lt;more&gt;</strong>?", "Acme &lt;&amp;&gt; Söhne"}},
		{"German", link, "de-AT,en;q=0.5", []string{`<html lang="de">`, "Möchten Sie <strong>Meldungen zum Betrieb</strong> nicht mehr erhalten?", ">Abmelden</button>"}},
		{"a language that there is none of", link, "fr", []string{`<html lang="en">`}},
		{"asked for", link + "?lang=de", "en", []string{`<html lang="de">`}},
		{"a list without a name", u.URL(smtpnotify.Unsubscribed{Recipient: "c-1", List: "x"}), "en", []string{"<strong>these e-mails</strong>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := one(t, u, http.MethodGet, c.link, "", "", "Accept-Language", c.accept)
			assert.Equal(t, "Accept-Language", w.Header().Get("Vary"))
			for _, s := range c.want {
				assert.Contains(t, w.Body.String(), s)
			}
		})
	}
	w := one(t, u, http.MethodPost, link, form, "List-Unsubscribe=One-Click", "Accept-Language", "de")
	assert.Contains(t, w.Body.String(), "Sie erhalten <strong>Meldungen zum Betrieb</strong> nicht mehr.")
}

func TestNewUnsubscriberRefuses(t *testing.T) {
	t.Parallel()
	leave := func(context.Context, smtpnotify.Unsubscribed) error { return nil }
	for _, base := range []string{"", "http://acme.example/u", "acme.example/u", "https:///u", "https://acme.example/u?a=b", "https://acme.example/u#a", "https://ada:secret@acme.example/u", "https://acme.example/%zz"} {
		_, err := smtpnotify.NewUnsubscriber(base, [][]byte{key(1)}, leave, nil)
		require.ErrorContains(t, err, "https", base)
		assert.NotContains(t, err.Error(), "secret")
	}
	_, err := smtpnotify.NewUnsubscriber(unsubscribeBase, nil, leave, nil)
	require.ErrorContains(t, err, "no key")
	_, err = smtpnotify.NewUnsubscriber(unsubscribeBase, [][]byte{key(1)}, nil, nil)
	require.ErrorContains(t, err, "who left")
}

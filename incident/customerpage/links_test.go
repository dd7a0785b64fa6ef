package customerpage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/incident/customerpage"
)

func newLinks(t testing.TB, clock *time.Time, life time.Duration, keys ...[]byte) *customerpage.Links {
	t.Helper()
	l, err := customerpage.NewLinks(baseURL, keys, &customerpage.LinksOptions{Life: life, Now: func() time.Time { return *clock }})
	require.NoError(t, err)
	return l
}

func tokenOf(t testing.TB, address string) string {
	t.Helper()
	token, ok := strings.CutPrefix(address, baseURL)
	require.True(t, ok, address)
	return token
}

func TestLinksCarryWhatTheyWereMadeFor(t *testing.T) {
	t.Parallel()
	clock := now.Add(700 * time.Millisecond)
	l := newLinks(t, &clock, 0, key(1))
	for _, c := range [][3]string{
		{"acme", "inc-7", "c-31"},
		{"", "", ""},
		{"a", "b\x00c", "d"},
		{"a", "b", "c\x00d"},
		{"acme", "inc-7~c-31", "Zoë/?#%"},
		{strings.Repeat("s", 900), strings.Repeat("r", 1000), strings.Repeat("c", 1000)},
	} {
		address := l.URL(c[0], c[1], c[2])
		token := tokenOf(t, address)
		link, err := l.Open(token)
		require.NoError(t, err)
		assert.Equal(t, customerpage.Link{Space: c[0], Record: c[1], Customer: c[2], Issued: now}, link)
		assert.Empty(t, strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), "nothing to escape")
		assert.NotEqual(t, address, l.URL(c[0], c[1], c[2]), "two links to one page tell nobody that they are")
	}
	assert.NotContains(t, strings.ToLower(l.URL("acme", "inc-7", "customer-31")), "customer-31")
}

func TestLinksExpire(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		life time.Duration
		age  time.Duration
		want error
	}{
		{"by default they are good for 90 days", 0, 90*24*time.Hour - time.Second, nil},
		{"and no longer", 0, 90 * 24 * time.Hour, customerpage.ErrExpired},
		{"a life of one's own", time.Hour, time.Hour - time.Second, nil},
		{"and its end", time.Hour, time.Hour, customerpage.ErrExpired},
		{"a clock that is a little ahead does no harm", time.Hour, -4 * time.Minute, nil},
		{"one that is far ahead made a link that could not be revoked", time.Hour, -6 * time.Minute, customerpage.ErrExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := now
			l := newLinks(t, &clock, c.life, key(1))
			token := tokenOf(t, l.URL("acme", "inc-7", "c-31"))
			clock = now.Add(c.age)
			_, err := l.Open(token)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func TestLinksRotateTheirKeys(t *testing.T) {
	t.Parallel()
	clock := now
	before, during, after := newLinks(t, &clock, 0, key(1)), newLinks(t, &clock, 0, key(2), key(1)), newLinks(t, &clock, 0, key(2))
	old, fresh := tokenOf(t, before.URL("a", "b", "c")), tokenOf(t, during.URL("a", "b", "c"))
	_, err := during.Open(old)
	require.NoError(t, err, "old links work while their key is kept")
	_, err = after.Open(fresh)
	require.NoError(t, err, "the first key seals")
	_, err = after.Open(old)
	assert.ErrorIs(t, err, customerpage.ErrInvalid)
}

func TestLinksRefuseWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	clock := now
	l := newLinks(t, &clock, 0, key(1))
	token := tokenOf(t, l.URL("acme", "inc-7", "c-31"))
	for name, forged := range map[string]string{
		"empty": "", "cut short": token[:len(token)-4], "longer": token + "AAAA", "altered": flip(token), "of another key": tokenOf(t, newLinks(t, &clock, 0, key(2)).URL("acme", "inc-7", "c-31")),
		"garbage": "x y?/z", "long": strings.Repeat("A", 1<<20),
	} {
		got, err := l.Open(forged)
		assert.ErrorIs(t, err, customerpage.ErrInvalid, name)
		assert.Zero(t, got, name)
	}
}

// flip changes one letter in the middle.
func flip(token string) string {
	i := len(token) / 2
	other := byte('A')
	if token[i] == other {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}

func TestNewLinksTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, base string
		keys       [][]byte
		opts       *customerpage.LinksOptions
		want       string
	}{
		{"no address", "", [][]byte{key(1)}, nil, "no web address"},
		{"a path alone", "/yours/", [][]byte{key(1)}, nil, "no web address"},
		{"a mail address", "mailto:a@acme.example", [][]byte{key(1)}, nil, "no web address"},
		{"a query", "https://acme.example/?t=", [][]byte{key(1)}, nil, "query"},
		{"a fragment", "https://acme.example/#", [][]byte{key(1)}, nil, ""},
		{"a user", "https://ada@acme.example/", [][]byte{key(1)}, nil, "user"},
		{"not encrypted", "http://acme.example/yours/", [][]byte{key(1)}, nil, "want https"},
		{"another scheme", "ftp://acme.example/yours/", [][]byte{key(1)}, &customerpage.LinksOptions{Insecure: true}, "want https"},
		{"not encrypted on purpose", "http://acme.example/yours/", [][]byte{key(1)}, &customerpage.LinksOptions{Insecure: true}, ""},
		{"this machine", "http://localhost:8080/yours", [][]byte{key(1)}, nil, ""},
		{"this machine by number", "http://[::1]:8080", [][]byte{key(1)}, nil, ""},
		{"no key", baseURL, nil, nil, "no key"},
		{"a short key", baseURL, [][]byte{[]byte("short")}, nil, "5 bytes"},
		{"a negative life", baseURL, [][]byte{key(1)}, &customerpage.LinksOptions{Life: -1}, "Life"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := customerpage.NewLinks(c.base, c.keys, c.opts)
			if c.want == "" {
				require.NoError(t, err)
				assert.True(t, strings.HasPrefix(l.URL("a", "b", "c"), strings.TrimSuffix(strings.TrimSuffix(c.base, "#"), "/")+"/"))
				return
			}
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), string(key(1)))
		})
	}
}

// FuzzLinksNeverAcceptForged has no link of its key among its seeds, so whatever opens is forged.
func FuzzLinksNeverAcceptForged(f *testing.F) {
	clock := now
	l := newLinks(f, &clock, 0, key(1))
	other := newLinks(f, &clock, 0, key(2))
	f.Add(tokenOf(f, other.URL("acme", "inc-7", "c-31")))
	f.Add("")
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, token string) {
		if link, err := l.Open(token); err == nil || link != (customerpage.Link{}) {
			t.Fatalf("opened %q: %+v", token, link)
		}
	})
}

package notify_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/amends-dev/amends/notify"
	"github.com/amends-dev/amends/notify/notifytest"
)

func TestGlobalAddr(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, addr string
		want       bool
	}{
		{"public", "93.184.215.14", true},
		{"public, IPv6", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", true},
		{"public, as IPv6", "::ffff:93.184.215.14", true},
		{"public, behind NAT64", "64:ff9b::93.184.215.14", true},
		{"beside the carriers'", "100.128.0.1", true},
		{"beside the private", "172.32.0.1", true},
		{"loopback", "127.0.0.1", false},
		{"loopback, elsewhere", "127.255.255.254", false},
		{"loopback, IPv6", "::1", false},
		{"loopback, as IPv6", "::ffff:127.0.0.1", false},
		{"loopback, IPv4-compatible", "::127.0.0.1", false},
		{"loopback, behind NAT64", "64:ff9b::7f00:1", false},
		{"loopback, in 6to4", "2002:7f00:1::", false},
		{"loopback, in Teredo", "2001:0:7f00:1::80ff:fffe", false},
		{"private behind a network's own NAT64", "64:ff9b:1::10.0.0.1", false},
		{"unspecified", "0.0.0.0", false},
		{"unspecified, IPv6", "::", false},
		{"this network", "0.1.2.3", false},
		{"private 10", "10.0.0.1", false},
		{"private 172", "172.16.0.1", false},
		{"private 192", "192.168.1.1", false},
		{"private behind NAT64", "64:ff9b::10.0.0.1", false},
		{"unique local", "fc00::1", false},
		{"unique local, fd", "fd12:3456::1", false},
		{"link-local", "169.254.1.1", false},
		{"link-local, IPv6", "fe80::1", false},
		{"link-local with a zone", "fe80::1%eth0", false},
		{"public with a zone", "2606:2800::1%eth0", false},
		{"site-local", "fec0::1", false},
		{"carriers'", "100.64.0.1", false},
		{"metadata", "169.254.169.254", false},
		{"metadata, IPv6", "fd00:ec2::254", false},
		{"metadata among the carriers'", "100.100.100.200", false},
		{"metadata among protocol assignments", "192.0.0.192", false},
		{"metadata that looks public", "168.63.129.16", false},
		{"benchmarks", "198.18.0.1", false},
		{"benchmarks, IPv6", "2001:2::1", false},
		{"documentation", "203.0.113.7", false},
		{"documentation, IPv6", "2001:db8::1", false},
		{"documentation, IPv6, new", "3fff::1", false},
		{"multicast", "224.0.0.1", false},
		{"multicast, IPv6", "ff02::1", false},
		{"broadcast", "255.255.255.255", false},
		{"reserved", "240.0.0.1", false},
		{"segment routing", "5f00::1", false},
		{"discard", "100::1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, notify.GlobalAddr(netip.MustParseAddr(c.addr)))
		})
	}
	assert.False(t, notify.GlobalAddr(netip.Addr{}))
}

// What net/netip calls other than global must never be let through, in any of
// the forms in which an IPv4 address can be written.
func FuzzGuardLetsNothingInternalThrough(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "10.0.0.1", "::1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "fe80::1", "ff02::1", "2002:7f00:1::", "93.184.215.14", "2606:2800::1"} {
		f.Add(netip.MustParseAddr(s).AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok || !notify.GlobalAddr(a) {
			return
		}
		look := []netip.Addr{a, a.Unmap()}
		if b := a.As16(); a.Is6() {
			for _, at := range []int{2, 4, 12} { // 6to4, ISATAP and Teredo, mapped and NAT64
				if at == 12 && (a.Is4In6() || netip.MustParsePrefix("64:ff9b::/96").Contains(a)) ||
					at == 2 && b[0] == 0x20 && b[1] == 0x02 || at == 4 && b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0 {
					look = append(look, netip.AddrFrom4([4]byte(b[at:])))
				}
			}
		}
		for _, x := range look {
			if !x.IsGlobalUnicast() || x.IsPrivate() || x.IsLoopback() || x.IsLinkLocalUnicast() || x.IsMulticast() || x.IsUnspecified() {
				t.Fatalf("%v is let through, and hides %v", a, x)
			}
		}
	})
}

func TestHTTPGuard(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)

	send := func(t *testing.T, address string, resolver *net.Resolver) error {
		t.Helper()
		h := notify.NewHTTP(jsonTo(address), &notify.HTTPOptions{Resolver: resolver, Independent: true})
		t.Cleanup(h.CloseIdleConnections)
		_, err := h.Notify(t.Context(), message("d-1"))
		return err
	}
	blocked := func(t *testing.T, err error) {
		t.Helper()
		require.ErrorIs(t, err, notify.ErrInternal)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Lasting, class, "another attempt would meet the same")
		assert.Contains(t, err.Error(), "set Internal")
		assert.NotContains(t, err.Error(), "127.0.0.1")
		assert.NotContains(t, err.Error(), "hooks.example")
	}

	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::]", "169.254.169.254", "[64:ff9b::7f00:1]", "[fe80::1%25lo]"} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			blocked(t, send(t, "http://"+host+":"+u.Port()+"/", nil))
		})
	}
	t.Run("a name that leads inside", func(t *testing.T) {
		t.Parallel()
		blocked(t, send(t, "http://hooks.example:"+u.Port()+"/", notifytest.Resolver(t, "127.0.0.1")))
	})
	t.Run("a name that is public when it is looked at, and loopback when it is used", func(t *testing.T) {
		t.Parallel()
		resolver := notifytest.Resolver(t, "93.184.215.14", "127.0.0.1")
		looked, err := resolver.LookupNetIP(t.Context(), "ip4", "hooks.example")
		require.NoError(t, err)
		require.Len(t, looked, 1)
		require.True(t, notify.GlobalAddr(looked[0]), "at this point it looks harmless")
		blocked(t, send(t, "http://hooks.example:"+u.Port()+"/", resolver))
	})
	t.Run("a name that does not exist is a temporary failure", func(t *testing.T) {
		t.Parallel()
		pc, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		_ = pc.Close()
		err = send(t, "http://hooks.example/", &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
		}})
		require.Error(t, err)
		class, _ := notify.Classify(err)
		assert.Equal(t, notify.Temporary, class)
		assert.Equal(t, "notify: sending over HTTP: the name could not be resolved", err.Error())
	})
	t.Cleanup(func() { assert.Zero(t, calls.Load(), "an internal server was reached") })

	t.Run("a host that means its own network says so", func(t *testing.T) {
		t.Parallel()
		var reached atomic.Int64
		own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
		defer own.Close()
		_, err := poster(t, own.URL, nil).Notify(t.Context(), message("d-1"))
		require.NoError(t, err)
		assert.EqualValues(t, 1, reached.Load())
	})
}

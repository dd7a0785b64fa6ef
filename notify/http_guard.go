package notify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
)

// ErrInternal says that an address leads into our own network. Nothing was sent.
var ErrInternal = errors.New("the address is not globally reachable: set Internal if requests may go inside of our own network")

// guard runs when a socket is about to connect, with the address that is really
// used: a name that resolved elsewhere a moment before, or is a number in
// disguise, is caught too.
func guard(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !GlobalAddr(at.Addr()) {
		return fmt.Errorf("notify: connecting: %w", ErrInternal)
	}
	return nil
}

// notGlobal lists what IANA's registries of special-purpose addresses do not
// call globally reachable within the ranges that are otherwise public.
//
//nolint:gochecknoglobals // a table, never written
var notGlobal = prefixes(
	"0.0.0.0/8",        // this network (RFC 791)
	"10.0.0.0/8",       // private (RFC 1918)
	"100.64.0.0/10",    // carriers' (RFC 6598); also a metadata service
	"127.0.0.0/8",      // loopback
	"169.254.0.0/16",   // link-local (RFC 3927); also most metadata services
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments (RFC 6890); also a metadata service
	"192.0.2.0/24",     // documentation (RFC 5737)
	"192.88.99.0/24",   // relays to 6to4, given up (RFC 7526)
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks (RFC 2544)
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, with the broadcast address
	"168.63.129.16/32", // public in form, yet it is a cloud's own host service

	"2001::/23",     // protocol assignments: Teredo, benchmarks, ORCHID (RFC 2928)
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4, which embeds an IPv4 address (RFC 3056; given up, RFC 7526)
	"3fff::/20",     // documentation (RFC 9637)
)

//nolint:gochecknoglobals // never written
var (
	global6 = netip.MustParsePrefix("2000::/3")     // all of IPv6 that is assigned to the public
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // an IPv4 address behind a translator (RFC 6052)
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// GlobalAddr reports whether an address is reachable over the public internet,
// so that a request to it cannot touch our own network: not loopback, private,
// link-local, shared, multicast, reserved, nor a form that hides such an address
// (IPv4 in IPv6, NAT64, 6to4, Teredo). It is what [HTTP] asks at each connection; an earlier
// look at a name proves nothing, since its address may change in between.
func GlobalAddr(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !global6.Contains(a) {
		return false
	}
	for _, p := range notGlobal {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

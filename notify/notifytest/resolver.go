package notifytest

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
)

// Resolver returns a resolver for which every name has the next of the given
// IPv4 addresses, and the last one again and again: a name that leads somewhere
// else between a look at it and its use is two of them. It answers on loopback until the test ends.
func Resolver(t testing.TB, addrs ...string) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening for questions: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ips := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		ips[i] = netip.MustParseAddr(a)
	}
	go answerNames(conn, ips)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answerNames answers questions of DNS (RFC 1035 4.1) until conn is closed.
func answerNames(conn net.PacketConn, ips []netip.Addr) {
	const head, typeA = 12, 1
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		end := head // of the name
		for end < n && buf[end] != 0 {
			end += int(buf[end]) + 1
		}
		if end+5 > n {
			continue
		}
		reply := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, buf[head:end+5]...)
		if binary.BigEndian.Uint16(buf[end+1:]) == typeA {
			reply[7] = 1 // one answer: the name of the question, A, IN, no time to live
			reply = append(reply, 0xc0, head, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4)
			reply = append(reply, ips[0].AsSlice()...)
			if len(ips) > 1 {
				ips = ips[1:]
			}
		}
		_, _ = conn.WriteTo(reply, from)
	}
}

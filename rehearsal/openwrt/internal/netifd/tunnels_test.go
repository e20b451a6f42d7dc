package netifd

import (
	"fmt"
	"testing"
)

const tunnelOf = "config interface wg0\n option proto wireguard\n option private_key %s\n"
const peerOf = "config wireguard_wg0\n option public_key %s\n"

func TestTunnels(t *testing.T) {
	got := map[string]string{}
	tunnels := &Tunnels{Changed: func(name string, peers []string) {
		delete(got, name)
		if peers != nil {
			got[name] = fmt.Sprint(peers)
		}
	}}
	expect := func(what, want string) {
		t.Helper()
		if got["wg0"] != want {
			t.Errorf("%s: %q, not %q", what, got["wg0"], want)
		}
	}
	first := parse(t, fmt.Sprintf(tunnelOf+peerOf, "key", "one"))
	tunnels.Reload(first)
	expect("a protocol that came after the start is unknown", "")
	tunnels = &Tunnels{Protocols: []string{wireguard}, Changed: tunnels.Changed}
	tunnels.Reload(first)
	expect("it is up", "[one]")

	second := parse(t, fmt.Sprintf(tunnelOf+peerOf, "key", "two"))
	tunnels.Reload(second)
	expect("a reload does not look at peers", "[one]")
	tunnels.Up(second, "wg0")
	expect("what is up stays as it is", "[one]")
	tunnels.Down("wg0")
	expect("it is down", "")
	tunnels.Reload(second)
	expect("a reload does not start what somebody has ended", "")
	tunnels.Up(second, "wg0")
	expect("peers are read when it comes up", "[two]")

	tunnels.Reload(parse(t, fmt.Sprintf(tunnelOf, "other")))
	expect("another key of its own is seen", "[]")
	tunnels.Reload(parse(t, "config interface wg0\n option proto none\n"))
	expect("it is gone", "")
	if tunnels.Up(second, "wg0") || tunnels.Down("wg0") {
		t.Error("what is gone can neither be started nor ended")
	}
}

package netifd

import (
	"slices"
	"strings"

	"homelab/openwrt/internal/uci"
)

// Tunnels are the WireGuard interfaces, less WireGuard itself. netifd knows the protocols that were there when it started. Of an
// interface it compares on a reload what its protocol names; who may come in is read when the interface comes up.
type Tunnels struct {
	// Protocols that there were.
	Protocols []string
	// Changed is told the keys of those who may come in now; nil where the interface is down.
	Changed func(name string, peers []string)

	interfaces map[string]*tunnel
}

type tunnel struct {
	compared      string
	autostart, up bool
}

const wireguard = "wireguard"

// Reload brings the interfaces in line with the configuration, as far as netifd sees that they differ.
func (t *Tunnels) Reload(network *uci.Package) {
	found := map[string]*tunnel{}
	for _, section := range network.OfType("interface") {
		if section.One("proto") != wireguard || section.One("disabled") == "1" {
			continue
		}
		var compared []string
		for _, option := range []string{"private_key", "listen_port", "mtu", "fwmark", "auto"} {
			compared = append(compared, section.One(option))
		}
		now := &tunnel{compared: strings.Join(compared, "\n"), autostart: section.One("auto") != "0"}
		if former := t.interfaces[section.Name]; former != nil && former.compared == now.compared {
			now = former
		}
		found[section.Name] = now
	}
	former := t.interfaces
	t.interfaces = found
	for name, one := range former {
		if found[name] != one && one.up {
			t.Changed(name, nil)
		}
	}
	for name, one := range found {
		if former[name] != one && one.autostart {
			t.Up(network, name)
		}
	}
}

// Up starts an interface; false if there is none of that name. One that is up, or whose protocol is unknown, stays as it is.
func (t *Tunnels) Up(network *uci.Package, name string) bool {
	one := t.interfaces[name]
	if one == nil {
		return false
	}
	one.autostart = true
	if one.up || !slices.Contains(t.Protocols, wireguard) {
		return true
	}
	one.up = true
	peers := []string{}
	for _, section := range network.OfType(wireguard + "_" + name) {
		peers = append(peers, section.One("public_key"))
	}
	t.Changed(name, peers)
	return true
}

// Down ends an interface; false if there is none of that name.
func (t *Tunnels) Down(name string) bool {
	one := t.interfaces[name]
	if one == nil {
		return false
	}
	one.autostart = false
	if one.up {
		one.up = false
		t.Changed(name, nil)
	}
	return true
}

// Status says whether an interface is up, and whether it is meant to be; false if there is none of that name.
func (t *Tunnels) Status(name string) (up, autostart, exists bool) {
	one := t.interfaces[name]
	if one == nil {
		return false, false, false
	}
	return one.up, one.autostart, true
}

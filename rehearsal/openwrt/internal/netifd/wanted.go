// Package netifd gives the simulated device the network that its configuration says.
//
// Kernels of small machines have no VLAN tags. So a VLAN is a wire of its own here: what comes in at the port lan1 without a tag is
// the container's interface lan1, what has the tag 20 is lan1.20. A bridge that tells VLANs apart becomes one bridge for each VLAN,
// which has the name that the VLAN's device has on a real one: br-lan.20.
package netifd

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"homelab/openwrt/internal/uci"
)

const bridge = "br-lan"

// Link is a bridge of the device with what it has to have.
type Link struct {
	Name string
	// Wires that are in it, as far as the container has them.
	Wires     []string
	Addresses []netip.Prefix
	// Gateway of the default route over this link, if it has one.
	Gateway netip.Addr
}

// Wanted is what the configuration of the network comes to. The bridge itself is always part of it; where it tells VLANs apart, it
// belongs to none and nobody is at it.
func Wanted(network *uci.Package) []Link {
	links := []Link{{Name: bridge}}
	vlans := vlansOf(network)
	for _, section := range vlans {
		link := find(&links, deviceOf(section))
		for _, member := range strings.Fields(section.One("ports")) {
			port, flags, _ := strings.Cut(member, ":")
			if strings.Contains(flags, "t") {
				port += "." + section.One("vlan")
			}
			link.Wires = append(link.Wires, port)
		}
	}
	ports := portsOf(network)
	if len(vlans) == 0 {
		links[0].Wires = ports
	}
	for _, section := range network.OfType("interface") {
		device := section.One("device")
		tag, onBridge := strings.CutPrefix(device, bridge+".")
		if device != bridge && !onBridge || section.One("proto") != "static" || section.One("disabled") == "1" {
			continue
		}
		known := slices.ContainsFunc(links, func(link Link) bool { return link.Name == device })
		link := find(&links, device)
		if !known && len(vlans) == 0 {
			// A bridge that does not tell VLANs apart lets tags through at every port.
			for _, port := range ports {
				link.Wires = append(link.Wires, port+"."+tag)
			}
		}
		link.Addresses = append(link.Addresses, addresses(section)...)
		if gateway, err := netip.ParseAddr(section.One("gateway")); err == nil {
			link.Gateway = gateway
		}
	}
	return links
}

// LinkOf is the name of the device's link that an interface of the configuration is at; "" where it has none.
func LinkOf(network *uci.Package, name string) string {
	for _, section := range network.OfType("interface") {
		switch {
		case section.Name != name:
		case section.One("proto") == "wireguard":
			return name
		default:
			return section.One("device")
		}
	}
	return ""
}

// PrefixOf is the first address of an interface of the configuration.
func PrefixOf(network *uci.Package, name string) (netip.Prefix, bool) {
	for _, section := range network.OfType("interface") {
		if found := addresses(section); section.Name == name && len(found) > 0 {
			return found[0], true
		}
	}
	return netip.Prefix{}, false
}

func vlansOf(network *uci.Package) []*uci.Section {
	return slices.DeleteFunc(network.OfType("bridge-vlan"), func(section *uci.Section) bool {
		_, err := strconv.Atoi(section.One("vlan"))
		return section.One("device") != bridge || err != nil
	})
}

func deviceOf(vlan *uci.Section) string { return fmt.Sprintf("%s.%s", bridge, vlan.One("vlan")) }

func portsOf(network *uci.Package) []string {
	for _, section := range network.OfType("device") {
		if section.One("name") == bridge {
			return strings.Fields(section.One("ports"))
		}
	}
	return nil
}

func find(links *[]Link, name string) *Link {
	for i := range *links {
		if (*links)[i].Name == name {
			return &(*links)[i]
		}
	}
	*links = append(*links, Link{Name: name})
	return &(*links)[len(*links)-1]
}

// addresses of an interface: with their length, or with a mask in an option of its own.
func addresses(section *uci.Section) []netip.Prefix {
	var found []netip.Prefix
	for _, text := range strings.Fields(section.One("ipaddr")) {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			found = append(found, prefix)
		} else if address, err := netip.ParseAddr(text); err == nil {
			found = append(found, netip.PrefixFrom(address, length(section.One("netmask"))))
		}
	}
	return found
}

func length(mask string) int {
	address, err := netip.ParseAddr(mask)
	if err != nil {
		return 32
	}
	ones := 0
	for _, part := range address.AsSlice() {
		for ; part&0x80 != 0; part <<= 1 {
			ones++
		}
	}
	return ones
}

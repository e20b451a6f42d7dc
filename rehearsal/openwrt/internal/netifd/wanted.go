// Package netifd gives the simulated device the addresses that its configuration says. The device has one cable: it is in the port
// lan1 of the bridge br-lan, and the container's own interface, which has that name, stands for the bridge.
package netifd

import (
	"net/netip"
	"strconv"
	"strings"

	"homelab/openwrt/internal/uci"
)

const (
	bridge = "br-lan"
	port   = "lan1"
)

// Link is an interface of the container with what it has to have.
type Link struct {
	Name string
	// VLAN is the tag of a link on top of the bridge; 0 for the bridge itself.
	VLAN      int
	Addresses []netip.Prefix
	// Gateway of the default route over this link, if it has one.
	Gateway netip.Addr
}

// Wanted is what the configuration of the network comes to. The bridge is always part of it, with no address if the cable is in
// another VLAN than every interface: the device is then cut off, as a real one would be.
func Wanted(network *uci.Package) []Link {
	links := []Link{{Name: bridge}}
	untagged, filtered := untaggedVLAN(network)
	for _, section := range network.OfType("interface") {
		tag, ok := tagOf(section.One("device"))
		if !ok || section.One("proto") != "static" || section.One("disabled") == "1" {
			continue
		}
		if tag == 0 && filtered {
			// The bridge itself belongs to no VLAN.
			continue
		}
		if tag == untagged {
			tag = 0
		}
		link := find(&links, tag)
		link.Addresses = append(link.Addresses, addresses(section)...)
		if gateway, err := netip.ParseAddr(section.One("gateway")); err == nil {
			link.Gateway = gateway
		}
	}
	return links
}

// LinkOf is the name of the container's interface that an interface of the configuration comes to; "" for one without a cable.
func LinkOf(network *uci.Package, name string) string {
	for _, section := range network.OfType("interface") {
		tag, ok := tagOf(section.One("device"))
		if section.Name != name || !ok {
			continue
		}
		if untagged, _ := untaggedVLAN(network); tag == untagged || tag == 0 {
			return bridge
		}
		return bridge + "." + strconv.Itoa(tag)
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

// untaggedVLAN is the VLAN that the cable's untagged frames belong to, and whether the bridge tells VLANs apart at all.
func untaggedVLAN(network *uci.Package) (int, bool) {
	filtered := false
	for _, section := range network.OfType("bridge-vlan") {
		if section.One("device") != bridge {
			continue
		}
		filtered = true
		for _, member := range strings.Fields(section.One("ports")) {
			name, flags, _ := strings.Cut(member, ":")
			if tag, err := strconv.Atoi(section.One("vlan")); name == port && !strings.Contains(flags, "t") && err == nil {
				return tag, true
			}
		}
	}
	return 0, filtered
}

// tagOf is the VLAN of a device on the bridge, 0 for the bridge; false for other devices, which have no cable.
func tagOf(device string) (int, bool) {
	if device == bridge {
		return 0, true
	}
	tag, err := strconv.Atoi(strings.TrimPrefix(device, bridge+"."))
	return tag, err == nil && strings.HasPrefix(device, bridge+".")
}

func find(links *[]Link, tag int) *Link {
	for i := range *links {
		if (*links)[i].VLAN == tag {
			return &(*links)[i]
		}
	}
	*links = append(*links, Link{Name: bridge + "." + strconv.Itoa(tag), VLAN: tag})
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

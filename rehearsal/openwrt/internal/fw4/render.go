// Package fw4 makes rules for the kernel of what the configuration says about the firewall, as far as a home lab uses it: who may come
// in from which zone, what is passed on between zones, and what changes its address on the way.
package fw4

import (
	"fmt"
	"strings"

	"homelab/openwrt/internal/netifd"
	"homelab/openwrt/internal/uci"
)

// zone is a zone with the links that its networks are at.
type zone struct {
	*uci.Section
	name  string
	links []string
}

// Render gives the rules in nft's language. Values go in as they are: a wrong one makes nft refuse all of it.
func Render(firewall, network *uci.Package) string {
	zones := zonesOf(firewall, network)
	var chains, inputs, forwards, masquerades strings.Builder
	for _, from := range zones {
		fmt.Fprintf(&chains, "\tchain input_%s {\n%s\t\t%s comment \"zone %s\"\n\t}\n", from.name,
			rules(firewall, from, nil), verdict(from.One("input")), from.name)
		fmt.Fprintf(&chains, "\tchain forward_%s {\n%s%s\t}\n", from.name, rules(firewall, from, zones), forwardings(firewall, from, zones))
		if len(from.links) == 0 {
			continue
		}
		fmt.Fprintf(&inputs, "\t\tiifname %s jump input_%s\n", names(from.links), from.name)
		fmt.Fprintf(&forwards, "\t\tiifname %s jump forward_%s\n", names(from.links), from.name)
		if from.One("masq") == "1" {
			fmt.Fprintf(&masquerades, "\t\toifname %s masquerade\n", names(from.links))
		}
	}
	input, forward := "accept", "drop"
	if defaults := firewall.OfType("defaults"); len(defaults) > 0 {
		input, forward = verdict(defaults[0].One("input")), verdict(defaults[0].One("forward"))
	}
	return fmt.Sprintf(`table inet fw4
flush table inet fw4
table inet fw4 {
	chain input {
		type filter hook input priority filter; policy accept;
		iifname "lo" accept
		ct state established,related accept
%s		%s comment "defaults"
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ct status dnat accept
%s		%s comment "defaults"
	}
	chain dstnat {
		type nat hook prerouting priority dstnat; policy accept;
%s	}
	chain srcnat {
		type nat hook postrouting priority srcnat; policy accept;
%s	}
%s}
`, inputs.String(), input, forwards.String(), forward, redirects(firewall, zones), masquerades.String(), chains.String())
}

func zonesOf(firewall, network *uci.Package) []zone {
	var zones []zone
	for _, section := range firewall.OfType("zone") {
		found := zone{Section: section, name: section.One("name")}
		for _, member := range strings.Fields(section.One("network")) {
			if link := netifd.LinkOf(network, member); link != "" {
				found.links = append(found.links, link)
			}
		}
		zones = append(zones, found)
	}
	return zones
}

// rules from a zone: to the device itself, or, with `zones`, to those that they name.
func rules(firewall *uci.Package, from zone, zones []zone) string {
	var lines strings.Builder
	for _, rule := range firewall.OfType("rule") {
		isOurs := rule.One("src") == from.name || rule.One("src") == "*"
		dest := rule.One("dest")
		if !isOurs || rule.One("enabled") == "0" || (dest == "") != (zones == nil) {
			continue
		}
		out, ok := outTo(dest, zones)
		if !ok {
			continue
		}
		for _, protocol := range protocolsOf(rule) {
			lines.WriteString(line(rule, protocol, out))
		}
	}
	return lines.String()
}

// forwardings are what a whole zone may reach; its own policy is about what stays in it.
func forwardings(firewall *uci.Package, from zone, zones []zone) string {
	var lines strings.Builder
	for _, section := range firewall.OfType("forwarding") {
		if section.One("src") != from.name || section.One("enabled") == "0" {
			continue
		}
		if out, ok := outTo(section.One("dest"), zones); ok {
			fmt.Fprintf(&lines, "\t\t%saccept comment \"to %s\"\n", out, section.One("dest"))
		}
	}
	if len(from.links) > 0 {
		fmt.Fprintf(&lines, "\t\toifname %s %s comment \"zone %s\"\n", names(from.links), verdict(from.One("forward")), from.name)
	}
	return lines.String()
}

// outTo matches what leaves for a zone; false if nothing can.
func outTo(dest string, zones []zone) (string, bool) {
	if dest == "" || dest == "*" {
		return "", true
	}
	for _, to := range zones {
		if to.name == dest && len(to.links) > 0 {
			return "oifname " + names(to.links) + " ", true
		}
	}
	return "", false
}

// redirects are what is reachable from a zone at the device's own address.
func redirects(firewall *uci.Package, zones []zone) string {
	var lines strings.Builder
	for _, redirect := range firewall.OfType("redirect") {
		for _, from := range zones {
			if from.name != redirect.One("src") || len(from.links) == 0 || redirect.One("enabled") == "0" {
				continue
			}
			// Without a port of its own the destination is asked at the same.
			to := redirect.One("dest_ip")
			if port := redirect.One("dest_port"); port != "" {
				to += ":" + port
			}
			for _, protocol := range protocolsOf(redirect) {
				fmt.Fprintf(&lines, "\t\tiifname %s meta nfproto ipv4 %s dport %s dnat ip to %s comment %q\n", names(from.links), protocol,
					redirect.One("src_dport"), to, redirect.One("name"))
			}
		}
	}
	return lines.String()
}

func verdict(target string) string {
	switch strings.ToUpper(target) {
	case "":
		return "drop"
	case "ACCEPT", "DROP", "REJECT":
		return strings.ToLower(target)
	}
	return target
}

// protocolsOf a rule; without one it means TCP and UDP, as fw4 has it.
func protocolsOf(rule *uci.Section) []string {
	var protocols []string
	for _, protocol := range strings.Fields(rule.One("proto")) {
		if protocol == "tcpudp" {
			protocols = append(protocols, "tcp", "udp")
			continue
		}
		protocols = append(protocols, protocol)
	}
	if len(protocols) == 0 {
		return []string{"tcp", "udp"}
	}
	return protocols
}

func line(rule *uci.Section, protocol, out string) string {
	words := []string{}
	switch protocol {
	case "all", "any":
	case "icmp":
		words = append(words, "meta l4proto { icmp, ipv6-icmp }")
	default:
		words = append(words, "meta l4proto "+protocol)
	}
	isAddressed := false
	for _, side := range [][2]string{{"src_ip", "saddr"}, {"dest_ip", "daddr"}} {
		if address := rule.One(side[0]); address != "" {
			family := "ip"
			if strings.Contains(address, ":") {
				family = "ip6"
			}
			isAddressed = true
			words = append(words, family+" "+side[1]+" "+set(address))
		}
	}
	if family := rule.One("family"); !isAddressed && (family == "ipv4" || family == "ipv6") {
		words = append(words, "meta nfproto "+family)
	}
	if mac := rule.One("src_mac"); mac != "" {
		words = append(words, "ether saddr "+set(mac))
	}
	for _, side := range [][2]string{{"src_port", "sport"}, {"dest_port", "dport"}} {
		if ports := rule.One(side[0]); ports != "" && (protocol == "tcp" || protocol == "udp") {
			words = append(words, protocol+" "+side[1]+" "+set(ports))
		}
	}
	words = append(words, verdict(rule.One("target")))
	return fmt.Sprintf("\t\t%s%s comment %q\n", out, strings.Join(words, " "), rule.One("name"))
}

func set(values string) string { return "{ " + strings.Join(strings.Fields(values), ", ") + " }" }

func names(links []string) string { return `{ "` + strings.Join(links, `", "`) + `" }` }

// Package fw4 makes rules for the kernel of what the configuration says about the firewall, as far as it concerns the device itself:
// who may come in from which zone. What would be forwarded has nowhere to go on a simulated device.
package fw4

import (
	"fmt"
	"strings"

	"homelab/openwrt/internal/netifd"
	"homelab/openwrt/internal/uci"
)

// Render gives the rules in nft's language. Values go in as they are: a wrong one makes nft refuse all of it.
func Render(firewall, network *uci.Package) string {
	var chains, jumps strings.Builder
	for _, zone := range firewall.OfType("zone") {
		name := zone.One("name")
		fmt.Fprintf(&chains, "\tchain input_%s {\n", name)
		for _, rule := range firewall.OfType("rule") {
			if (rule.One("src") == name || rule.One("src") == "*") && rule.One("dest") == "" && rule.One("enabled") != "0" {
				chains.WriteString(inputRule(rule))
			}
		}
		fmt.Fprintf(&chains, "\t\t%s comment \"zone %s\"\n\t}\n", verdict(zone.One("input")), name)
		for _, member := range strings.Fields(zone.One("network")) {
			if link := netifd.LinkOf(network, member); link != "" {
				fmt.Fprintf(&jumps, "\t\tiifname %q jump input_%s\n", link, name)
			}
		}
	}
	policy := "accept"
	if defaults := firewall.OfType("defaults"); len(defaults) > 0 {
		policy = verdict(defaults[0].One("input"))
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
%s}
`, jumps.String(), policy, chains.String())
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

// inputRule is one rule; without a protocol it means TCP and UDP, as fw4 has it.
func inputRule(rule *uci.Section) string {
	protocols := strings.Fields(rule.One("proto"))
	if len(protocols) == 0 {
		protocols = []string{"tcp", "udp"}
	}
	var lines strings.Builder
	for _, protocol := range protocols {
		if protocol == "tcpudp" {
			lines.WriteString(line(rule, "tcp") + line(rule, "udp"))
			continue
		}
		lines.WriteString(line(rule, protocol))
	}
	return lines.String()
}

func line(rule *uci.Section, protocol string) string {
	words := []string{}
	switch protocol {
	case "all", "any":
	case "icmp":
		words = append(words, "meta l4proto { icmp, ipv6-icmp }")
	default:
		words = append(words, "meta l4proto "+protocol)
	}
	if address := rule.One("src_ip"); address != "" {
		family := "ip"
		if strings.Contains(address, ":") {
			family = "ip6"
		}
		words = append(words, family+" saddr "+set(address))
	} else if family := rule.One("family"); family == "ipv4" || family == "ipv6" {
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
	return fmt.Sprintf("\t\t%s comment %q\n", strings.Join(words, " "), rule.One("name"))
}

func set(values string) string { return "{ " + strings.Join(strings.Fields(values), ", ") + " }" }

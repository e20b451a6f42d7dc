// Package dnsmasq makes dnsmasq's own configuration of what /etc/config/dhcp says, as far as a home lab uses it.
package dnsmasq

import (
	"fmt"
	"strconv"
	"strings"

	"homelab/openwrt/internal/netifd"
	"homelab/openwrt/internal/uci"
)

// Options of a `dnsmasq` section with their names in dnsmasq's own configuration.
var options = [][2]string{
	{"domain", "domain"}, {"local", "local"}, {"cachesize", "cache-size"}, {"leasefile", "dhcp-leasefile"},
	{"server", "server"}, {"address", "address"}, {"rebind_domain", "rebind-domain-ok"},
}

// Render gives the configuration. Values go in as they are: `dnsmasq --test` is there to find the wrong ones.
func Render(dhcp, network *uci.Package) string {
	var lines []string
	add := func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	for _, section := range dhcp.OfType("dnsmasq") {
		for _, option := range options {
			for _, value := range section.All(option[0]) {
				add("%s=%s", option[1], value)
			}
		}
	}
	for _, section := range dhcp.OfType("host") {
		add("dhcp-host=%s", strings.Join(without("", strings.ReplaceAll(section.One("mac"), " ", ","), section.One("ip"),
			section.One("name"), section.One("leasetime")), ","))
		if section.One("dns") == "1" {
			add("host-record=%s,%s", section.One("name"), section.One("ip"))
		}
	}
	for _, section := range dhcp.OfType("domain") {
		add("host-record=%s,%s", section.One("name"), section.One("ip"))
	}
	for _, section := range dhcp.OfType("cname") {
		add("cname=%s,%s", section.One("cname"), section.One("target"))
	}
	for _, section := range dhcp.OfType("dhcp") {
		if pool := pool(section, network); pool != "" {
			add("%s", pool)
		}
	}
	return strings.Join(append(lines, "no-resolv", "bind-dynamic", ""), "\n")
}

func without(unwanted string, words ...string) []string {
	var kept []string
	for _, word := range words {
		if word != unwanted {
			kept = append(kept, word)
		}
	}
	return kept
}

// pool is the range of addresses that an interface hands out: `start` and `limit` count from the beginning of its network.
func pool(section *uci.Section, network *uci.Package) string {
	if section.One("ignore") == "1" || section.One("start") == "" {
		return ""
	}
	prefix, ok := netifd.PrefixOf(network, section.One("interface"))
	if !ok {
		return ""
	}
	first := prefix.Masked().Addr()
	for range number(section.One("start")) {
		first = first.Next()
	}
	last := first
	for range number(section.One("limit")) - 1 {
		last = last.Next()
	}
	return fmt.Sprintf("dhcp-range=set:%s,%s,%s,%s", section.Name, first, last, section.One("leasetime"))
}

func number(text string) int {
	value, _ := strconv.Atoi(text)
	return max(value, 0)
}

package netifd

import (
	"fmt"
	"strings"
	"testing"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/uci"
)

func parse(t *testing.T, text string) *uci.Package {
	t.Helper()
	context := uci.New(&files.Disk{Root: t.TempDir()})
	pkg, err := context.Import(uci.NewInput(strings.NewReader(text)), "network", nil, true)
	if err != nil {
		t.Fatal(context.Complaint("network"))
	}
	return pkg
}

const lan = "config interface lan\n option proto static\n option ipaddr 192.168.1.1\n option netmask 255.255.254.0\n"
const vlans = `
config bridge-vlan
 option device br-lan
 option vlan 10
 list ports 'lan1:u*'
 list ports 'lan4:t'
config bridge-vlan
 option device br-lan
 option vlan 20
 list ports 'lan1:t'
 list ports 'lan3:u*'
`

func TestWanted(t *testing.T) {
	const device = "config device\n option name br-lan\n option type bridge\n list ports lan1\n list ports lan2\n"
	const both = "br-lan.10 [lan1 lan4.10] %s, br-lan.20 [lan1.20 lan3] %s"
	for name, test := range map[string]struct{ text, want string }{
		"a bridge without VLANs":          {device + lan + " option device br-lan\n", "br-lan [lan1 lan2] [192.168.1.1/23]"},
		"tags on a bridge without VLANs":  {device + lan + " option device br-lan.7\n", "br-lan [lan1 lan2] [], br-lan.7 [lan1.7 lan2.7] [192.168.1.1/23]"},
		"a VLAN":                          {lan + " option device br-lan.10\n" + vlans, "br-lan [] [], " + fmt.Sprintf(both, "[192.168.1.1/23]", "[]")},
		"a tagged VLAN":                   {lan + " option device br-lan.20\n" + vlans, "br-lan [] [], " + fmt.Sprintf(both, "[]", "[192.168.1.1/23]")},
		"a VLAN at no port":               {lan + " option device br-lan.30\n" + vlans, "br-lan [] [], " + fmt.Sprintf(both, "[]", "[]") + ", br-lan.30 [] [192.168.1.1/23]"},
		"the bridge itself beside VLANs":  {device + lan + " option device br-lan\n" + vlans, "br-lan [] [192.168.1.1/23], " + fmt.Sprintf(both, "[]", "[]")},
		"an interface that is off":        {lan + " option device br-lan\n option disabled 1\n", "br-lan [] []"},
		"an interface on another device":  {lan + " option device wan\n", "br-lan [] []"},
		"an address with its length":      {"config interface lan\n option device br-lan\n option proto static\n list ipaddr 10.0.0.1/24\n list ipaddr 10.0.1.1/25\n", "br-lan [] [10.0.0.1/24 10.0.1.1/25]"},
		"what is no address":              {"config interface lan\n option device br-lan\n option proto static\n option ipaddr nonsense\n", "br-lan [] []"},
		"an interface that asks for DHCP": {"config interface lan\n option device br-lan\n option proto dhcp\n", "br-lan [] []"},
	} {
		var got []string
		for _, link := range Wanted(parse(t, test.text)) {
			got = append(got, fmt.Sprint(link.Name, " ", link.Wires, " ", link.Addresses))
		}
		if found := strings.Join(got, ", "); found != test.want {
			t.Errorf("%s:\n%s, not\n%s", name, found, test.want)
		}
	}
}

func TestLinkOf(t *testing.T) {
	network := parse(t, lan+" option device br-lan.20\nconfig interface wan\n option device wan\nconfig interface wg0\n option proto wireguard\n")
	for name, want := range map[string]string{"lan": "br-lan.20", "wan": "wan", "wg0": "wg0", "absent": ""} {
		if got := LinkOf(network, name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}

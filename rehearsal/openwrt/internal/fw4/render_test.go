package fw4

import (
	"strings"
	"testing"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/uci"
)

func parse(t *testing.T, name, text string) *uci.Package {
	t.Helper()
	context := uci.New(&files.Disk{Root: t.TempDir()})
	pkg, err := context.Import(uci.NewInput(strings.NewReader(text)), name, nil, true)
	if err != nil {
		t.Fatal(context.Complaint(name))
	}
	return pkg
}

const network = `
config interface lan
 option device br-lan.1
config interface servers
 option device br-lan.20
config interface wan
 option device wan
`

const firewall = `
config defaults
 option input REJECT
 option forward REJECT
config zone
 option name lan
 list network lan
 option input ACCEPT
 option forward REJECT
config zone
 option name servers
 list network servers
 option input REJECT
config zone
 option name wan
 list network wan
 option masq 1
config zone
 option name nowhere
config forwarding
 option src lan
 option dest wan
config forwarding
 option src lan
 option dest nowhere
config rule
 option name 'ssh to the router'
 option src lan
 option dest_ip 10.0.0.1
 option dest_port 22
 option proto tcp
 option target ACCEPT
config rule
 option name 'the broker'
 option src lan
 option src_ip 10.0.0.9
 option dest servers
 option dest_ip 10.0.20.10
 option dest_port 8883
 list proto tcp
 option target ACCEPT
config rule
 option name 'to nobody'
 option src lan
 option dest nowhere
 option target ACCEPT
config redirect
 option name door
 option src wan
 option src_dport 443
 option dest_ip 10.0.20.11
 option dest_port 8443
 option proto tcp
`

// chain is what a chain of the rules has.
func chain(rules, name string) string {
	_, rest, _ := strings.Cut(rules, "chain "+name+" {\n")
	body, _, _ := strings.Cut(rest, "\t}\n")
	return strings.ReplaceAll(body, "\t", "")
}

func TestRender(t *testing.T) {
	rules := Render(parse(t, "firewall", firewall), parse(t, "network", network))
	for name, want := range map[string]string{
		"input_lan": `meta l4proto tcp ip daddr { 10.0.0.1 } tcp dport { 22 } accept comment "ssh to the router"
accept comment "zone lan"
`,
		"forward_lan": `oifname { "br-lan.20" } meta l4proto tcp ip saddr { 10.0.0.9 } ip daddr { 10.0.20.10 } tcp dport { 8883 } accept comment "the broker"
oifname { "wan" } accept comment "to wan"
oifname { "br-lan.1" } reject comment "zone lan"
`,
		"input_servers":   "reject comment \"zone servers\"\n",
		"forward_servers": "oifname { \"br-lan.20\" } drop comment \"zone servers\"\n",
		"forward_nowhere": "",
		"srcnat":          "type nat hook postrouting priority srcnat; policy accept;\noifname { \"wan\" } masquerade\n",
		"dstnat": `type nat hook prerouting priority dstnat; policy accept;
iifname { "wan" } meta nfproto ipv4 tcp dport 443 dnat ip to 10.0.20.11:8443 comment "door"
`,
	} {
		if got := chain(rules, name); got != want {
			t.Errorf("%s:\n%s\nnot\n%s", name, got, want)
		}
	}
	for _, line := range []string{`iifname { "br-lan.1" } jump forward_lan`, `reject comment "defaults"`, "ct status dnat accept"} {
		if !strings.Contains(chain(rules, "forward"), line) {
			t.Errorf("forward has no %s", line)
		}
	}
}

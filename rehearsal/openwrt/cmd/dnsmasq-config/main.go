// Command dnsmasq-config prints dnsmasq's configuration, made of /etc/config/dhcp and /etc/config/network.
package main

import (
	"fmt"
	"log"

	"homelab/openwrt/internal/dnsmasq"
	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/uci"
)

func main() {
	log.SetFlags(0)
	context := uci.New(files.ForProcess(-1))
	// What somebody has staged is not in force.
	context.StageOnly("/dev/null")
	var packages []*uci.Package
	for _, name := range []string{"dhcp", "network"} {
		pkg, err := context.Load(name)
		if err != nil {
			log.Fatalf("dnsmasq-config: /etc/config/%s: %v", name, err)
		}
		packages = append(packages, pkg)
	}
	fmt.Print(dnsmasq.Render(packages[0], packages[1]))
}

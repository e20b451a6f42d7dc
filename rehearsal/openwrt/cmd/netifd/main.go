// Command netifd gives the device the addresses that /etc/config/network says, once; procd runs it when that changes.
package main

import (
	"log"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/netifd"
	"homelab/openwrt/internal/uci"
)

func main() {
	log.SetFlags(0)
	context := uci.New(files.ForProcess(-1))
	// What somebody has staged is not in force.
	context.StageOnly("/dev/null")
	network, err := context.Load("network")
	if err != nil {
		log.Fatalf("netifd: /etc/config/network: %v", err)
	}
	if err := netifd.Apply(netifd.Wanted(network)); err != nil {
		log.Fatalf("netifd: %v", err)
	}
}

// Command netifd gives the device the network that /etc/config/network says: once, or, as a daemon, each time that it is told to.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/netifd"
	"homelab/openwrt/internal/uci"
)

// tunnels has a file for each tunnel that is up, with a line for each of its peers: what WireGuard would have.
const tunnels = "/var/run/wireguard"

func main() {
	log.SetFlags(0)
	network, err := load()
	if err != nil {
		log.Fatalf("netifd: /etc/config/network: %v", err)
	}
	if len(os.Args) == 1 {
		if err := netifd.Apply(netifd.Wanted(network)); err != nil {
			log.Fatalf("netifd: %v", err)
		}
		return
	}
	serve(network)
}

func serve(network *uci.Package) {
	_ = os.RemoveAll(tunnels)
	daemon := &netifd.Daemon{Tunnels: &netifd.Tunnels{Protocols: protocols(), Changed: show}, Load: load}
	daemon.Reload(network)
	listener, err := bus.Listen("netifd")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(bus.Serve(listener, daemon, new(sync.Mutex)))
}

func load() (*uci.Package, error) {
	context := uci.New(files.ForProcess(-1))
	// What somebody has staged is not in force.
	context.StageOnly("/dev/null")
	return context.Load("network")
}

// protocols that there are: its own, and those that software has brought.
func protocols() []string {
	names := []string{"none", "static", "dhcp", "dhcpv6"}
	scripts, _ := filepath.Glob("/lib/netifd/proto/*.sh")
	for _, script := range scripts {
		names = append(names, strings.TrimSuffix(filepath.Base(script), ".sh"))
	}
	return names
}

func show(name string, peers []string) {
	file := filepath.Join(tunnels, name)
	if peers == nil {
		_ = os.Remove(file)
		return
	}
	_ = os.MkdirAll(tunnels, 0o755)
	lines := ""
	for _, peer := range peers {
		lines += peer + "\n"
	}
	_ = os.WriteFile(file, []byte(lines), 0o644)
}

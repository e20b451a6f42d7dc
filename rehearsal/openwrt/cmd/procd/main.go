// Command procd is the first process of the simulated device.
package main

import (
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/procd"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	// /var is a link to /tmp, which is in memory and empty after every start.
	for _, folder := range []string{"/tmp/run", "/tmp/log", "/tmp/lock", "/tmp/state", "/tmp/etc"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			log.Fatal(err)
		}
	}
	supervisor := procd.NewSupervisor()
	daemon := procd.NewDaemon(supervisor, func(pkg string) { supervisor.Run("/sbin/config_changed", pkg) })
	listener, err := bus.Listen("procd")
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(bus.Serve(listener, daemon, new(sync.Mutex))) }()
	supervisor.Run("/etc/rc.boot")
	<-stop
}

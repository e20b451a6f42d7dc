// Command rpcd is the stand-in for OpenWrt's daemon of that name, less its plugins.
package main

import (
	"log"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/rpcd"
)

// hangup in the environment says that the program was running before and executed itself again.
const hangup = "RPC_HANGUP"

func main() {
	var lock sync.Mutex
	server := rpcd.Start(files.ForProcess(-1), time.Now, os.Getenv(hangup) == "1")
	server.Changed = tellProcd
	server.RunScript = func(script, argument string) { start(script, argument) }
	go onSignals(server, &lock)
	go runTimers(server, &lock)
	listener, err := bus.Listen("rpcd")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(bus.Serve(listener, server, &lock))
}

// tellProcd sends the event on which procd reloads services.
func tellProcd(pkg string) {
	event := message.Of([]message.Field{
		message.Named("type", "config.change"),
		message.Named("data", []message.Field{message.Named("package", pkg)}),
	})
	client := bus.Client{}
	client.Call("service", "event", event)
}

func start(script, argument string) {
	command := exec.Command(script, argument)
	if command.Start() == nil {
		go func() { _ = command.Wait() }()
	}
}

// onSignals: at a hangup the sessions go to disk and the program executes itself again, which is how plugins are loaded; any other
// end loses them.
func onSignals(server *rpcd.Server, lock sync.Locker) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	for received := range signals {
		lock.Lock()
		if received != syscall.SIGHUP {
			os.Exit(0)
		}
		server.Freeze()
		_ = os.Setenv(hangup, "1")
		log.Fatal(syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
	}
}

// runTimers wakes the server when something is due: a session that expires, a rollback.
func runTimers(server *rpcd.Server, lock sync.Locker) {
	for {
		lock.Lock()
		server.RunDue()
		wait, some := server.NextDue()
		lock.Unlock()
		if !some || wait > time.Second/10 {
			// A call may set an earlier one meanwhile.
			wait = time.Second / 10
		}
		time.Sleep(wait)
	}
}

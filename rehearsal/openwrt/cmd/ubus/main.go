// Command ubus is the stand-in for OpenWrt's program of that name.
package main

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/ubus"
)

func main() {
	os.Exit(ubus.Run(os.Args, ubus.Surroundings{
		Connect: func(socket string) (bus.Objects, error) { return bus.Connect(socket) },
		Sleep:   time.Sleep, Stdout: os.Stdout, Stderr: os.Stderr, StderrIsATerm: isTerminal(os.Stderr),
	}))
}

func isTerminal(file *os.File) bool {
	var settings syscall.Termios
	_, _, failure := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&settings)))
	return failure == 0
}

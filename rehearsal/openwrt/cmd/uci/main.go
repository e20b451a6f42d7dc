// Command uci is the stand-in for OpenWrt's program of that name.
package main

import (
	"os"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/ucicli"
)

func main() {
	os.Exit(ucicli.Run(os.Args, files.ForProcess(-1), os.Stdin, os.Stdout, os.Stderr))
}

// Command fw4 is the stand-in for OpenWrt's firewall: it renders rules and gives them to nft.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"homelab/openwrt/internal/files"
	"homelab/openwrt/internal/fw4"
	"homelab/openwrt/internal/uci"
)

func main() {
	words := slices.DeleteFunc(os.Args[1:], func(word string) bool { return word == "-q" })
	if len(words) != 1 {
		fmt.Fprintln(os.Stderr, "Usage: fw4 [-q] start|stop|reload|restart|check|print")
		os.Exit(2)
	}
	switch words[0] {
	case "start", "reload", "restart":
		nft(rules(), "-f", "-")
	case "check":
		nft(rules(), "-c", "-f", "-")
	case "print":
		fmt.Print(rules())
	case "stop":
		nft("table inet fw4\ndelete table inet fw4\n", "-f", "-")
	default:
		fmt.Fprintln(os.Stderr, "fw4: unknown command", words[0])
		os.Exit(2)
	}
}

func rules() string {
	context := uci.New(files.ForProcess(-1))
	// What somebody has staged is not in force.
	context.StageOnly("/dev/null")
	var packages []*uci.Package
	for _, name := range []string{"firewall", "network"} {
		pkg, err := context.Load(name)
		if err != nil {
			fmt.Fprintf(os.Stderr, "fw4: /etc/config/%s: %v\n", name, err)
			os.Exit(1)
		}
		packages = append(packages, pkg)
	}
	return fw4.Render(packages[0], packages[1])
}

func nft(input string, arguments ...string) {
	command := exec.Command("nft", arguments...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), os.Stdout, os.Stderr
	if command.Run() != nil {
		os.Exit(1)
	}
}

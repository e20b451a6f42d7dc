// The stand-in for Pulumi's command plugin, for machines that cannot download the official one.
package main

import (
	"homelab/plugins/internal/command"
	"homelab/plugins/internal/plugin"
)

func main() { plugin.Main(command.Provider()) }

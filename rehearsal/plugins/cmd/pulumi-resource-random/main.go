// The stand-in for Pulumi's random plugin, for machines that cannot download the official one.
package main

import (
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/random"
)

func main() { plugin.Main(random.Provider()) }

// The stand-in for Pulumi's tls plugin, for machines that cannot download the official one.
package main

import (
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/tls"
)

func main() { plugin.Main(tls.Provider()) }

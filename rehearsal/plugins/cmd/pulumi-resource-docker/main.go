// The stand-in for Pulumi's docker plugin, for machines that cannot download the official one.
package main

import (
	"homelab/plugins/internal/docker"
	"homelab/plugins/internal/plugin"
)

func main() { plugin.Main(docker.Provider()) }

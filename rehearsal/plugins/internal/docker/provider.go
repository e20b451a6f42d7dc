// Package docker stands in for the official docker plugin: its provider resource and RemoteImage. It talks to the daemon
// through the same libraries: docker's client over docker/cli's connection helper, which runs `docker system dial-stdio`
// on the host through the ssh found on PATH.
package docker

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
	"homelab/plugins/internal/version"
)

//go:embed schema.json
var schema []byte

// Provider is the docker plugin.
func Provider() plugin.Provider {
	daemon := &daemon{}
	return plugin.Provider{
		Name:       "docker",
		Version:    version.Docker,
		Schema:     schema,
		Resources:  map[string]plugin.Resource{"docker:index/remoteImage:RemoteImage": remoteImage{daemon}},
		DiffConfig: diffConfig,
		Configure:  daemon.configure,
	}
}

// diffConfig updates the provider in place, whatever changes: its resources stay the same, also with another host.
func diffConfig(old, new value.Object) plugin.Diff {
	var diff plugin.Diff
	for _, name := range []string{"host", "sshOpts"} {
		if !value.Equal(old[name], new[name]) {
			diff.Changed = append(diff.Changed, name)
		}
	}
	return diff
}

// settings are the inputs of the provider that the lab uses.
type settings struct {
	// host is a URL: ssh://user@host[:port], or what else docker's client takes.
	host string
	// sshOpts are arguments for ssh, before the host.
	sshOpts []string
}

func parseSettings(inputs value.Object) (settings, error) {
	for name, v := range inputs {
		if v != nil && !slices.Contains([]string{"host", "sshOpts", "version"}, name) && name[0] != '_' {
			return settings{}, fmt.Errorf("the stand-in for the docker plugin knows host and sshOpts only, not %q", name)
		}
	}
	parsed := settings{host: value.String(inputs, "host"), sshOpts: value.Strings(inputs, "sshOpts")}
	// The SDK writes lists of a provider's configuration as JSON.
	if text := value.String(inputs, "sshOpts"); text != "" {
		if err := json.Unmarshal([]byte(text), &parsed.sshOpts); err != nil {
			return settings{}, fmt.Errorf("sshOpts: %w", err)
		}
	}
	return parsed, nil
}

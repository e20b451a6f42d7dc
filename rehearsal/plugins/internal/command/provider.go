// Package command stands in for the official command plugin. Of its resources it has local.Command only; the lab reaches
// its hosts through the system's ssh, so remote.Command and CopyToRemote are not here.
package command

import (
	_ "embed"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
	"homelab/plugins/internal/version"
)

//go:embed schema.json
var schema []byte

// The official plugin notes in its configuration which version of pulumi-go-provider it was made with.
const goProviderVersion = "1.2.0"

// Provider is the command plugin.
func Provider() plugin.Provider {
	return plugin.Provider{
		Name:      "command",
		Version:   version.Command,
		Schema:    schema,
		Resources: map[string]plugin.Resource{"command:local:Command": local{}},
		// The official plugin kills its shell, waits for what that had started, and fails.
		CancelEndsCalls: true,
		CheckConfig: func(inputs value.Object) value.Object {
			inputs["__pulumi-go-provider-version"] = goProviderVersion
			return inputs
		},
	}
}

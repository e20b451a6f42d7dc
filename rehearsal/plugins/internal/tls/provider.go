// Package tls stands in for the official tls plugin: keys, requests and certificates with the same contents, the same
// rules of replacement and renewal, and the same errors at the same time.
package tls

import (
	_ "embed"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/version"
)

//go:embed schema.json
var schema []byte

// Provider is the tls plugin. Its proxy settings concern only its functions, which are not here.
func Provider() plugin.Provider {
	return plugin.Provider{
		Name:    "tls",
		Version: version.TLS,
		Schema:  schema,
		Resources: map[string]plugin.Resource{
			"tls:index/certRequest:CertRequest":             certRequest(),
			"tls:index/locallySignedCert:LocallySignedCert": locallySignedCert(),
			"tls:index/privateKey:PrivateKey":               privateKey(),
			"tls:index/selfSignedCert:SelfSignedCert":       selfSignedCert(),
		},
	}
}

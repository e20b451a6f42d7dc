// Package version holds the version that each plugin reports. The build sets them, so that a plugin always claims the
// version of the SDK in package.json that asks for it:
//
//	go build -ldflags "-X homelab/plugins/internal/version.TLS=5.5.1 …" -o <folder> ./cmd/...
package version

// What an unversioned build (go run, go test) reports.
const unset = "0.0.0"

var (
	Command = unset
	Docker  = unset
	Random  = unset
	TLS     = unset
	// LanguageHost is the version of the engine that it speaks with.
	LanguageHost = unset
)

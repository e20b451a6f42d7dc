// Package plugin serves a provider to the Pulumi engine over its plugin protocol
// (https://pulumi-developer-docs.readthedocs.io, proto/pulumi/provider.proto).
//
// It speaks the protocol directly: pulumi-go-provider derives diffs, defaults and errors from Go types in its own way,
// and these plugins have to give exactly the diffs, defaults and errors of the official ones.
package plugin

import (
	"context"

	"homelab/plugins/internal/value"
)

// Provider is what one plugin offers.
type Provider struct {
	// Name is the package, for example "tls"; resources have tokens like "tls:index/privateKey:PrivateKey".
	Name string
	// Version is what the plugin reports, without a "v".
	Version string
	// Resources by token. Any other token is refused as unknown.
	Resources map[string]Resource
	// Schema is the package schema as JSON; empty means an empty schema. The engine asks for it only on import and convert.
	Schema []byte
	// CheckConfig completes the provider's own inputs, as the engine stores them; nil keeps them as they are.
	CheckConfig func(inputs value.Object) value.Object
	// DiffConfig compares old and new inputs of the provider itself; nil says that nothing ever changes.
	DiffConfig func(old, new value.Object) Diff
	// Configure takes the provider's inputs before the first resource is asked for; nil ignores them.
	Configure func(inputs value.Object) error
	// CancelEndsCalls is true where the first Ctrl-C ends what runs; otherwise it goes on to its end.
	CancelEndsCalls bool
}

// Resource is one kind of resource. Properties may hold secrets and, in a preview, unknowns.
type Resource interface {
	// Check validates inputs and completes them.
	Check(ctx context.Context, call Call, inputs value.Object) (value.Object, []Failure, error)
	// Diff says what an update from the old state and inputs to the new inputs would do.
	Diff(ctx context.Context, call Call, old State, inputs value.Object) (Diff, error)
	// Create makes the resource, or in a preview says what would come out.
	Create(ctx context.Context, call Call, inputs value.Object) (State, error)
	// Read returns the present state, or nil when the resource is gone. Without outputs in old it is an import.
	Read(ctx context.Context, call Call, old State) (*State, error)
	// Update changes the resource in place, or in a preview says what would come out.
	Update(ctx context.Context, call Call, old State, inputs value.Object) (value.Object, error)
	// Delete removes the resource.
	Delete(ctx context.Context, call Call, old State) error
}

// Call is what every method is told besides the properties.
type Call struct {
	// URN and Name of the resource.
	URN, Name string
	// Preview is true when nothing may be changed.
	Preview bool
	// TimeoutSeconds is the resource's customTimeouts value for the operation; 0 means the default.
	TimeoutSeconds float64
	// Log shows lines to the person who runs Pulumi.
	Log Log
}

// State is a resource as the engine stores it.
type State struct {
	ID      string
	Inputs  value.Object
	Outputs value.Object
}

// Failure is a finding of Check that stops the preview.
type Failure struct{ Property, Reason string }

// Kind of a change in a detailed diff.
type Kind int

// The kinds of the protocol that our plugins use.
const (
	Add Kind = iota
	Delete
	Update
)

// Change is one entry of a detailed diff.
type Change struct {
	Kind Kind
	// Replace is true when this change replaces the resource.
	Replace bool
}

// Diff is what Check and Diff found. A diff without Changed, Replaces and Detailed means that nothing changes.
type Diff struct {
	// Changed and Replaces name top-level properties.
	Changed, Replaces []string
	// Detailed has a change for each property path; nil leaves the details to the engine.
	Detailed map[string]Change
	// DeleteFirst asks for delete before create when the resource is replaced.
	DeleteFirst bool
}

// Incomplete is the error of an operation that failed but left something: the engine stores the state with the reason, and
// the next run tries again.
type Incomplete struct {
	State  State
	Reason error
}

func (i *Incomplete) Error() string { return i.Reason.Error() }

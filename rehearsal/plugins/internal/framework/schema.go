// Package framework is a resource described by a table of fields, with the planning rules of the framework on which the
// official tls and random plugins rest: defaults, computed fields that are kept or made anew, fields that replace. A new
// state is planned first; the diff is what the plan changes.
package framework

import (
	"context"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// Type of a field.
type Type int

// The types that the resources have.
const (
	String Type = iota
	Int
	Bool
	List   // of strings
	Map    // of strings
	Nested // one object with Fields
)

// Field is one property of a resource.
type Field struct {
	// Name in programs and state; TF is the name in error messages.
	Name, TF string
	Type     Type
	// Fields of a Nested field.
	Fields []Field
	// Default is what a field has that the program leaves out.
	Default any
	// Computed fields come out of Create when the program leaves them out.
	Computed Computed
	// Secret fields are secret in state.
	Secret bool
	// Replaces says whether a change from old to new replaces the resource; nil means that it is changed in place.
	Replaces func(old, new any) bool
	// Checks validate what the program gives.
	Checks []Check
	// Deprecated is the warning for programs that use the field.
	Deprecated string
}

// Computed says where a field's value comes from when the program gives none.
type Computed int

const (
	// Given fields have no value then.
	Given Computed = iota
	// Kept fields keep their value for the life of the resource.
	Kept
	// Fresh fields are unknown as soon as anything else changes.
	Fresh
)

// Always is the rule of a field of which any change replaces the resource.
func Always(_, _ any) bool { return true }

// Resource is one kind of resource. It implements plugin.Resource.
type Resource struct {
	// SchemaVersion is what the official plugin notes in state; empty for the first version.
	SchemaVersion string
	Fields        []Field
	// Derive completes a plan from the program's configuration, where a default depends on other fields. May be nil.
	Derive func(config, planned value.Object) error
	// Expire names fields that must be made anew by replacement, though nothing in the program has changed. May be nil.
	Expire func(planned value.Object) (field string, expired bool)
	// Make creates the resource from its plan, without secret marks, and returns its id and the computed fields.
	Make func(log plugin.Log, planned value.Object) (id string, computed value.Object, err error)
	// Refresh returns the fields that differ from the state by now. May be nil.
	Refresh func(state value.Object) value.Object
	// Import makes the state of an existing resource from its id; nil refuses imports.
	Import func(id string) (newID string, state value.Object, err error)
}

// Check implements plugin.Resource: the inputs stay as the program gave them.
func (r *Resource) Check(_ context.Context, call plugin.Call, inputs value.Object) (value.Object, []plugin.Failure, error) {
	config := value.PlainObject(inputs)
	var failures []plugin.Failure
	for _, field := range r.Fields {
		given, ok := config[field.Name]
		if !ok || given == nil {
			continue
		}
		if field.Deprecated != "" {
			call.Log.Warning("[WARNING] property \"" + field.Name + "\" is deprecated: " + field.Deprecated)
		}
		for _, check := range field.Checks {
			for _, finding := range check(field, given, config) {
				failures = append(failures, plugin.Failure{Reason: finding.Message + ". Examine values at '" + call.Name + "." + finding.Path + "'."})
			}
		}
	}
	return inputs, failures, nil
}

// Diff implements plugin.Resource.
func (r *Resource) Diff(_ context.Context, _ plugin.Call, old plugin.State, inputs value.Object) (plugin.Diff, error) {
	planned, replaces, err := r.plan(inputs, old.Outputs)
	if err != nil {
		return plugin.Diff{}, err
	}
	return plugin.Diff{Changed: r.changed(planned, old.Outputs), Replaces: replaces}, nil
}

// Create implements plugin.Resource.
func (r *Resource) Create(_ context.Context, call plugin.Call, inputs value.Object) (plugin.State, error) {
	planned, _, err := r.plan(inputs, nil)
	if err != nil {
		return plugin.State{}, r.failed(call, err)
	}
	if call.Preview {
		return plugin.State{Outputs: r.marked(planned)}, nil
	}
	id, computed, err := r.Make(call.Log, value.PlainObject(planned))
	if err != nil {
		return plugin.State{}, r.failed(call, err)
	}
	for name, v := range computed {
		planned[name] = v
	}
	return plugin.State{ID: id, Outputs: r.stored(planned)}, nil
}

// Read implements plugin.Resource. There is nothing behind these resources but their state.
func (r *Resource) Read(_ context.Context, call plugin.Call, old plugin.State) (*plugin.State, error) {
	if len(old.Outputs) == 0 {
		return r.imported(call, old.ID)
	}
	outputs := old.Outputs
	if r.Refresh != nil {
		for name, v := range r.Refresh(value.PlainObject(outputs)) {
			outputs[name] = v
		}
	}
	return &plugin.State{ID: old.ID, Inputs: old.Inputs, Outputs: outputs}, nil
}

// Update implements plugin.Resource: the plan becomes the state.
func (r *Resource) Update(_ context.Context, call plugin.Call, old plugin.State, inputs value.Object) (value.Object, error) {
	planned, _, err := r.plan(inputs, old.Outputs)
	if err != nil {
		return nil, r.failed(call, err)
	}
	if call.Preview {
		return r.marked(planned), nil
	}
	return r.stored(planned), nil
}

// Delete implements plugin.Resource: forgetting the state is all.
func (r *Resource) Delete(context.Context, plugin.Call, plugin.State) error { return nil }

// failed logs an error as the official plugins do, which then appears twice on the console.
func (r *Resource) failed(call plugin.Call, err error) error {
	call.Log.Error("[ERROR] " + err.Error())
	return err
}

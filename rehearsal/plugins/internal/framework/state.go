package framework

import (
	"errors"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// marked is a plan with its secret fields marked and without empty fields.
func (r *Resource) marked(planned value.Object) value.Object {
	outputs := value.Object{}
	for _, field := range r.Fields {
		v := planned[field.Name]
		if value.Plain(v) == nil {
			continue
		}
		if field.Secret {
			v = value.Secret{Value: value.Plain(v)}
		}
		outputs[field.Name] = v
	}
	return outputs
}

// stored is a plan as it goes into state. What Make left unknown has no value.
func (r *Resource) stored(planned value.Object) value.Object {
	for name, v := range planned {
		if value.IsUnknown(v) {
			delete(planned, name)
		}
	}
	outputs := r.marked(planned)
	if r.SchemaVersion != "" {
		outputs["__meta"] = `{"schema_version":"` + r.SchemaVersion + `"}`
	}
	outputs["__pulumi_raw_state_delta"] = delta(r.Fields, outputs)
	return outputs
}

// delta is the note that the official plugins keep in state about how their own form of the state differs from Pulumi's.
// Nothing here reads it; it is there so that the state has the same fields.
func delta(fields []Field, state value.Object) value.Object {
	properties, renamed := value.Object{}, value.Object{}
	for _, field := range fields {
		v := value.Plain(state[field.Name])
		switch {
		case field.Type == Nested:
			inner, _ := v.(value.Object)
			properties[field.Name] = value.Object{"plu": value.Object{"i": delta(field.Fields, inner)}}
		case v == nil:
			properties[field.Name] = value.Secret{Value: value.Object{"replace": value.Object{"raw": nil}}}
		case field.Type == List:
			properties[field.Name] = value.Object{"arr": value.Object{}}
		case field.Type == Map:
			properties[field.Name] = value.Object{"map": value.Object{}}
		}
		// The plural of a nested list is the one name that the usual rule (camel to snake) does not find back.
		if field.Name == "streetAddresses" {
			renamed[field.Name] = field.TF
		}
	}
	object := value.Object{}
	if len(properties) > 0 {
		object["ps"] = properties
	}
	if len(renamed) > 0 {
		object["renamed"] = renamed
	}
	return value.Object{"obj": object}
}

// imported is the state of an existing resource. Its inputs are the fields that a program would give: not zero, not computed.
func (r *Resource) imported(call plugin.Call, id string) (*plugin.State, error) {
	if r.Import == nil {
		return nil, r.failed(call, errors.New("this resource does not support import"))
	}
	id, state, err := r.Import(id)
	if err != nil {
		return nil, r.failed(call, err)
	}
	inputs := value.Object{}
	for _, field := range r.Fields {
		v := state[field.Name]
		computed := field.Computed != Given
		if v == nil || computed || v == false || v == float64(0) || v == "" {
			continue
		}
		inputs[field.Name] = v
	}
	return &plugin.State{ID: id, Inputs: inputs, Outputs: r.stored(state)}, nil
}

package framework

import (
	"homelab/plugins/internal/value"
)

// plan works out the state after an update of the old state (nil: a create) to the inputs. Values keep their secret marks.
// It returns the fields that make a replacement necessary, too.
func (r *Resource) plan(inputs, old value.Object) (planned value.Object, replaces []string, err error) {
	planned = value.Object{}
	var computed []Field
	for _, field := range r.Fields {
		given := inputs[field.Name]
		switch {
		case value.Plain(given) != nil:
			planned[field.Name] = given
		case field.Default != nil:
			planned[field.Name] = field.Default
		case field.Computed != Given:
			planned[field.Name] = old[field.Name]
			computed = append(computed, field)
		}
	}
	if r.Derive != nil {
		if err := r.Derive(value.PlainObject(inputs), planned); err != nil {
			return nil, nil, err
		}
	}
	if old == nil || len(r.changed(planned, old)) > 0 {
		for _, field := range computed {
			if old == nil || field.Computed == Fresh {
				planned[field.Name] = value.Unknown{}
			}
		}
	}
	if old == nil {
		return planned, nil, nil
	}
	for _, field := range r.Fields {
		before, after := value.Plain(old[field.Name]), value.Plain(planned[field.Name])
		if field.Replaces != nil && !value.Equal(before, after) && field.Replaces(before, after) {
			replaces = append(replaces, field.Name)
		}
	}
	if r.Expire != nil {
		if name, expired := r.Expire(value.PlainObject(planned)); expired {
			planned[name] = value.Unknown{}
			replaces = append(replaces, name)
		}
	}
	return planned, replaces, nil
}

// changed names the fields that the plan changes.
func (r *Resource) changed(planned, old value.Object) []string {
	var names []string
	for _, field := range r.Fields {
		if !value.Equal(planned[field.Name], old[field.Name]) {
			names = append(names, field.Name)
		}
	}
	return names
}

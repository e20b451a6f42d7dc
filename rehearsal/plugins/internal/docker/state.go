package docker

import (
	"fmt"
	"slices"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// state is the resource as it is stored. What was not declared stands in it as null.
func state(declared value.Object, image *found) plugin.State {
	outputs := value.Object{
		"__meta":     timeoutsNote,
		"build":      nil,
		"imageId":    image.id,
		"repoDigest": image.repoDigest,
	}
	// How the official plugin's own form of the state differs from this; nothing here reads it.
	delta := value.Object{"build": value.Object{"plu": value.Object{"i": value.Object{}}}}
	for name := range replaces {
		outputs[name] = declared[name]
	}
	if outputs["pullTriggers"] != nil {
		delta["pullTriggers"] = value.Object{"set": value.Object{}}
	}
	if outputs["triggers"] != nil {
		delta["triggers"] = value.Object{"map": value.Object{}}
	}
	outputs["__pulumi_raw_state_delta"] = value.Object{"obj": value.Object{"ps": delta}}
	id := image.id + value.String(declared, "name")
	outputs["id"] = id
	return plugin.State{ID: id, Outputs: outputs}
}

// previewed is what a preview knows of an image that is not there yet.
func previewed(declared value.Object) value.Object {
	outputs := value.Object{"imageId": value.Unknown{}, "repoDigest": value.Unknown{}, "id": value.Unknown{}}
	for name := range replaces {
		if v, ok := declared[name]; ok {
			outputs[name] = v
		}
	}
	return outputs
}

// diff names the inputs that differ from the state, in detail: which item of a list or map.
func diff(old, inputs value.Object) plugin.Diff {
	found := plugin.Diff{}
	for name, replace := range replaces {
		changes := compare(name, value.Plain(old[name]), value.Plain(inputs[name]), replace)
		if len(changes) == 0 {
			continue
		}
		found.Changed = append(found.Changed, name)
		if replace {
			found.Replaces = append(found.Replaces, name)
		}
		if found.Detailed == nil {
			found.Detailed = map[string]plugin.Change{}
		}
		for path, change := range changes {
			found.Detailed[path] = change
		}
	}
	slices.Sort(found.Changed)
	return found
}

func compare(path string, old, new any, replace bool) map[string]plugin.Change {
	changes := map[string]plugin.Change{}
	oldItems, newItems := items(path, old), items(path, new)
	switch {
	case value.Equal(old, new):
	case old == nil:
		changes[path] = plugin.Change{Kind: plugin.Add, Replace: replace}
	case new == nil:
		changes[path] = plugin.Change{Kind: plugin.Delete, Replace: replace}
	case oldItems == nil || newItems == nil:
		changes[path] = plugin.Change{Kind: plugin.Update, Replace: replace}
	default:
		for item, before := range oldItems {
			if after, ok := newItems[item]; !ok {
				changes[item] = plugin.Change{Kind: plugin.Delete, Replace: replace}
			} else if !value.Equal(before, after) {
				changes[item] = plugin.Change{Kind: plugin.Update, Replace: replace}
			}
		}
		for item := range newItems {
			if _, ok := oldItems[item]; !ok {
				changes[item] = plugin.Change{Kind: plugin.Add, Replace: replace}
			}
		}
	}
	return changes
}

// items are the parts of a list or map by their paths; nil when the value has none.
func items(path string, v any) map[string]any {
	switch v := v.(type) {
	case []any:
		parts := map[string]any{}
		for i, item := range v {
			parts[fmt.Sprintf("%s[%d]", path, i)] = item
		}
		return parts
	case value.Object:
		parts := map[string]any{}
		for name, item := range v {
			parts[path+"."+name] = item
		}
		return parts
	}
	return nil
}

package command

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

var plainName = regexp.MustCompile(`^[a-zA-Z_$][a-zA-Z0-9_$]*$`)

// detail compares two objects and names the paths at which they differ. A secret is compared as a whole, so that its parts
// are never named, and a value that becomes secret has changed.
func detail(old, new value.Object) map[string]plugin.Change {
	changes := map[string]plugin.Change{}
	compareObjects(changes, "", old, new)
	return changes
}

func compareObjects(changes map[string]plugin.Change, path string, old, new value.Object) {
	names := maps.Clone(old)
	maps.Copy(names, new)
	for name := range names {
		before, had := old[name]
		after, has := new[name]
		compare(changes, joined(path, name), before, after, had && before != nil, has && after != nil)
	}
}

func compare(changes map[string]plugin.Change, path string, old, new any, had, has bool) {
	switch {
	case !had && !has || had && has && reflect.DeepEqual(old, new):
		return
	case !had:
		changes[path] = plugin.Change{Kind: plugin.Add}
		return
	case !has:
		changes[path] = plugin.Change{Kind: plugin.Delete}
		return
	}
	oldObject, wasObject := old.(value.Object)
	newObject, isObject := new.(value.Object)
	if wasObject && isObject {
		compareObjects(changes, path, oldObject, newObject)
		return
	}
	oldList, wasList := old.([]any)
	newList, isList := new.([]any)
	if !wasList || !isList {
		changes[path] = plugin.Change{Kind: plugin.Update}
		return
	}
	for i := range max(len(oldList), len(newList)) {
		var before, after any
		if i < len(oldList) {
			before = oldList[i]
		}
		if i < len(newList) {
			after = newList[i]
		}
		compare(changes, fmt.Sprintf("%s[%d]", path, i), before, after, i < len(oldList), i < len(newList))
	}
}

func joined(path, name string) string {
	switch {
	case !plainName.MatchString(name):
		return fmt.Sprintf("%s[%q]", path, name)
	case path == "":
		return name
	}
	return path + "." + name
}

// topLevel is the property in which a path begins.
func topLevel(path string) string {
	if end := strings.IndexAny(path, ".["); end > 0 {
		return path[:end]
	}
	return path
}

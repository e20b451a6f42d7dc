// Package random stands in for the official random plugin: the same fields, ids, defaults and rules of replacement.
package random

import (
	_ "embed"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
	"homelab/plugins/internal/version"
)

//go:embed schema.json
var schema []byte

// Provider is the random plugin.
func Provider() plugin.Provider {
	return plugin.Provider{
		Name:    "random",
		Version: version.Random,
		Schema:  schema,
		Resources: map[string]plugin.Resource{
			"random:index/randomBytes:RandomBytes":       randomBytes(),
			"random:index/randomId:RandomId":             randomID(),
			"random:index/randomPassword:RandomPassword": randomPassword(),
			"random:index/randomString:RandomString":     randomString(),
		},
	}
}

// keepers are the values of which any change makes a new random value. rule is one of the two that the official plugin has.
func keepers(rule func(old, new any) bool) framework.Field {
	return framework.Field{Name: "keepers", TF: "keepers", Type: framework.Map, Replaces: rule}
}

// keepersChanged is the rule that takes a keeper with the value null for none.
func keepersChanged(old, new any) bool {
	before, _ := old.(value.Object)
	after, _ := new.(value.Object)
	for name, v := range after {
		if was, ok := before[name]; (ok || v != nil) && !value.Equal(was, v) {
			return true
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			return true
		}
	}
	return false
}

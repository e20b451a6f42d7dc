package random

import (
	"errors"

	"golang.org/x/crypto/bcrypt"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// bcrypt takes no more; the official plugin hashes the beginning of a longer password.
const bcryptLimit = 72

func randomPassword() *framework.Resource {
	fields := append(textFields(),
		framework.Field{Name: "id", TF: "id", Computed: framework.Kept},
		framework.Field{Name: "result", TF: "result", Computed: framework.Kept, Secret: true},
		framework.Field{Name: "bcryptHash", TF: "bcrypt_hash", Computed: framework.Kept, Secret: true})
	return &framework.Resource{
		SchemaVersion: "3",
		Fields:        fields,
		Derive:        numeric,
		Make: func(_ plugin.Log, planned value.Object) (string, value.Object, error) {
			password, err := text(planned)
			if err != nil {
				return "", nil, err
			}
			computed, err := passwordOutputs(password)
			return "none", computed, err
		},
		Import: func(password string) (string, value.Object, error) {
			computed, err := passwordOutputs(password)
			return "none", merge(importedText(password), computed), err
		},
	}
}

// The id of a password is no part of it: ids are stored in clear.
func passwordOutputs(password string) (value.Object, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password)[:min(len(password), bcryptLimit)], bcrypt.DefaultCost)
	if err != nil {
		return nil, err
	}
	return value.Object{"id": "none", "result": password, "bcryptHash": string(hash)}, nil
}

func randomString() *framework.Resource {
	fields := append(textFields(),
		framework.Field{Name: "id", TF: "id", Computed: framework.Kept},
		framework.Field{Name: "result", TF: "result", Computed: framework.Kept})
	return &framework.Resource{
		SchemaVersion: "2",
		Fields:        fields,
		Derive:        numeric,
		Make: func(_ plugin.Log, planned value.Object) (string, value.Object, error) {
			result, err := text(planned)
			return result, value.Object{"id": result, "result": result}, err
		},
		Import: func(result string) (string, value.Object, error) {
			return result, merge(importedText(result), value.Object{"id": result, "result": result}), nil
		},
	}
}

// textFields are the fields that RandomPassword and RandomString share.
func textFields() []framework.Field {
	flag := func(name, tf string, byDefault any) framework.Field {
		return framework.Field{Name: name, TF: tf, Type: framework.Bool, Default: byDefault, Replaces: framework.Always}
	}
	least := func(name, tf string) framework.Field {
		return framework.Field{Name: name, TF: tf, Type: framework.Int, Default: float64(0), Replaces: framework.Always}
	}
	number, numeric := flag("number", "number", nil), flag("numeric", "numeric", nil)
	number.Checks = []framework.Check{framework.AnyTrue("special", "upper", "lower")}
	numeric.Checks = number.Checks
	number.Deprecated = "**NOTE**: This is deprecated, use `numeric` instead."
	return []framework.Field{
		keepers(keepersChanged),
		{Name: "length", TF: "length", Type: framework.Int, Replaces: framework.Always, Checks: []framework.Check{
			framework.AtLeast(1),
			framework.AtLeastSumOf([][2]string{
				{"minUpper", "min_upper"}, {"minLower", "min_lower"}, {"minNumeric", "min_numeric"}, {"minSpecial", "min_special"},
			}),
		}},
		flag("special", "special", true), flag("upper", "upper", true), flag("lower", "lower", true), number, numeric,
		least("minNumeric", "min_numeric"), least("minUpper", "min_upper"), least("minLower", "min_lower"), least("minSpecial", "min_special"),
		{Name: "overrideSpecial", TF: "override_special", Replaces: overrideChanged},
	}
}

// overrideChanged lets an empty overrideSpecial be dropped without a new value.
func overrideChanged(old, new any) bool { return !(old == "" && new == nil) }

// numeric keeps numeric and its old name, number, the same. Both are true when the program gives neither.
func numeric(config, planned value.Object) error {
	number, numeric := config["number"], config["numeric"]
	if number != nil && numeric != nil && !value.Equal(number, numeric) {
		return errors.New("Number and numeric are both configured with different values: Number is deprecated, use numeric instead") //nolint:staticcheck // the official text
	}
	if numeric == nil {
		numeric = number
	}
	if numeric == nil {
		numeric = true
	}
	planned["number"], planned["numeric"] = numeric, numeric
	return nil
}

// importedText is what an import assumes about a text made elsewhere.
func importedText(result string) value.Object {
	return value.Object{
		"length": float64(len(result)), "special": true, "upper": true, "lower": true, "number": true, "numeric": true,
		"minNumeric": float64(0), "minUpper": float64(0), "minLower": float64(0), "minSpecial": float64(0),
	}
}

func merge(into, from value.Object) value.Object {
	for name, v := range from {
		into[name] = v
	}
	return into
}

package framework

import (
	"fmt"
	"slices"
	"strings"

	"homelab/plugins/internal/value"
)

// Finding is what is wrong with a field; Path is the field as the program names it.
type Finding struct{ Message, Path string }

// Check looks at the value that the program gives a field, and at the rest of the configuration, both without secret
// marks. Values that are not known yet pass.
type Check func(field Field, given any, config value.Object) []Finding

// AtLeast checks a number.
func AtLeast(minimum int) Check {
	return func(field Field, given any, _ value.Object) []Finding {
		number, known := given.(float64)
		if !known || number >= float64(minimum) {
			return nil
		}
		return []Finding{{fmt.Sprintf("Invalid Attribute Value. Attribute %s value must be at least %d, got: %.0f", field.TF, minimum, number), field.Name}}
	}
}

// AtLeastSumOf checks that a number is not below the sum of other fields; terms maps their names to those in messages.
func AtLeastSumOf(terms [][2]string) Check {
	return func(field Field, given any, config value.Object) []Finding {
		number, known := given.(float64)
		var sum int
		var names []string
		for _, term := range terms {
			if value.IsUnknown(config[term[0]]) {
				return nil
			}
			sum += value.Int(config, term[0])
			names = append(names, term[1])
		}
		if !known || number >= float64(sum) {
			return nil
		}
		message := fmt.Sprintf("Invalid Attribute Value. Attribute %s value must be at least sum of %s, got: %.0f", field.TF, strings.Join(names, " + "), number)
		return []Finding{{message, field.Name}}
	}
}

// OneOf checks a string, or each string of a list.
func OneOf(allowed []string) Check {
	return func(field Field, given any, _ value.Object) []Finding {
		if text, ok := given.(string); ok {
			return oneOf(allowed, text, field.TF, field.Name)
		}
		list, _ := given.([]any)
		var findings []Finding
		for i, item := range list {
			if text, ok := item.(string); ok {
				index := fmt.Sprintf("[%d]", i)
				findings = append(findings, oneOf(allowed, text, field.TF+index, field.Name+index)...)
			}
		}
		return findings
	}
}

func oneOf(allowed []string, text, attribute, path string) []Finding {
	if slices.Contains(allowed, text) {
		return nil
	}
	return []Finding{{fmt.Sprintf("Invalid Attribute Value Match. Attribute %s value must be one of: %q, got: %q", attribute, allowed, text), path}}
}

// AnyTrue checks that a flag and the others are not all set to false. A flag that is left out counts as true.
func AnyTrue(others ...string) Check {
	return func(field Field, given any, config value.Object) []Finding {
		for _, v := range append([]any{given}, values(config, others)...) {
			if v != false {
				return nil
			}
		}
		message := fmt.Sprintf("Invalid Attribute Combination. At least one attribute out of [%s] must be specified as true",
			strings.Join(append(slices.Clone(others), field.TF), ","))
		return []Finding{{message, field.Name}}
	}
}

func values(config value.Object, names []string) []any {
	var list []any
	for _, name := range names {
		list = append(list, config[name])
	}
	return list
}

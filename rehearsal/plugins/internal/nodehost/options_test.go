package nodehost

import (
	"slices"
	"strings"
	"testing"
)

func TestOptions(t *testing.T) {
	parsed, err := parseOptions(map[string]any{
		"typescript": false, "tsconfig": "other.json", "nodeargs": `--import "a b.mjs" --trace-warnings`, "buildTarget": "of Go",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"--import", "a b.mjs", "--trace-warnings"}; !slices.Equal(parsed.nodeArguments, want) {
		t.Errorf("nodeargs became %q, not %q", parsed.nodeArguments, want)
	}
	if want := []string{"PULUMI_NODEJS_TSCONFIG_PATH=other.json"}; !slices.Equal(parsed.variables(), want) {
		t.Errorf("variables are %q, not %q", parsed.variables(), want)
	}
}

func TestTypeScriptIsTheDefault(t *testing.T) {
	parsed, err := parseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"PULUMI_NODEJS_TYPESCRIPT=true"}; !slices.Equal(parsed.variables(), want) {
		t.Errorf("variables are %q, not %q", parsed.variables(), want)
	}
}

func TestWrongOptionsAreNamed(t *testing.T) {
	for name, value := range map[string]any{"typescript": "no", "nodeargs": 1.0, "production": "yes"} {
		if _, err := parseOptions(map[string]any{name: value}); err == nil || !strings.Contains(err.Error(), "runtime.options."+name) {
			t.Errorf("%s: %v gave the error %v", name, value, err)
		}
	}
	if _, err := parseOptions(map[string]any{"nodeargs": `--import "open`}); err == nil {
		t.Error("an open quote is no error")
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":               nil,
		"  a  b ":        {"a", "b"},
		`a "" 'b c'd`:    {"a", "", "b cd"},
		`--x='say "hi"'`: {`--x=say "hi"`},
	} {
		words, err := splitWords(line)
		if err != nil || !slices.Equal(words, want) {
			t.Errorf("splitWords(%q) = %q, %v, not %q", line, words, err, want)
		}
	}
}

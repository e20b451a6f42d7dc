package nodehost

import (
	"slices"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestPluginArguments(t *testing.T) {
	given := options{nodeArguments: []string{"--require", "x.cjs"}}
	for kind, want := range map[string][]string{
		"resource":     {"run.js", "--require", "x.cjs", "/plugin", "127.0.0.1:2"},
		policyPackKind: {"run.js", "--require", "x.cjs", "127.0.0.1:2", "/plugin"},
	} {
		request := &pulumirpc.RunPluginRequest{
			Kind: kind, Args: []string{"127.0.0.1:2"}, Info: &pulumirpc.ProgramInfo{ProgramDirectory: "/plugin"},
		}
		if arguments := pluginArguments("run.js", given, request); !slices.Equal(arguments, want) {
			t.Errorf("arguments of a %s are %q, not %q", kind, arguments, want)
		}
	}
}

package command

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

var inputNames = []string{
	"addPreviousOutputInEnv", "archivePaths", "assetPaths", "create", "delete", "dir", "environment", "interpreter", "logging",
	"stdin", "triggers", "update",
}

// local is command:local:Command. Any edit runs the update script, or, where there is none, the create script again.
type local struct{}

var loggings = []string{"", "stdout", "stderr", "stdoutAndStderr", "none"}

// Check refuses what only the official plugin has.
func (local) Check(_ context.Context, _ plugin.Call, inputs value.Object) (value.Object, []plugin.Failure, error) {
	var failures []plugin.Failure
	for name := range inputs {
		if !slices.Contains(inputNames, name) {
			failures = append(failures, plugin.Failure{Property: name, Reason: "local.Command has no such input"})
		}
	}
	for _, name := range []string{"archivePaths", "assetPaths"} {
		if len(value.Strings(inputs, name)) > 0 {
			failures = append(failures, plugin.Failure{Property: name, Reason: "the stand-in for the command plugin does not make assets"})
		}
	}
	if !slices.Contains(loggings, value.String(inputs, "logging")) {
		failures = append(failures, plugin.Failure{Property: "logging", Reason: fmt.Sprintf("must be one of %q", loggings[1:])})
	}
	return inputs, failures, nil
}

// Diff compares the inputs. Which of its changes replace is the engine's business: the SDK declares replaceOnChanges for
// the items of triggers. Only the whole list, when it comes or goes, is for the plugin to replace.
func (local) Diff(_ context.Context, _ plugin.Call, old plugin.State, inputs value.Object) (plugin.Diff, error) {
	diff := plugin.Diff{Detailed: detail(old.Inputs, inputs)}
	for path, change := range diff.Detailed {
		name := topLevel(path)
		if !slices.Contains(diff.Changed, name) {
			diff.Changed = append(diff.Changed, name)
		}
		if path == "triggers" {
			diff.Detailed[path] = plugin.Change{Kind: change.Kind, Replace: true}
			diff.Replaces = append(diff.Replaces, name)
		}
	}
	return diff, nil
}

// Create runs the create script. A failing one leaves nothing in state, whatever it did.
func (local) Create(ctx context.Context, call plugin.Call, inputs value.Object) (plugin.State, error) {
	id, err := uniqueID(call.Name)
	if err != nil {
		return plugin.State{}, err
	}
	if call.Preview {
		return plugin.State{ID: id, Outputs: withOutput(inputs, result{}, unknownOutput(inputs))}, nil
	}
	ran := result{}
	if script, ok := value.Plain(inputs["create"]).(string); ok {
		if ran, err = run(ctx, call.Log, script, inputs, result{}); err != nil {
			return plugin.State{}, err
		}
	}
	return plugin.State{ID: id, Outputs: withOutput(inputs, ran, nil)}, nil
}

// Read finds nothing to look at: a command is what its state says.
func (local) Read(_ context.Context, _ plugin.Call, old plugin.State) (*plugin.State, error) {
	if len(old.Outputs) == 0 {
		return nil, errors.New("local.Command cannot be imported")
	}
	return &old, nil
}

// Update runs the update script, or the create script where there is none.
func (local) Update(ctx context.Context, call plugin.Call, old plugin.State, inputs value.Object) (value.Object, error) {
	before := result{stdout: value.String(old.Outputs, "stdout"), stderr: value.String(old.Outputs, "stderr")}
	if call.Preview {
		if runsDifferently(old.Outputs, inputs) {
			return withOutput(inputs, before, unknownOutput(inputs)), nil
		}
		return withOutput(inputs, before, nil), nil
	}
	script, ok := value.Plain(inputs["update"]).(string)
	if !ok {
		script, ok = value.Plain(inputs["create"]).(string)
	}
	if !ok {
		return withOutput(inputs, before, nil), nil
	}
	ran, err := run(ctx, call.Log, script, inputs, before)
	if err != nil {
		return nil, err
	}
	return withOutput(inputs, ran, nil), nil
}

// Delete runs the delete script, with the inputs of the last update.
func (local) Delete(ctx context.Context, call plugin.Call, old plugin.State) error {
	script, ok := value.Plain(old.Outputs["delete"]).(string)
	if !ok {
		return nil
	}
	before := result{stdout: value.String(old.Outputs, "stdout"), stderr: value.String(old.Outputs, "stderr")}
	_, err := run(ctx, call.Log, script, old.Outputs, before)
	return err
}

// withOutput is the state of a command: its inputs, with their secret marks, and what it printed, without any: the output
// of a command with secret inputs is not secret by itself.
func withOutput(inputs value.Object, ran result, more value.Object) value.Object {
	outputs := value.Object{"stdout": ran.stdout, "stderr": ran.stderr}
	if inputs["assetPaths"] != nil {
		outputs["assets"] = value.Object{}
	}
	for name, v := range inputs {
		outputs[name] = v
	}
	for name, v := range more {
		outputs[name] = v
	}
	return outputs
}

// runsDifferently says whether a preview takes the output for unknown. As in the official plugin, an input that was not
// there before does not count, so that its preview shows the old output.
func runsDifferently(old, inputs value.Object) bool {
	for _, name := range inputNames {
		before, had := old[name]
		if value.HasUnknown(inputs[name]) || had && !value.Equal(before, inputs[name]) {
			return true
		}
	}
	return false
}

// unknownOutput is what a preview knows of the output: nothing.
func unknownOutput(inputs value.Object) value.Object {
	unknown := value.Object{"stdout": value.Unknown{}, "stderr": value.Unknown{}}
	if inputs["assetPaths"] != nil {
		unknown["assets"] = value.Unknown{}
	}
	return unknown
}

func uniqueID(name string) (string, error) {
	suffix := make([]byte, 4)
	if _, err := rand.Read(suffix); err != nil {
		return "", err
	}
	return name + hex.EncodeToString(suffix), nil
}

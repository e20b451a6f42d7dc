package command

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func TestDetail(t *testing.T) {
	old := value.Object{"environment": value.Object{"A": "1", "odd name": "2"}, "triggers": []any{"a", "b"}, "stdin": "x", "dir": "."}
	new := value.Object{
		"environment": value.Object{"A": "2", "B": "3"}, "triggers": []any{"c"}, "stdin": value.Secret{Value: "x"}, "create": value.Unknown{}, "dir": ".",
	}
	want := map[string]plugin.Change{
		"environment.A": {Kind: plugin.Update}, "environment.B": {Kind: plugin.Add}, `environment["odd name"]`: {Kind: plugin.Delete},
		"triggers[0]": {Kind: plugin.Update}, "triggers[1]": {Kind: plugin.Delete}, "stdin": {Kind: plugin.Update}, "create": {Kind: plugin.Add},
	}
	if got := detail(old, new); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestRun(t *testing.T) {
	inputs := value.Object{"environment": value.Object{"WHO": value.Secret{Value: "you"}}, "stdin": "in"}
	got, err := run(context.Background(), plugin.Log{}, "cat; echo \" $WHO $PULUMI_COMMAND_STDOUT\"; echo; echo bad >&2", inputs, result{stdout: "before"})
	if err != nil || got != (result{"in you before\n", "bad"}) {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = run(context.Background(), plugin.Log{}, "echo why; exit 3", value.Object{}, result{})
	if err == nil || !strings.HasPrefix(err.Error(), "exit status 3: running \"echo why; exit 3\":\nwhy\n") {
		t.Errorf("error %v", err)
	}
}

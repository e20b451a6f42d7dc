package framework

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func example() *Resource {
	return &Resource{Fields: []Field{
		{Name: "given", Replaces: Always},
		{Name: "inPlace", Type: Int, Default: float64(0)},
		{Name: "kept", Computed: Kept, Secret: true},
		{Name: "fresh", Computed: Fresh},
	}}
}

func TestDiff(t *testing.T) {
	old := value.Object{"given": "a", "inPlace": float64(1), "kept": value.Secret{Value: "k"}, "fresh": "f"}
	cases := map[string]struct {
		inputs            value.Object
		changed, replaced []string
	}{
		"nothing":           {value.Object{"given": "a", "inPlace": float64(1)}, nil, nil},
		"secret now":        {value.Object{"given": value.Secret{Value: "a"}, "inPlace": float64(1)}, nil, nil},
		"in place":          {value.Object{"given": "a", "inPlace": float64(2)}, []string{"fresh", "inPlace"}, nil},
		"back to a default": {value.Object{"given": "a"}, []string{"fresh", "inPlace"}, nil},
		"replaced":          {value.Object{"given": "b", "inPlace": float64(1)}, []string{"fresh", "given"}, []string{"given"}},
		"not known yet":     {value.Object{"given": value.Unknown{}, "inPlace": float64(1)}, []string{"fresh", "given"}, []string{"given"}},
	}
	for name, c := range cases {
		diff, err := example().Diff(context.Background(), plugin.Call{}, plugin.State{Outputs: old}, c.inputs)
		slices.Sort(diff.Changed)
		if err != nil || !reflect.DeepEqual(diff.Changed, c.changed) || !reflect.DeepEqual(diff.Replaces, c.replaced) {
			t.Errorf("%s: changed %v, replaced %v, %v", name, diff.Changed, diff.Replaces, err)
		}
	}
}

func TestPreviewOfCreate(t *testing.T) {
	state, err := example().Create(context.Background(), plugin.Call{Preview: true}, value.Object{"given": "a"})
	want := value.Object{"given": "a", "inPlace": float64(0), "kept": value.Secret{Value: value.Unknown{}}, "fresh": value.Unknown{}}
	if err != nil || !reflect.DeepEqual(state.Outputs, want) {
		t.Errorf("got %#v, %v", state.Outputs, err)
	}
}

func TestChecks(t *testing.T) {
	list := Field{Name: "uses", TF: "all_uses", Type: List}
	got := OneOf([]string{"a", "b"})(list, []any{"a", "c", value.Unknown{}}, nil)
	want := []Finding{{`Invalid Attribute Value Match. Attribute all_uses[1] value must be one of: ["a" "b"], got: "c"`, "uses[1]"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if AtLeast(1)(Field{}, value.Unknown{}, nil) != nil {
		t.Error("a number that is not known yet is refused")
	}
	if AnyTrue("x")(Field{}, false, value.Object{}) != nil {
		t.Error("a flag that is left out counts as false")
	}
}

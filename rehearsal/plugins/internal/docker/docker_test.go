package docker

import (
	"reflect"
	"testing"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func TestRepoDigest(t *testing.T) {
	digests := []string{"one.test/a@sha256:1", "two.test/b@sha256:2"}
	cases := map[string]string{"two.test/b:1": digests[1], "two.test/b@sha256:2": digests[1], "three.test/c:1": digests[0]}
	for name, want := range cases {
		if got := repoDigest(name, digests); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if repoDigest("x", nil) != "" {
		t.Error("an image without digests has one")
	}
}

func TestDiff(t *testing.T) {
	old := value.Object{"name": "a:1", "keepLocally": true, "pullTriggers": []any{"x"}, "platform": nil, "imageId": "sha256:1"}
	got := diff(old, value.Object{"name": "a:2", "pullTriggers": []any{"y"}, "platform": "linux/arm64"})
	want := map[string]plugin.Change{
		"name": {Kind: plugin.Update, Replace: true}, "keepLocally": {Kind: plugin.Delete},
		"pullTriggers[0]": {Kind: plugin.Update, Replace: true}, "platform": {Kind: plugin.Add, Replace: true},
	}
	if !reflect.DeepEqual(got.Detailed, want) || !reflect.DeepEqual(got.Changed, []string{"keepLocally", "name", "platform", "pullTriggers"}) {
		t.Errorf("got %v", got)
	}
	if same := diff(old, value.Object{"name": "a:1", "keepLocally": true, "pullTriggers": []any{"x"}}); same.Detailed != nil {
		t.Errorf("no change is a change: %v", same)
	}
}

func TestSettings(t *testing.T) {
	got, err := parseSettings(value.Object{"host": "ssh://root@pi:2222", "sshOpts": `["-o","BatchMode=yes"]`, "version": "5.2.0", "__internal": value.Object{}})
	if err != nil || !reflect.DeepEqual(got, settings{"ssh://root@pi:2222", []string{"-o", "BatchMode=yes"}}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseSettings(value.Object{"certPath": "/x"}); err == nil {
		t.Error("a setting that the stand-in does not have is ignored")
	}
}

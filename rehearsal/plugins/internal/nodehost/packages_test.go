package nodehost

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// tree writes files below a new folder and gives its path.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestRequiredPackages(t *testing.T) {
	root := tree(t, map[string]string{
		"package.json":                                `{"pulumi": {"resource": true, "name": "itself"}, "version": "1.0.0"}`,
		"node_modules/@pulumi/tls/package.json":       `{"name": "@pulumi/tls", "version": "5.5.1", "pulumi": {"resource": true}}`,
		"node_modules/@pulumi/pulumi/package.json":    `{"name": "@pulumi/pulumi", "version": "3.259.0"}`,
		"node_modules/@third/sdk/package.json":        `{"name": "@third/sdk", "version": "1.0.0", "pulumi": {"resource": true}}`,
		"node_modules/old/package.json":               `{"name": "old", "version": "1.0.0", "engines": ["node"]}`,
		"node_modules/broken/package.json":            `{`,
		"node_modules/.bin/package.json":              `{"name": "@pulumi/no", "version": "1.0.0", "pulumi": {"resource": true}}`,
		"sub/node_modules/@pulumi/other/package.json": `{"name": "@pulumi/other", "version": "1.0.0", "pulumi": {"resource": true}}`,
		"node_modules/named/package.json": `{"name": "named", "version": "1.0.0", "pulumi":
			{"resource": true, "name": "short", "version": "v2.0.0", "server": "https://example.com",
			 "parameterization": {"name": "with", "version": "3.0.0", "value": "aGk="}}}`,
		"node_modules/old/node_modules/@pulumi/deep/package.json": `{"name": "@pulumi/deep", "version": "0.1.0", "pulumi": {"resource": true}}`,
	})
	if err := os.Symlink(root, filepath.Join(root, "node_modules", "loop")); err != nil {
		t.Fatal(err)
	}
	response, err := (&Host{}).GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: filepath.Join(root)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, each := range response.GetPackages() {
		found = append(found, strings.TrimSpace(each.GetName()+"@"+each.GetVersion()+" "+each.GetServer()))
		if value := string(each.GetParameterization().GetValue()); each.GetName() == "short" && value != "hi" {
			t.Errorf("the parameter is %q", value)
		}
	}
	slices.Sort(found)
	want := []string{"deep@v0.1.0", "itself@v1.0.0", "short@v2.0.0 https://example.com", "tls@v5.5.1"}
	if !slices.Equal(found, want) {
		t.Errorf("needed are %q, not %q", found, want)
	}
}

func TestProgramDependencies(t *testing.T) {
	root := tree(t, map[string]string{
		"package.json":                        `{"dependencies": {"a": "^1"}, "devDependencies": {"b": "*", "gone": "1"}}`,
		"node_modules/a/package.json":         `{"name": "a", "version": "1.2.3"}`,
		"node_modules/b/package.json":         `{"name": "b", "version": "2.0.0"}`,
		"node_modules/inner/package.json":     `{"name": "inner", "version": "3.0.0"}`,
		"program/index.ts":                    ``,
		"node_modules/.package-lock.json":     `{}`,
		"node_modules/@scope/.x/package.json": `{"name": "x", "version": "0"}`,
	})
	names := func(folder string, all bool) (found []string) {
		response, err := (&Host{}).GetProgramDependencies(context.Background(), &pulumirpc.GetProgramDependenciesRequest{
			TransitiveDependencies: all, Info: &pulumirpc.ProgramInfo{ProgramDirectory: folder},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range response.GetDependencies() {
			found = append(found, each.GetName()+"@"+each.GetVersion())
		}
		return found
	}
	direct := []string{"a@1.2.3", "b@2.0.0"}
	if found := names(root, false); !slices.Equal(found, direct) {
		t.Errorf("direct are %q", found)
	}
	if found := names(filepath.Join(root, "program"), false); !slices.Equal(found, direct) {
		t.Errorf("direct of a folder within are %q", found)
	}
	if found := names(root, true); !slices.Equal(found, append(direct, "inner@3.0.0")) {
		t.Errorf("all are %q", found)
	}
}

func TestFindModule(t *testing.T) {
	root := tree(t, map[string]string{
		"node_modules/@pulumi/pulumi/cmd/run/index.js":     ``,
		"own/node_modules/@pulumi/pulumi/cmd/run/index.js": ``,
		"other/program/index.ts":                           ``,
	})
	for folder, want := range map[string]string{"own": "own/", "other/program": ""} {
		path, err := findModule(filepath.Join(root, folder), runModule)
		if want := filepath.Join(root, want+"node_modules", runModule, "index.js"); path != want {
			t.Errorf("%s uses %s, %v, not %s", folder, path, err, want)
		}
	}
	if _, err := findModule(root, policyPackModule); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("a missing module gave the error %v", err)
	}
}

func TestATooOldNodeIsToldWhatIsNeeded(t *testing.T) {
	root := tree(t, map[string]string{
		"package.json":     `{"engines": {"node": ">=24"}}`,
		"program/index.ts": ``,
		"bin/node":         "#!/bin/sh\necho v20.20.2\n",
	})
	if err := os.Chmod(filepath.Join(root, "bin/node"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(root, "bin"))
	_, err := findNode(context.Background(), filepath.Join(root, "program"))
	if err == nil || !strings.HasPrefix(err.Error(), "this program needs Node 24 or newer; this is Node 20.20.2") {
		t.Errorf("the error is %v", err)
	}
}

func TestInstallArguments(t *testing.T) {
	fresh := tree(t, map[string]string{"package-lock.json": `{}`})
	installed := tree(t, map[string]string{"package-lock.json": `{}`, "node_modules/a/package.json": `{}`})
	for _, each := range []struct {
		folder     string
		production bool
		want       string
	}{{fresh, false, "ci"}, {fresh, true, "ci --omit=dev"}, {installed, false, "install"}, {t.TempDir(), false, "install"}} {
		if got := strings.Join(installArguments(each.folder, each.production), " "); got != each.want {
			t.Errorf("npm %s, not npm %s", got, each.want)
		}
	}
}

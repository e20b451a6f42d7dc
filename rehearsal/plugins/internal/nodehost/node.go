package nodehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findNode finds the Node on the PATH and makes sure that it is one that the program in the folder runs with.
func findNode(ctx context.Context, folder string) (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", errors.New("Node.js was not found: no `node` in the folders of PATH")
	}
	path, manifest, err := nearestManifest(folder)
	if err != nil || manifest.Engines.Node == "" {
		return node, err
	}
	version, err := nodeVersion(ctx, node)
	if err != nil {
		return "", err
	}
	if needs := unmet(manifest.Engines.Node, version); needs != "" {
		return "", fmt.Errorf("this program needs Node %s; this is Node %s (%s). %s says so in engines.node",
			needs, version, node, path)
	}
	return node, nil
}

// nodeVersion asks Node which version it is, without the v.
func nodeVersion(ctx context.Context, node string) (string, error) {
	output, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", node, err)
	}
	return strings.TrimPrefix(strings.TrimSpace(string(output)), "v"), nil
}

// findModule resolves a folder of a package as Node does for a program in the folder: in the node_modules of it and of the
// folders above. It gives the path of its index.js, with links resolved.
func findModule(folder, module string) (string, error) {
	for _, above := range foldersAbove(folder) {
		path, err := filepath.EvalSymlinks(filepath.Join(above, "node_modules", module, "index.js"))
		if err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed for %s: run `npm ci` or `pulumi install` there", module, folder)
}

// manifest is what the host reads of a package.json.
type manifest struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Engines         engines           `json:"engines"`
	Pulumi          pulumiSection     `json:"pulumi"`
}

type engines struct {
	Node string `json:"node"`
}

// UnmarshalJSON also takes the forms of engines that old packages have, a list for example, for saying nothing of Node.
func (e *engines) UnmarshalJSON(bytes []byte) error {
	var known struct {
		Node string `json:"node"`
	}
	if json.Unmarshal(bytes, &known) == nil {
		e.Node = known.Node
	}
	return nil
}

func readManifest(path string) (manifest, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return manifest{}, err
	}
	var read manifest
	if err := json.Unmarshal(bytes, &read); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}

// nearestManifest reads the package.json that a program in the folder belongs to: an empty one if there is none.
func nearestManifest(folder string) (string, manifest, error) {
	for _, above := range foldersAbove(folder) {
		path := filepath.Join(above, "package.json")
		read, err := readManifest(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return path, read, err
		}
	}
	return "", manifest{}, nil
}

// foldersAbove gives the folder, with links resolved, and all that it lies in.
func foldersAbove(folder string) []string {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	folders := []string{folder}
	for parent := filepath.Dir(folder); parent != folder; parent = filepath.Dir(folder) {
		folder = parent
		folders = append(folders, folder)
	}
	return folders
}

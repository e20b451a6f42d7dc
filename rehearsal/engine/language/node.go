package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// nodeCommand is Node with one of the scripts of @pulumi/pulumi/cmd, as the program that it is for would find it.
func nodeCommand(ctx context.Context, info *pulumirpc.ProgramInfo, script string, arguments []string) (*exec.Cmd, error) {
	modules, err := modulesFolder(info.GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	options := info.GetOptions().GetFields()
	path := filepath.Join(modules, "@pulumi", "pulumi", "cmd", script, "index.js")
	nodeArguments := strings.Fields(options["nodeargs"].GetStringValue())
	command := exec.CommandContext(ctx, "node", append(append(nodeArguments, path), arguments...)...)
	command.Dir = info.GetProgramDirectory()
	command.Env = os.Environ()
	// Unless the project says otherwise, programs are run through a TypeScript compiler.
	if typescript, given := options["typescript"]; !given || typescript.GetBoolValue() {
		command.Env = append(command.Env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if config := options["tsconfig"].GetStringValue(); config != "" {
		command.Env = append(command.Env, "PULUMI_NODEJS_TSCONFIG_PATH="+config)
	}
	return command, nil
}

// modulesFolder is the node_modules that a program in the folder gets @pulumi/pulumi from.
func modulesFolder(folder string) (string, error) {
	for current := folder; ; current = filepath.Dir(current) {
		modules := filepath.Join(current, "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "@pulumi", "pulumi", "package.json")); err == nil {
			return modules, nil
		}
		if current == filepath.Dir(current) {
			return "", fmt.Errorf("the package @pulumi/pulumi is not installed for %s: run npm ci there", folder)
		}
	}
}

type packageFile struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Pulumi  struct {
		Resource bool   `json:"resource"`
		Name     string `json:"name"`
		Version  string `json:"version"`
		Server   string `json:"server"`
	} `json:"pulumi"`
}

// packagesWithPlugins lists the packages next to @pulumi/pulumi that need a plugin of their version.
func packagesWithPlugins(folder string) ([]*pulumirpc.PackageDependency, error) {
	modules, err := modulesFolder(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, pattern := range []string{"*/package.json", "@*/*/package.json"} {
		found, err := filepath.Glob(filepath.Join(modules, pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var packages []*pulumirpc.PackageDependency
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file := packageFile{}
		if json.Unmarshal(text, &file) != nil || !file.Pulumi.Resource {
			continue
		}
		packages = append(packages, dependency(file))
	}
	return packages, nil
}

func dependency(file packageFile) *pulumirpc.PackageDependency {
	name, version := file.Pulumi.Name, file.Pulumi.Version
	if name == "" {
		name = strings.TrimPrefix(file.Name, "@pulumi/")
	}
	if version == "" {
		version = file.Version
	}
	return &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: file.Pulumi.Server,
	}
}

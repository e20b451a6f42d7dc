package nodehost

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// pulumiSection is what a package.json of a Pulumi SDK says of its plugin.
type pulumiSection struct {
	Resource         bool              `json:"resource"`
	Name             string            `json:"name"`
	Version          string            `json:"version"`
	Server           string            `json:"server"`
	Parameterization *parameterization `json:"parameterization"`
	Extension        *parameterization `json:"extensionParameterization"`
}

type parameterization struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Value   []byte `json:"value"`
}

// GetRequiredPackages says which plugins the packages installed for a program need.
func (h *Host) GetRequiredPackages(
	_ context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	var needed []*pulumirpc.PackageDependency
	for _, each := range installedPackages(request.GetInfo().GetProgramDirectory()) {
		if dependency := each.plugin(); dependency != nil {
			needed = append(needed, dependency)
		}
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: needed}, nil
}

// GetRequiredPlugins is the same for engines that know no packages with parameters.
func (h *Host) GetRequiredPlugins(
	ctx context.Context, request *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	packages, err := h.GetRequiredPackages(ctx, &pulumirpc.GetRequiredPackagesRequest{Info: request.GetInfo()})
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPluginsResponse{}
	for _, each := range packages.GetPackages() {
		response.Plugins = append(response.Plugins, &pulumirpc.PluginDependency{
			Name: each.GetName(), Kind: each.GetKind(), Version: each.GetVersion(), Server: each.GetServer(),
		})
	}
	return response, nil
}

// GetProgramDependencies says which packages are installed for a program: those that its package.json names, or all.
func (h *Host) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	folder := request.GetInfo().GetProgramDirectory()
	installed := installedPackages(folder)
	if !request.GetTransitiveDependencies() {
		_, own, err := nearestManifest(folder)
		if err != nil {
			return nil, err
		}
		installed = directDependencies(folder, own)
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, each := range installed {
		response.Dependencies = append(response.Dependencies, &pulumirpc.DependencyInfo{Name: each.Name, Version: each.Version})
	}
	return response, nil
}

func directDependencies(folder string, own manifest) []manifest {
	names := slices.Concat(slices.Collect(maps.Keys(own.Dependencies)), slices.Collect(maps.Keys(own.DevDependencies)))
	slices.Sort(names)
	var found []manifest
	for _, name := range slices.Compact(names) {
		for _, above := range foldersAbove(folder) {
			if read, err := readManifest(filepath.Join(above, "node_modules", name, "package.json")); err == nil {
				found = append(found, read)
				break
			}
		}
	}
	return found
}

// plugin is the plugin that a package needs, nil for none. A package outside of @pulumi must say the plugin's name.
func (m manifest) plugin() *pulumirpc.PackageDependency {
	name := cmp.Or(m.Pulumi.Name, strings.TrimPrefix(m.Name, "@pulumi/"))
	version := cmp.Or(m.Pulumi.Version, m.Version)
	if !m.Pulumi.Resource || name == "" || strings.HasPrefix(name, "@") || version == "" {
		return nil
	}
	return &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: m.Pulumi.Server,
		Parameterization: m.Pulumi.Parameterization.message(), Extension: m.Pulumi.Extension.message(),
	}
}

func (p *parameterization) message() *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}

// installedPackages reads the package.json of every package in the folder's node_modules, and of those that packages have
// for themselves. Unlike the official host it looks nowhere else: what lies elsewhere, the program cannot import.
func installedPackages(folder string) []manifest {
	walk := walk{seen: map[string]bool{}}
	walk.packagesOf(folder)
	return walk.found
}

type walk struct {
	seen  map[string]bool
	found []manifest
}

func (w *walk) packagesOf(folder string) {
	modules := filepath.Join(folder, "node_modules")
	for _, name := range visibleNames(modules) {
		if !strings.HasPrefix(name, "@") {
			w.visit(filepath.Join(modules, name))
			continue
		}
		for _, scoped := range visibleNames(filepath.Join(modules, name)) {
			w.visit(filepath.Join(modules, name, scoped))
		}
	}
}

func (w *walk) visit(folder string) {
	// Packages of a workspace are links, which may lead back.
	real, err := filepath.EvalSymlinks(folder)
	if err != nil || w.seen[real] {
		return
	}
	w.seen[real] = true
	read, err := readManifest(filepath.Join(real, "package.json"))
	if err != nil {
		return
	}
	w.found = append(w.found, read)
	w.packagesOf(real)
}

// visibleNames are the names in a folder that do not begin with a dot, as .bin and .package-lock.json do.
func visibleNames(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names
}

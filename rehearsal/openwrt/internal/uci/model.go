// Package uci reads, changes and writes OpenWrt's configuration exactly as libuci does, mistakes included: what the lab does to a
// router has to meet the same traps on the simulated one.
package uci

import (
	"fmt"
	"io"
	"slices"

	"homelab/openwrt/internal/files"
)

// Context is one program's view of the configuration.
type Context struct {
	Disk *files.Disk
	// ConfigFolder has the configuration, OverrideFolder files that go before it; empty for none.
	ConfigFolder   string
	OverrideFolder string
	// SaveFolder is where changes are staged; DeltaPath has all folders that staged changes are read from, this one last.
	SaveFolder string
	DeltaPath  []string
	// Strict ends reading at the first error; otherwise it goes to Warnings.
	Strict   bool
	Warnings io.Writer
	// NameAnonymous writes generated names into an export.
	NameAnonymous bool
	// Err is the outcome of the last operation.
	Err Code

	loaded []*Package
	reader *reader
	detail string
}

// The folders of a device.
const (
	ConfigFolder   = "/etc/config"
	OverrideFolder = "/var/run/uci"
	SaveFolder     = "/tmp/.uci"
)

// New is a context with a device's folders.
func New(disk *files.Disk) *Context {
	return &Context{
		Disk: disk, ConfigFolder: ConfigFolder, OverrideFolder: OverrideFolder,
		SaveFolder: SaveFolder, DeltaPath: []string{SaveFolder}, Strict: true, Warnings: io.Discard,
	}
}

// Package is one file of the configuration.
type Package struct {
	Name     string
	Sections []*Section
	// Staged has the changes found in the folders of staged changes, applied or not.
	Staged []Change

	changes    []Change
	path       string
	overridden bool
	hasDelta   bool
	made       int
}

// Section is one section of a package.
type Section struct {
	Name      string
	Type      string
	Anonymous bool
	Options   []*Option

	pkg *Package
}

// Option is an option with one value, or a list.
type Option struct {
	Name  string
	IsOne bool
	Value string
	Items []string

	section *Section
}

func (p *Package) section(name string) *Section {
	for _, section := range p.Sections {
		if section.Name == name {
			return section
		}
	}
	return nil
}

func (s *Section) option(name string) *Option {
	for _, option := range s.Options {
		if option.Name == name {
			return option
		}
	}
	return nil
}

// addSection makes a section at the end. Every one that is made counts for the names that are generated, deleted ones too.
func (p *Package) addSection(kind, name string) *Section {
	p.made++
	section := &Section{Name: name, Type: kind, pkg: p}
	if name == "" {
		section.Anonymous = true
		section.Name = fmt.Sprintf("cfg%02x%04x", p.made, hash(kind)%(1<<16))
	}
	p.Sections = append(p.Sections, section)
	return section
}

// hash is Bernstein's, over signed characters as on the machines that the recordings come from.
func hash(text string) uint32 {
	sum := uint32(5381)
	for i := range len(text) {
		sum = sum*33 + uint32(int32(int8(text[i])))
	}
	return sum & 0x7fffffff
}

func (p *Package) remove(section *Section) {
	p.Sections = slices.DeleteFunc(p.Sections, func(other *Section) bool { return other == section })
}

func (s *Section) remove(option *Option) {
	s.Options = slices.DeleteFunc(s.Options, func(other *Option) bool { return other == option })
}

// replace puts an option in the place of another one; without one, at the end.
func (s *Section) replace(old, option *Option) {
	option.section = s
	if i := slices.Index(s.Options, old); i >= 0 {
		s.Options[i] = option
		return
	}
	s.Options = append(s.Options, option)
}

func (c *Context) find(name string) *Package {
	for _, pkg := range c.loaded {
		if pkg.Name == name {
			return pkg
		}
	}
	return nil
}

func (c *Context) forget(pkg *Package) {
	c.loaded = slices.DeleteFunc(c.loaded, func(other *Package) bool { return other == pkg })
}

// Loaded gives the packages that are in memory.
func (c *Context) Loaded() []*Package { return slices.Clone(c.loaded) }

// Unload takes a package out of memory.
func (c *Context) Unload(pkg *Package) {
	_ = c.attempt(func() error {
		if pkg == nil {
			return Invalid
		}
		c.forget(pkg)
		return nil
	})
}

// Stage makes a folder the one that changes are staged in; it is read last.
func (c *Context) Stage(folder string) {
	c.DeltaPath = slices.DeleteFunc(c.DeltaPath, func(other string) bool { return other == folder })
	c.DeltaPath = append(c.DeltaPath, folder)
	c.SaveFolder = folder
}

// StageOnly is Stage, with no other folder to read staged changes from.
func (c *Context) StageOnly(folder string) {
	c.DeltaPath = nil
	c.Stage(folder)
}

// AlsoRead adds a folder to read staged changes from, before the one that changes are staged in.
func (c *Context) AlsoRead(folder string) {
	_ = c.attempt(func() error {
		if slices.Contains(c.DeltaPath, folder) {
			return Duplicate
		}
		c.DeltaPath = slices.Insert(c.DeltaPath, max(len(c.DeltaPath)-1, 0), folder)
		return nil
	})
}

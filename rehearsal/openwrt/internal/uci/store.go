package uci

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Load reads a package with its staged changes.
func (c *Context) Load(name string) (*Package, error) {
	var pkg *Package
	err := c.attempt(func() (err error) {
		pkg, err = c.load(name)
		return err
	})
	return pkg, err
}

func (c *Context) load(name string) (*Package, error) {
	path, overridden, configured := name, false, false
	switch {
	case strings.HasPrefix(name, "/"), strings.HasPrefix(name, "./"):
		name = name[strings.LastIndexByte(name, '/')+1:]
	case strings.HasPrefix(name, "."):
		return nil, NotFound
	default:
		if !isType(name) {
			return nil, Invalid
		}
		configured = true
		path, overridden = c.place(name)
	}
	file, err := c.openToRead(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	pkg, err := c.read(NewInput(file), name, nil, true)
	if err != nil {
		return nil, err
	}
	pkg.path, pkg.overridden, pkg.hasDelta = path, overridden, configured
	_, err = c.applyStaged(pkg, false)
	return pkg, err
}

// place is where a package's file is: in the folder of overrides if there is one of that name.
func (c *Context) place(name string) (string, bool) {
	if c.OverrideFolder != "" {
		path := c.OverrideFolder + "/" + name
		if _, err := c.Disk.Stat(path); err == nil {
			return path, true
		}
	}
	return c.ConfigFolder + "/" + name, false
}

// Packages lists the files of the configuration's folder that can be packages.
func (c *Context) Packages() ([]string, error) {
	var names []string
	err := c.attempt(func() error {
		found := false
		for _, name := range c.Disk.List(c.ConfigFolder) {
			if strings.HasPrefix(name, ".") {
				continue
			}
			found = true
			info, err := c.Disk.Stat(c.ConfigFolder + "/" + name)
			if err == nil && info.IsDir() || strings.Contains(name, ".") || !isType(name) {
				continue
			}
			names = append(names, name)
		}
		if !found {
			return NotFound
		}
		return nil
	})
	return names, err
}

// Commit writes a package with its staged changes to its file and gives it as it was read anew. `overwrite` writes the package as
// it is, whatever the file has.
func (c *Context) Commit(pkg *Package, overwrite bool) (*Package, error) {
	written := pkg
	err := c.attempt(func() (err error) {
		if pkg == nil {
			return Invalid
		}
		written, err = c.commit(pkg, overwrite)
		return err
	})
	return written, err
}

func (c *Context) commit(pkg *Package, overwrite bool) (*Package, error) {
	if pkg.path == "" && overwrite {
		pkg.path = c.ConfigFolder + "/" + pkg.Name
	}
	if pkg.path == "" {
		return pkg, Invalid
	}
	file, err := c.openToWrite(pkg.path, true)
	if err != nil {
		return pkg, err
	}
	defer file.Close()
	if pkg.hasDelta {
		if !overwrite {
			if pkg, err = c.readAgain(pkg, file); err != nil {
				return pkg, err
			}
		}
		worked, err := c.applyStaged(pkg, true)
		if err != nil || worked == 0 {
			return pkg, err
		}
	}
	return pkg, c.write(pkg)
}

// readAgain takes what other programs did meanwhile into account.
func (c *Context) readAgain(pkg *Package, file *os.File) (*Package, error) {
	if err := c.save(pkg); err != nil {
		return pkg, err
	}
	c.forget(pkg)
	fresh, err := c.read(NewInput(file), pkg.Name, nil, true)
	if err != nil {
		return pkg, err
	}
	fresh.path, fresh.overridden, fresh.hasDelta = pkg.path, pkg.overridden, true
	return fresh, nil
}

// write replaces the package's file by a new one, which is never looked at again: see writeBlocks.
func (c *Context) write(pkg *Package) error {
	folder := c.ConfigFolder
	if pkg.overridden {
		folder = c.OverrideFolder
	}
	draft, err := c.Disk.Temporary(folder, "."+pkg.Name+".uci-")
	if err != nil {
		return IO
	}
	var text bytes.Buffer
	c.exportPackage(&text, pkg, false)
	writeBlocks(draft, text.Bytes())
	_ = draft.Sync()
	_ = draft.Close()
	target, err := filepath.EvalSymlinks(c.Disk.Path(pkg.path))
	if err == nil {
		err = replace(draft.Name(), target)
	}
	if err != nil {
		_ = os.Remove(draft.Name())
		return IO
	}
	return nil
}

func replace(draft, target string) error {
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	if err := os.Chmod(draft, info.Mode()); err != nil {
		return err
	}
	return os.Rename(draft, target)
}

// Export writes a package, or all that are loaded, in the form of a file.
func (c *Context) Export(out io.Writer, pkg *Package) {
	packages := []*Package{pkg}
	if pkg == nil {
		packages = c.loaded
	}
	for _, pkg := range packages {
		c.exportPackage(out, pkg, true)
	}
}

func (c *Context) exportPackage(out io.Writer, pkg *Package, header bool) {
	var text strings.Builder
	if header {
		text.WriteString("package " + escape(pkg.Name) + "\n")
	}
	for _, section := range pkg.Sections {
		// A type is not quoted: one with a quote or a semicolon makes the file unreadable.
		text.WriteString("\nconfig " + escape(section.Type))
		if !section.Anonymous || c.NameAnonymous {
			text.WriteString(" " + Quote(section.Name))
		}
		text.WriteString("\n")
		for _, option := range section.Options {
			if option.IsOne {
				text.WriteString("\toption " + escape(option.Name) + " " + Quote(option.Value) + "\n")
			}
			for _, item := range option.Items {
				text.WriteString("\tlist " + escape(option.Name) + " " + Quote(item) + "\n")
			}
		}
	}
	text.WriteString("\n")
	_, _ = io.WriteString(out, text.String())
}

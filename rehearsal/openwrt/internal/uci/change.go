package uci

import (
	"bytes"
	"os"
	"strings"
	"syscall"
)

// The kinds of change, as they are marked at the start of a line of staged changes.
type kind byte

const (
	added       kind = '+'
	removed     kind = '-'
	changed     kind = 0
	renamed     kind = '@'
	reordered   kind = '^'
	itemAdded   kind = '|'
	itemRemoved kind = '~'
)

// Change is one staged change.
type Change struct {
	kind    kind
	Section string
	// Option is empty for a change of the section.
	Option string
	// Value is nil where a whole section or option is removed.
	Value *string
}

// Verb names the kind of a change as the bus object does.
func (ch Change) Verb() string {
	return map[kind]string{
		added: "add", removed: "remove", changed: "set", renamed: "rename",
		reordered: "order", itemAdded: "list-add", itemRemoved: "list-del",
	}[ch.kind]
}

// note records a change to be saved; packages from outside the configuration's folder keep no record.
func (c *Context) note(pointer *Pointer, record bool, what kind) {
	if !record || !pointer.pkg.hasDelta {
		return
	}
	change := Change{kind: what, Section: *pointer.Section, Value: pointer.Value}
	if pointer.Option != nil {
		change.Option = *pointer.Option
	}
	pointer.pkg.changes = append(pointer.pkg.changes, change)
}

func (ch Change) line(pkg string) string {
	var line strings.Builder
	if ch.kind != changed {
		line.WriteByte(byte(ch.kind))
	}
	line.WriteString(pkg + "." + ch.Section)
	if ch.Option != "" {
		line.WriteString("." + ch.Option)
	}
	if ch.Value != nil {
		line.WriteString("=" + Quote(*ch.Value))
	}
	line.WriteByte('\n')
	return line.String()
}

// Quote writes a value in single quotes.
func Quote(text string) string { return "'" + escape(text) + "'" }

func escape(text string) string { return strings.ReplaceAll(text, "'", `'\''`) }

// Save appends the package's changes to its file of staged changes; a package from elsewhere is written at once.
func (c *Context) Save(pkg *Package) error {
	return c.attempt(func() error {
		if pkg == nil {
			return Invalid
		}
		return c.save(pkg)
	})
}

func (c *Context) save(pkg *Package) error {
	if !pkg.hasDelta {
		_, err := c.commit(pkg, false)
		return err
	}
	if len(pkg.changes) == 0 {
		return nil
	}
	if info, err := c.Disk.Stat(c.SaveFolder); err != nil {
		mode := os.FileMode(0o700)
		if config, err := c.Disk.Stat(c.ConfigFolder); err == nil {
			mode = config.Mode()
		}
		_ = c.Disk.Mkdir(c.SaveFolder, mode)
	} else if !info.IsDir() {
		return IO
	}
	file, err := c.openToWrite(c.SaveFolder+"/"+pkg.Name, true)
	if err != nil {
		return err
	}
	defer file.Close()
	_, _ = file.Seek(0, 2)
	var lines bytes.Buffer
	for _, change := range pkg.changes {
		lines.WriteString(change.line(pkg.Name))
	}
	pkg.changes = nil
	writeBlocks(file, lines.Bytes())
	return nil
}

// writeBlocks writes as the C library does, in blocks, and like the original does not look whether that worked: on a full disk the
// file stays empty or ends in the middle, and nobody is told.
func writeBlocks(file *os.File, content []byte) {
	const block = 4096
	for len(content) > 0 {
		size := min(block, len(content))
		_, _ = file.Write(content[:size])
		content = content[size:]
	}
}

// openToWrite opens a file for one writer. A new one gets the mode of the package's file in the configuration's folder.
func (c *Context) openToWrite(path string, create bool) (*os.File, error) {
	flags, mode := os.O_RDWR, os.FileMode(0o600)
	if create {
		flags |= os.O_CREATE
		if info, err := c.Disk.Stat(c.ConfigFolder + "/" + path[strings.LastIndexByte(path, '/')+1:]); err == nil {
			mode = info.Mode()
		}
	}
	file, err := c.Disk.Open(path, flags, mode)
	if err != nil {
		return nil, IO
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil && err != syscall.ENOSYS {
		file.Close()
		return nil, IO
	}
	return file, nil
}

func (c *Context) openToRead(path string) (*os.File, error) {
	info, err := c.Disk.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, NotFound
	}
	file, err := c.Disk.Open(path, os.O_RDONLY, 0)
	if err != nil {
		return nil, IO
	}
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_SH)
	return file, nil
}

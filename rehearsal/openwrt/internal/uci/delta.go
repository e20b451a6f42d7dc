package uci

import (
	"os"
	"strings"
)

// applyStaged reads the staged changes of a package and applies them. `flush` empties the file in SaveFolder, if a change worked.
func (c *Context) applyStaged(pkg *Package, flush bool) (int, error) {
	if !pkg.hasDelta {
		return 0, nil
	}
	worked := 0
	for _, folder := range c.DeltaPath {
		if file, err := c.openToRead(folder + "/" + pkg.Name); err == nil {
			worked += c.applyFile(file, pkg)
			file.Close()
		}
	}
	if flush && worked > 0 {
		if file, err := c.openToWrite(c.SaveFolder+"/"+pkg.Name, false); err == nil {
			err := file.Truncate(0)
			file.Close()
			if err != nil {
				return worked, IO
			}
		}
	}
	c.Err = OK
	return worked, nil
}

// applyFile applies the lines that can be applied and says how many those were. The others are passed over without a word.
func (c *Context) applyFile(file *os.File, pkg *Package) int {
	r := &reader{input: NewInput(file)}
	c.reader = r
	worked := 0
	for !r.input.Ended() {
		r.pos = 0
		r.startLine(0)
		if r.at(0) != 0 && c.applyLine(r, pkg) == nil {
			worked++
		}
	}
	c.reader = nil
	return worked
}

func (c *Context) applyLine(r *reader, pkg *Package) error {
	what, pointer, err := r.change()
	if err != nil {
		return err
	}
	if pointer.Package != pkg.Name {
		return Parse
	}
	change := Change{kind: what, Section: *pointer.Section, Value: pointer.Value}
	if pointer.Option != nil {
		change.Option = *pointer.Option
	}
	pkg.Staged = append(pkg.Staged, change)
	return c.apply(what, pointer)
}

func (c *Context) apply(what kind, pointer *Pointer) error {
	switch what {
	case reordered:
		if err := c.expand(pointer, true); err != nil {
			return err
		}
		c.reorder(pointer.section, Position(*pointer.Value), false)
		return nil
	case renamed:
		return c.rename(pointer, false)
	case removed:
		return c.delete(pointer, false)
	case itemAdded:
		return c.addList(pointer, false)
	case itemRemoved:
		return c.removeItem(pointer, false)
	case added:
		if err := c.set(pointer, false); err != nil {
			return err
		}
		if pointer.Option == nil && pointer.section != nil {
			pointer.section.Anonymous = true
		}
		return nil
	}
	return c.set(pointer, false)
}

// change reads a line of staged changes.
func (r *reader) change() (kind, *Pointer, error) {
	at, err := r.next(anyArgument)
	if err != nil {
		return 0, nil, err
	}
	if r.current() != 0 {
		return 0, nil, Invalid
	}
	text, what := r.stringAt(at), changed
	if text != "" && strings.IndexByte("+-@^|~", text[0]) >= 0 {
		what, text = kind(text[0]), text[1:]
	}
	pointer, err := parsePointer(text)
	if err != nil {
		return 0, nil, err
	}
	bad := pointer.Section == nil || pointer.extended || what != removed && pointer.Value == nil
	switch what {
	case reordered:
		bad = bad || pointer.Option != nil
	case renamed:
		bad = bad || !isName(*pointer.Value)
	case itemAdded, itemRemoved:
		bad = bad || pointer.Option == nil
	}
	if bad {
		return 0, nil, Invalid
	}
	return what, pointer, nil
}

// Revert drops staged changes of what the pointer names. The package is read anew.
func (c *Context) Revert(pointer *Pointer) error {
	return c.attempt(func() error {
		if err := c.expand(pointer, false); err != nil {
			return err
		}
		if !pointer.pkg.hasDelta {
			return Invalid
		}
		if err := c.save(pointer.pkg); err != nil {
			return err
		}
		name := pointer.pkg.Name
		c.forget(pointer.pkg)
		c.filterStaged(name, pointer)
		pkg, err := c.load(name)
		pointer.pkg = pkg
		return err
	})
}

// filterStaged rewrites the file of staged changes without those of the pointer. One line that cannot be read keeps all of them.
func (c *Context) filterStaged(name string, pointer *Pointer) {
	file, err := c.openToWrite(c.SaveFolder+"/"+name, false)
	if err != nil {
		return
	}
	defer file.Close()
	r := &reader{input: NewInput(file)}
	var kept strings.Builder
	for !r.input.Ended() {
		r.pos = 0
		r.startLine(0)
		if r.at(0) == 0 {
			continue
		}
		what, line, err := r.change()
		if err != nil {
			return
		}
		if !line.within(pointer) {
			change := Change{kind: what, Section: *line.Section, Value: line.Value}
			if line.Option != nil {
				change.Option = *line.Option
			}
			kept.WriteString(change.line(name))
		}
	}
	_ = file.Truncate(0)
	_, _ = file.Seek(0, 0)
	writeBlocks(file, []byte(kept.String()))
}

func (p *Pointer) within(scope *Pointer) bool {
	if scope.Section != nil && *p.Section != *scope.Section {
		return false
	}
	return scope.Option == nil || p.Option != nil && *p.Option == *scope.Option
}

package uci

import (
	"strconv"
	"strings"
)

// Pointer names something in the configuration and, once looked up, has it.
type Pointer struct {
	Package string
	Section *string
	Option  *string
	Value   *string

	pkg      *Package
	section  *Section
	option   *Option
	done     bool
	complete bool
	extended bool
}

// ParsePointer reads `package[.section[.option]][=value]`.
func (c *Context) ParsePointer(text string) (*Pointer, error) {
	var pointer *Pointer
	err := c.attempt(func() (err error) {
		pointer, err = parsePointer(text)
		return err
	})
	return pointer, err
}

func parsePointer(text string) (*Pointer, error) {
	pointer := &Pointer{}
	path, value, hasValue := strings.Cut(text, "=")
	if hasValue {
		pointer.Value = &value
	}
	parts := strings.Split(path, ".")
	if len(parts) > 3 {
		return nil, Parse
	}
	pointer.Package = parts[0]
	if len(parts) > 1 {
		pointer.Section = &parts[1]
		pointer.extended = !isName(parts[1])
	}
	if len(parts) > 2 {
		pointer.Option = &parts[2]
	}
	if !isType(pointer.Package) || pointer.Option != nil && !isName(*pointer.Option) || hasValue && !isText(value) {
		return nil, Parse
	}
	return pointer, nil
}

// Find reads a pointer and looks it up.
func (c *Context) Find(text string) (*Pointer, error) {
	var pointer *Pointer
	err := c.attempt(func() (err error) {
		if pointer, err = parsePointer(text); err != nil {
			return err
		}
		return c.lookup(pointer)
	})
	return pointer, err
}

// Lookup finds what a pointer names: all of it, or as much as there is.
func (c *Context) Lookup(pointer *Pointer) error {
	return c.attempt(func() error { return c.lookup(pointer) })
}

func (c *Context) lookup(pointer *Pointer) error {
	pointer.done = true
	if pointer.pkg == nil {
		pointer.pkg = c.find(pointer.Package)
	}
	if pointer.pkg == nil {
		pkg, err := c.load(pointer.Package)
		if err != nil {
			return err
		}
		pointer.pkg = pkg
	}
	if pointer.Section == nil && pointer.section == nil {
		pointer.complete = true
		return nil
	}
	if pointer.section == nil {
		section, err := findSection(pointer)
		if err != nil || section == nil {
			return err
		}
		pointer.section = section
	}
	if pointer.Option != nil {
		option := pointer.section.option(*pointer.Option)
		if option == nil {
			return nil
		}
		pointer.option = option
	}
	pointer.complete = true
	return nil
}

func findSection(pointer *Pointer) (*Section, error) {
	if !pointer.extended {
		return pointer.pkg.section(*pointer.Section), nil
	}
	section, err := findByIndex(pointer.pkg, *pointer.Section)
	if err != nil {
		*pointer = Pointer{}
	} else if section != nil {
		pointer.Section = &section.Name
	}
	return section, err
}

// findByIndex finds `@type[n]`, or `@[n]` for any type; a negative n counts from the end.
func findByIndex(pkg *Package, reference string) (*Section, error) {
	kind, rest, found := strings.Cut(strings.TrimPrefix(reference, "@"), "[")
	number, after, closed := strings.Cut(rest, "]")
	if !strings.HasPrefix(reference, "@") || !found || !closed || after != "" {
		return nil, Invalid
	}
	index, ok := leadingNumber(number)
	if !ok || kind != "" && !isType(kind) {
		return nil, Invalid
	}
	var candidates []*Section
	for _, section := range pkg.Sections {
		if kind == "" || section.Type == kind {
			candidates = append(candidates, section)
		}
	}
	if index < 0 {
		index += len(candidates)
	}
	if index < 0 || index >= len(candidates) {
		return nil, nil
	}
	return candidates[index], nil
}

// leadingNumber reads a whole text as strtol does: nothing at all is 0.
func leadingNumber(text string) (int, bool) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	if text == "" {
		return 0, true
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return int(int32(number)), err == nil
}

// expand makes sure that the pointer is looked up, and complete if it has to be.
func (c *Context) expand(pointer *Pointer, complete bool) error {
	if !pointer.done {
		if err := c.lookup(pointer); err != nil {
			return err
		}
	}
	if complete && !pointer.complete {
		return NotFound
	}
	if pointer.pkg == nil {
		return Invalid
	}
	if pointer.section != nil && pointer.Section == nil {
		pointer.Section = &pointer.section.Name
	}
	return nil
}

// Complete says whether everything that the pointer names is there.
func (p *Pointer) Complete() bool { return p.complete }

// Again forgets that the pointer was looked up, as callers do that change a part of it.
func (p *Pointer) Again() { p.done, p.complete = false, false }

// ByIndex lets the section be given as `@type[n]`.
func (p *Pointer) ByIndex() { p.extended = true }

// Target is what was found: a package, a section, or an option.
func (p *Pointer) Target() (*Package, *Section, *Option) { return p.pkg, p.section, p.option }

// Aim sets the section and the option that were found before; nil to look them up again.
func (p *Pointer) Aim(section *Section, option *Option) { p.section, p.option = section, option }

package uci

import "io"

// Import reads configuration from a stream: into the package if one is given and `single` (its changes are then to be saved),
// otherwise as a new package, or several, named by `name` or by `package` lines.
func (c *Context) Import(input *Input, name string, into *Package, single bool) (*Package, error) {
	var pkg *Package
	err := c.attempt(func() (err error) {
		pkg, err = c.read(input, name, into, single)
		return err
	})
	return pkg, err
}

func (c *Context) read(input *Input, name string, into *Package, single bool) (*Package, error) {
	r := &reader{input: input, name: name}
	c.reader = r
	if into != nil && single {
		r.pkg, r.merging = into, true
	}
	if name != "" && !isType(name) {
		return nil, Invalid
	}
	for !input.Ended() {
		r.pos = 0
		r.startLine(0)
		if r.at(0) == 0 {
			continue
		}
		if err := c.parseLine(r, single); err != nil {
			c.Err = codeOf(err)
			if !c.Strict {
				_, _ = io.WriteString(c.Warnings, c.Complaint(""))
			}
			if c.Err != Parse || c.Strict {
				return nil, err
			}
		}
	}
	if r.pkg == nil && name != "" {
		if err := c.open(r); err != nil {
			return nil, err
		}
	}
	pkg := r.pkg
	if r.merging {
		r.pkg = nil
	}
	c.close(r)
	c.reader = nil
	return pkg, nil
}

func (c *Context) parseLine(r *reader, single bool) error {
	r.skipSpace()
	for {
		var err error
		switch word := r.word(); word {
		case "":
			return nil
		case "p", "package":
			err = c.parsePackage(r, single)
		case "c", "config":
			err = c.parseSection(r)
		case "o", "option":
			err = c.parseOption(r, false)
		case "l", "list":
			err = c.parseOption(r, true)
		default:
			if word[0] == '#' {
				return nil
			}
			err = r.fail("invalid command")
		}
		if err != nil {
			return err
		}
	}
}

// close puts the package that was read to the others; open starts the next one.
func (c *Context) close(r *reader) {
	if r.pkg != nil {
		c.loaded = append(c.loaded, r.pkg)
		r.pkg, r.section = nil, nil
	}
}

func (c *Context) open(r *reader) error {
	c.close(r)
	if c.find(r.name) != nil {
		return Duplicate
	}
	r.pkg = &Package{Name: r.name}
	return nil
}

func (c *Context) parsePackage(r *reader, single bool) error {
	if err := r.passWord("package"); err != nil {
		return err
	}
	at, err := r.next(packageArgument)
	if err != nil {
		return err
	}
	if err := r.end(c.Strict); err != nil || single {
		return err
	}
	r.name = r.stringAt(at)
	return c.open(r)
}

func (c *Context) parseSection(r *reader) error {
	if r.pkg == nil {
		if r.name == "" {
			return r.fail("attempting to import a file without a package name")
		}
		if err := c.open(r); err != nil {
			return err
		}
	}
	if err := r.passWord("config"); err != nil {
		return err
	}
	typeAt, err := r.next(requiredArgument)
	if err != nil {
		return err
	}
	if !isType(r.stringAt(typeAt)) {
		return r.fail("invalid character in type field")
	}
	nameAt, err := r.next(nameArgument)
	if err != nil {
		return err
	}
	if err := r.end(c.Strict); err != nil {
		return err
	}
	kind, name := r.stringAt(typeAt), r.stringAt(nameAt)
	if name == "" {
		r.section = c.addSection(r.pkg, kind, r.merging)
		return nil
	}
	pointer := &Pointer{pkg: r.pkg, Package: r.pkg.Name, Section: &name, Value: &kind, done: true}
	if pointer.section = r.pkg.section(name); pointer.section != nil && c.Strict && pointer.section.Type != kind {
		return r.fail("section of different type overwrites prior section with same name")
	}
	err = c.set(pointer, r.merging)
	r.section = pointer.section
	return err
}

func (c *Context) parseOption(r *reader, list bool) error {
	if r.section == nil {
		return r.fail("option/list command found before the first section")
	}
	if err := r.passWord("option"); err != nil {
		return err
	}
	nameAt, err := r.next(requiredName)
	if err != nil {
		return err
	}
	valueAt, err := r.next(anyArgument)
	if err != nil {
		return err
	}
	if err := r.end(c.Strict); err != nil {
		return err
	}
	name, value := r.stringAt(nameAt), r.stringAt(valueAt)
	pointer := &Pointer{
		pkg: r.pkg, section: r.section, option: r.section.option(name),
		Package: r.pkg.Name, Section: &r.section.Name, Option: &name, Value: &value, done: true,
	}
	if list {
		return c.addList(pointer, r.merging)
	}
	return c.set(pointer, r.merging)
}

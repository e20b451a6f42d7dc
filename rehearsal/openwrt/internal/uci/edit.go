package uci

import "slices"

// Set gives an option a value or a section a type, makes what is missing, and deletes what gets an empty one.
func (c *Context) Set(pointer *Pointer) error {
	return c.attempt(func() error { return c.set(pointer, true) })
}

func (c *Context) set(pointer *Pointer, record bool) error {
	if err := c.expand(pointer, false); err != nil {
		return err
	}
	if pointer.Value == nil || pointer.section == nil && (pointer.Option != nil || pointer.Section == nil) {
		return Invalid
	}
	value := *pointer.Value
	if pointer.Option == nil && value != "" && !isType(value) {
		return Invalid
	}
	if pointer.option == nil && pointer.section != nil && pointer.Option != nil {
		pointer.option = pointer.section.option(*pointer.Option)
	}
	switch {
	case value == "":
		if !pointer.complete {
			return nil
		}
		return c.delete(pointer, record)
	case pointer.Option != nil:
		if old := pointer.option; old != nil && old.IsOne && old.Value == value {
			return nil
		}
		option := &Option{Name: *pointer.Option, IsOne: true, Value: value}
		pointer.section.replace(pointer.option, option)
		pointer.option = option
	case pointer.section == nil:
		pointer.section = pointer.pkg.addSection(value, *pointer.Section)
	case pointer.Section != nil:
		if pointer.section.Type == value {
			return nil
		}
		if len(pointer.section.Type) != len(value) {
			// A type of another length makes the original build the section anew, as one with a name.
			pointer.section.Anonymous = false
		}
		pointer.section.Type = value
	default:
		return Invalid
	}
	c.note(pointer, record, changed)
	return nil
}

// AddSection makes a section with a generated name.
func (c *Context) AddSection(pkg *Package, kind string) (*Section, error) {
	var section *Section
	err := c.attempt(func() error {
		if pkg == nil {
			return Invalid
		}
		section = c.addSection(pkg, kind, true)
		return nil
	})
	return section, err
}

func (c *Context) addSection(pkg *Package, kind string, record bool) *Section {
	section := pkg.addSection(kind, "")
	c.note(&Pointer{pkg: pkg, Section: &section.Name, Value: &kind}, record, added)
	return section
}

// Delete removes a section, an option, or the item of a list that the value has the index of.
func (c *Context) Delete(pointer *Pointer) error {
	return c.attempt(func() error { return c.delete(pointer, true) })
}

func (c *Context) delete(pointer *Pointer, record bool) error {
	if err := c.expand(pointer, true); err != nil {
		return err
	}
	if pointer.section == nil {
		return Invalid
	}
	if pointer.option != nil && !pointer.option.IsOne && pointer.Value != nil && *pointer.Value != "" {
		return c.deleteItem(pointer, record)
	}
	whole := *pointer
	whole.Value = nil
	c.note(&whole, record, removed)
	if pointer.option != nil {
		pointer.section.remove(pointer.option)
	} else {
		pointer.pkg.remove(pointer.section)
	}
	if pointer.Option != nil {
		pointer.option = nil
	} else {
		pointer.section = nil
	}
	return nil
}

func (c *Context) deleteItem(pointer *Pointer, record bool) error {
	index, ok := scanNumber(*pointer.Value)
	if !ok {
		return OutOfMemory
	}
	if index >= 0 && index < len(pointer.option.Items) {
		c.note(pointer, record, removed)
		pointer.option.Items = slices.Delete(pointer.option.Items, index, index+1)
	}
	return nil
}

// AddItem adds an item to a list; an option with one value becomes a list.
func (c *Context) AddItem(pointer *Pointer) error {
	return c.attempt(func() error { return c.addList(pointer, true) })
}

func (c *Context) addList(pointer *Pointer, record bool) error {
	if err := c.expand(pointer, false); err != nil {
		return err
	}
	if pointer.section == nil || pointer.Value == nil {
		return Invalid
	}
	if pointer.option == nil {
		// Without the option's name (`add_list network.lan=1`) this makes one without a name, which is never found again.
		list := &Option{}
		if pointer.Option != nil {
			list.Name = *pointer.Option
		}
		pointer.section.replace(nil, list)
		pointer.option = list
	} else if pointer.option.IsOne {
		list := &Option{Name: pointer.option.Name, Items: []string{pointer.option.Value}}
		pointer.section.replace(pointer.option, list)
		pointer.option = list
	}
	pointer.option.Items = append(pointer.option.Items, *pointer.Value)
	c.note(pointer, record, itemAdded)
	return nil
}

// RemoveItem removes every item of a list that is equal to the value. What is no list stays as it is.
func (c *Context) RemoveItem(pointer *Pointer) error {
	return c.attempt(func() error { return c.removeItem(pointer, true) })
}

func (c *Context) removeItem(pointer *Pointer, record bool) error {
	if err := c.expand(pointer, false); err != nil {
		return err
	}
	if pointer.section == nil || pointer.Value == nil {
		return Invalid
	}
	if pointer.option == nil || pointer.Option == nil || pointer.option.IsOne {
		return nil
	}
	c.note(pointer, record, itemRemoved)
	value := *pointer.Value
	pointer.option.Items = slices.DeleteFunc(pointer.option.Items, func(item string) bool { return item == value })
	return nil
}

// Rename gives a section or an option another name, without looking whether it is a good one or taken.
func (c *Context) Rename(pointer *Pointer) error {
	return c.attempt(func() error { return c.rename(pointer, true) })
}

func (c *Context) rename(pointer *Pointer, record bool) error {
	if err := c.expand(pointer, true); err != nil {
		return err
	}
	if pointer.section == nil || pointer.Value == nil {
		return Invalid
	}
	c.note(pointer, record, renamed)
	if pointer.option != nil {
		pointer.option.Name = *pointer.Value
		return nil
	}
	pointer.section.Name = *pointer.Value
	pointer.section.Anonymous = false
	return nil
}

// Reorder moves a section to a position, the end if there are fewer.
func (c *Context) Reorder(section *Section, position int) error {
	return c.attempt(func() error {
		c.reorder(section, position, true)
		return nil
	})
}

func (c *Context) reorder(section *Section, position int, record bool) {
	pkg := section.pkg
	before := slices.Index(pkg.Sections, section)
	pkg.remove(section)
	after := min(max(position, 0), len(pkg.Sections))
	pkg.Sections = slices.Insert(pkg.Sections, after, section)
	if before != after {
		text := decimal(position)
		c.note(&Pointer{pkg: pkg, Section: &section.Name, Value: &text}, record, reordered)
	}
}

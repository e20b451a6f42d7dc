package rpcd

import (
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

func remove(c *call) Status {
	config, kind, section := c.text("config"), c.text("type"), c.text("section")
	if config == nil || !c.hasTarget() {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	if kind != nil && !isType(*kind) || section != nil && !isSection(*section) {
		return InvalidArgument
	}
	pkg, status := c.writable(*config)
	if status != OK {
		return status
	}
	pointer, failure := &uci.Pointer{Package: *config}, OK
	for _, name := range c.targets(pkg, section) {
		pointer.Aim(nil, nil)
		pointer.Section = &name
		failure = c.removeFrom(pointer)
	}
	if failure == OK && pointer.Section == nil {
		failure = NotFound
	}
	return c.finish(pkg, failure)
}

// removeFrom removes options of a section, or the section if the call names none.
func (c *call) removeFrom(pointer *uci.Pointer) Status {
	if c.lookup(pointer) != nil {
		return NotFound
	}
	_, section, _ := pointer.Target()
	if section == nil {
		return NotFound
	}
	if options := c.Get("options", message.Array); options != nil {
		status := NotFound
		for _, field := range options.Fields {
			if field.Value.Kind == message.String && c.removeOption(pointer, field.Value.Text) == OK {
				status = OK
			}
		}
		return status
	}
	if option := c.text("option"); option != nil {
		return c.removeOption(pointer, *option)
	}
	pointer.Aim(section, nil)
	pointer.Option = nil
	_ = c.cursor.Delete(pointer)
	return OK
}

func (c *call) removeOption(pointer *uci.Pointer, name string) Status {
	if !c.aim(pointer, name) {
		return NotFound
	}
	if _, _, option := pointer.Target(); option == nil {
		return NotFound
	}
	_ = c.cursor.Delete(pointer)
	pointer.Again()
	return OK
}

func rename(c *call) Status {
	config, section, name := c.text("config"), c.text("section"), c.text("name")
	if config == nil || section == nil || name == nil {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	if !isName(*name) {
		return InvalidArgument
	}
	pkg, status := c.writable(*config)
	if status != OK {
		return status
	}
	pointer := &uci.Pointer{Package: *config, Section: section, Option: c.text("option"), Value: name}
	if c.cursor.Lookup(pointer) == nil {
		_, found, option := pointer.Target()
		// What is missing is an error that the unloading forgets: the call answers OK and has done nothing.
		if found != nil && (pointer.Option == nil || option != nil) && c.cursor.Rename(pointer) == nil {
			_ = c.cursor.Save(pkg)
		}
	}
	c.cursor.Unload(pkg)
	return c.outcome()
}

func order(c *call) Status {
	config, sections := c.text("config"), c.Get("sections", message.Array)
	if config == nil || sections == nil {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	pkg, status := c.writable(*config)
	if status != OK {
		return status
	}
	failure, position := OK, 0
	fail := func(status Status) {
		if failure == OK {
			failure = status
		}
	}
	for _, field := range sections.Fields {
		if field.Value.Kind != message.String {
			fail(InvalidArgument)
			continue
		}
		pointer := &uci.Pointer{Package: *config, Section: &field.Value.Text}
		err := c.cursor.Lookup(pointer)
		_, section, _ := pointer.Target()
		if err != nil || section == nil {
			fail(NotFound)
			continue
		}
		_ = c.cursor.Reorder(section, position)
		position++
	}
	return c.finish(pkg, failure)
}

package rpcd

import (
	"slices"

	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

// writable loads the package that a call is to change; a Status other than OK ends the call.
func (c *call) writable(config string) (*uci.Package, Status) {
	pkg, err := c.cursor.Load(config)
	if err != nil {
		return nil, c.outcome()
	}
	return pkg, OK
}

// finish saves what the call changed, unless a part of it failed: then nothing of it stays.
func (c *call) finish(pkg *uci.Package, failure Status) Status {
	if failure == OK {
		_ = c.cursor.Save(pkg)
	}
	c.cursor.Unload(pkg)
	if failure != OK {
		return failure
	}
	return c.outcome()
}

func add(c *call) Status {
	config, kind, name := c.text("config"), c.text("type"), c.text("name")
	if config == nil || kind == nil {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	if !isType(*kind) || name != nil && !isName(*name) {
		return InvalidArgument
	}
	pkg, status := c.writable(*config)
	if status != OK {
		return status
	}
	pointer := &uci.Pointer{Package: *config}
	if name != nil {
		pointer.Section, pointer.Value = name, kind
		if c.lookup(pointer) != nil || c.cursor.Set(pointer) != nil {
			c.cursor.Unload(pkg)
			return c.outcome()
		}
	} else {
		section, _ := c.cursor.AddSection(pkg, *kind)
		id := section.Name
		pointer.Section = &id
	}
	failure := OK
	if values := c.Get("values", message.Table); values != nil {
		for _, field := range values.Fields {
			if status := c.addValue(pointer, field); failure == OK {
				failure = status
			}
		}
	}
	if failure == OK {
		c.reply(message.Named("section", *pointer.Section))
	}
	return c.finish(pkg, failure)
}

// addValue sets an option; the items of a list are added to those that are there.
func (c *call) addValue(pointer *uci.Pointer, field message.Field) Status {
	if !isName(field.Name) {
		return InvalidArgument
	}
	if !c.aim(pointer, field.Name) {
		return NotFound
	}
	if field.Value.Kind != message.Array {
		value, ok := asText(field.Value)
		if !ok {
			return InvalidArgument
		}
		pointer.Value = &value
		_ = c.cursor.Set(pointer)
		return OK
	}
	if added := c.addItems(pointer, field.Value); added < len(field.Value.Fields) {
		return InvalidArgument
	}
	return OK
}

// addItems adds what can be a text, and says how many those were.
func (c *call) addItems(pointer *uci.Pointer, list message.Value) int {
	added := 0
	for _, item := range list.Fields {
		if value, ok := asText(item.Value); ok {
			pointer.Value = &value
			_ = c.cursor.AddItem(pointer)
			added++
		}
	}
	return added
}

// aim points at an option of the pointer's section, whether it exists or not.
func (c *call) aim(pointer *uci.Pointer, option string) bool {
	_, section, _ := pointer.Target()
	pointer.Again()
	pointer.Aim(section, nil)
	pointer.Option = &option
	if c.lookup(pointer) != nil {
		return false
	}
	_, section, _ = pointer.Target()
	return section != nil
}

func set(c *call) Status {
	config, values, section := c.text("config"), c.Get("values", message.Table), c.text("section")
	if config == nil || values == nil || !c.hasTarget() {
		return InvalidArgument
	}
	if !c.may("write", *config) {
		return Denied
	}
	if section != nil && !isSection(*section) {
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
		for _, field := range values.Fields {
			if status := c.setValue(pointer, field); status != OK {
				failure = status
			}
		}
	}
	if _, found, _ := pointer.Target(); found == nil && failure == OK {
		failure = NotFound
	}
	return c.finish(pkg, failure)
}

// hasTarget says whether a call names a section, a type or values to match.
func (c *call) hasTarget() bool {
	return c.text("section") != nil || c.text("type") != nil || c.Get("match", message.Table) != nil
}

// targets are the sections that a call is about: the one that it names, or all that match.
func (c *call) targets(pkg *uci.Package, section *string) []string {
	if section != nil {
		return []string{*section}
	}
	var names []string
	for _, section := range slices.Clone(pkg.Sections) {
		if c.matches(section) {
			names = append(names, section.Name)
		}
	}
	return names
}

// setValue sets an option; a list replaces what is there.
func (c *call) setValue(pointer *uci.Pointer, field message.Field) Status {
	pointer.Value = nil
	if !isName(field.Name) {
		return InvalidArgument
	}
	if !c.aim(pointer, field.Name) {
		return NotFound
	}
	_, _, old := pointer.Target()
	value, isText := asText(field.Value)
	if list := field.Value.Kind == message.Array; old != nil && (list || !old.IsOne) {
		_ = c.cursor.Delete(pointer)
		pointer.Again()
	}
	if field.Value.Kind == message.Array {
		if c.addItems(pointer, field.Value) == 0 {
			return InvalidArgument
		}
		return OK
	}
	if !isText {
		return InvalidArgument
	}
	if pointer.Value = &value; old == nil || !old.IsOne || old.Value != value {
		_ = c.cursor.Set(pointer)
	}
	return OK
}

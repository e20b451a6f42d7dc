package rpcd

import (
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

var uciMethods = map[string]func(*call) Status{
	"configs": configs, "get": func(c *call) Status { return get(c, "") },
	"state": func(c *call) Status { return get(c, "/var/state") },
	"add":   add, "set": set, "delete": remove, "rename": rename, "order": order, "changes": changes,
	"revert": revert, "commit": commit, "apply": apply, "confirm": confirm, "rollback": rollBack,
	"reload_config": func(c *call) Status { c.RunScript("/sbin/reload_config", ""); return OK },
}

func configs(c *call) Status {
	names, err := c.cursor.Packages()
	if err == nil {
		c.reply(message.Named("configs", message.Strings(names)))
	}
	return c.outcome()
}

func get(c *call, state string) Status {
	config := c.text("config")
	if config == nil {
		return InvalidArgument
	}
	if !c.may("read", *config) {
		return Denied
	}
	pointer := &uci.Pointer{Package: *config}
	if state != "" {
		c.cursor.Stage(state)
	}
	pkg, err := c.cursor.Load(*config)
	if err != nil {
		return c.outcome()
	}
	if pointer.Section = c.text("section"); pointer.Section != nil {
		pointer.Option = c.text("option")
	}
	if c.lookup(pointer) == nil && pointer.Complete() {
		c.replyFound(pointer)
	}
	c.cursor.Unload(pkg)
	return c.outcome()
}

func (c *call) replyFound(pointer *uci.Pointer) {
	pkg, section, option := pointer.Target()
	switch {
	case option != nil:
		c.reply(message.Named("value", optionValue(option)))
	case section != nil:
		c.reply(message.Named("values", describeSection(section, -1)))
	default:
		var sections []message.Field
		for i, section := range pkg.Sections {
			if c.matches(section) {
				sections = append(sections, message.Named(section.Name, describeSection(section, i)))
			}
		}
		c.reply(message.Named("values", sections))
	}
}

func optionValue(option *uci.Option) message.Value {
	if option.IsOne {
		return message.Of(option.Value)
	}
	return message.Strings(option.Items)
}

func describeSection(section *uci.Section, index int) []message.Field {
	fields := []message.Field{
		message.Named(".anonymous", section.Anonymous),
		message.Named(".type", section.Type),
		message.Named(".name", section.Name),
	}
	if index >= 0 {
		fields = append(fields, message.Named(".index", index))
	}
	for _, option := range section.Options {
		fields = append(fields, message.Named(option.Name, optionValue(option)))
	}
	return fields
}

func changes(c *call) Status {
	if config := c.text("config"); config != nil {
		return changesOf(c, *config)
	}
	c.stageFor()
	names, err := c.cursor.Packages()
	if err != nil {
		return c.outcome()
	}
	var all []message.Field
	for _, name := range names {
		if c.session != nil && !c.allowed(*c.session, "uci", name, "read") {
			continue
		}
		pkg, err := c.cursor.Load(name)
		if err != nil {
			continue
		}
		if len(pkg.Staged) > 0 {
			all = append(all, message.Named(name, describeChanges(pkg)))
		}
		c.cursor.Unload(pkg)
	}
	c.reply(message.Named("changes", all))
	return OK
}

func changesOf(c *call, config string) Status {
	if !c.may("read", config) {
		return Denied
	}
	pkg, err := c.cursor.Load(config)
	if err != nil {
		return c.outcome()
	}
	c.reply(message.Named("changes", describeChanges(pkg)))
	c.cursor.Unload(pkg)
	return c.outcome()
}

func describeChanges(pkg *uci.Package) []message.Value {
	list := []message.Value{}
	for _, change := range pkg.Staged {
		parts := []message.Value{message.Of(change.Verb()), message.Of(change.Section)}
		if change.Option != "" {
			parts = append(parts, message.Of(change.Option))
		}
		if change.Value != nil && change.Verb() == "order" {
			parts = append(parts, message.Of(uci.Position(*change.Value)))
		} else if change.Value != nil {
			parts = append(parts, message.Of(*change.Value))
		}
		list = append(list, message.Of(parts))
	}
	return list
}

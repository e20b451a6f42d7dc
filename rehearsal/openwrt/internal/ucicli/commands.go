package ucicli

import (
	"strings"

	"homelab/openwrt/internal/uci"
)

// command runs one command; its name may be in capitals.
func (p *program) command(words []string) int {
	name := strings.ToLower(words[0])
	switch name {
	case "batch":
		if p.inBatch {
			return wrongCommand
		}
		return p.batch()
	case "show", "changes", "export", "commit":
		return p.packageCommand(name, words[1:])
	case "get", "set", "ren", "rename", "revert", "reorder", "del", "delete", "add_list", "del_list":
		return p.sectionCommand(name, words[1:])
	case "import":
		return p.importCommand(words[1:])
	case "add":
		return p.addCommand(words[1:])
	case "help":
		p.usage()
		return 0
	}
	return wrongCommand
}

func (p *program) packageCommand(name string, arguments []string) int {
	if len(arguments) > 1 {
		return wrongCommand
	}
	if len(arguments) == 1 {
		return p.onPackage(name, arguments[0])
	}
	packages, err := p.context.Packages()
	if err != nil {
		return p.complainOf()
	}
	for _, pkg := range packages {
		p.onPackage(name, pkg)
	}
	return 0
}

func (p *program) onPackage(name, argument string) (status int) {
	pointer, err := p.context.Find(argument)
	if err != nil {
		return p.complainOf()
	}
	pkg, section, option := pointer.Target()
	defer func() { p.context.Unload(pkg) }()
	switch name {
	case "changes":
		p.showChanges(pkg)
	case "commit":
		if p.noCommit {
			return 0
		}
		if pkg, err = p.context.Commit(pkg, false); err != nil {
			return p.complainOf()
		}
	case "export":
		p.context.Export(p.out, pkg)
	case "show":
		if !pointer.Complete() {
			p.context.Err = uci.NotFound
			return p.complainOf()
		}
		p.show(pkg, section, option)
	}
	return 0
}

func (p *program) sectionCommand(name string, arguments []string) int {
	if len(arguments) != 1 {
		return wrongCommand
	}
	pointer, err := p.context.Find(arguments[0])
	if err != nil {
		return p.complainOf()
	}
	if pointer.Value != nil && (name == "get" || name == "revert") {
		return failed
	}
	switch name {
	case "get":
		return p.get(pointer)
	case "revert":
		// Errors are not looked at.
		_ = p.context.Revert(pointer)
		return 0
	}
	if status, done := p.change(name, pointer); done {
		return status
	}
	return 0
}

// change makes one change and stages it.
func (p *program) change(name string, pointer *uci.Pointer) (int, bool) {
	var err error
	pkg, section, _ := pointer.Target()
	switch name {
	case "ren", "rename":
		err = p.context.Rename(pointer)
	case "set":
		err = p.context.Set(pointer)
	case "add_list":
		err = p.context.AddItem(pointer)
	case "del_list":
		err = p.context.RemoveItem(pointer)
	case "reorder":
		if section == nil || pointer.Value == nil {
			p.context.Err = uci.NotFound
			return p.complainOf(), true
		}
		err = p.context.Reorder(section, uci.Position(*pointer.Value))
	case "del", "delete":
		if pointer.Value != nil && !uci.IsNumber(*pointer.Value) {
			return failed, true
		}
		err = p.context.Delete(pointer)
	}
	if err == nil {
		err = p.context.Save(pkg)
	}
	if err != nil {
		return p.complainOf(), true
	}
	return 0, false
}

func (p *program) addCommand(arguments []string) int {
	if len(arguments) != 2 {
		return wrongCommand
	}
	pkg, err := p.context.Load(arguments[0])
	var section *uci.Section
	if err == nil {
		section, err = p.context.AddSection(pkg, arguments[1])
	}
	if err == nil {
		err = p.context.Save(pkg)
	}
	if err != nil {
		p.complainOf()
		return int(p.context.Err)
	}
	p.print(section.Name + "\n")
	return 0
}

// importCommand replaces packages at once, wherever changes are staged otherwise; with -m it stages the changes.
func (p *program) importCommand(arguments []string) int {
	if len(arguments) > 1 || len(arguments) == 0 && p.merge {
		return wrongCommand
	}
	name := ""
	if len(arguments) == 1 {
		name = arguments[0]
	}
	var into *uci.Package
	if p.merge {
		into, _ = p.context.Load(name)
	}
	pkg, err := p.context.Import(p.input, name, into, name != "")
	if err == nil && into != nil {
		err = p.context.Save(pkg)
	} else if err == nil {
		for _, pkg := range p.context.Loaded() {
			_, err = p.context.Commit(pkg, true)
		}
	}
	if err != nil {
		return p.complainOf()
	}
	return 0
}

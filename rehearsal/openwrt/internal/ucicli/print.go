package ucicli

import (
	"fmt"
	"strings"

	"homelab/openwrt/internal/uci"
)

func (p *program) get(pointer *uci.Pointer) int {
	if !pointer.Complete() {
		p.context.Err = uci.NotFound
		return p.complainOf()
	}
	_, section, option := pointer.Target()
	switch {
	case option != nil:
		p.print(p.value(option, false) + "\n")
	case section != nil:
		p.print(section.Type + "\n")
	}
	return 0
}

func (p *program) show(pkg *uci.Package, section *uci.Section, option *uci.Option) {
	switch {
	case option != nil:
		p.showOption(pkg.Name+"."+section.Name, option)
	case section != nil:
		p.showSection(pkg.Name+"."+section.Name, section)
	default:
		indices := map[string]int{}
		for _, section := range pkg.Sections {
			name := section.Name
			if p.extended && section.Anonymous {
				name = fmt.Sprintf("@%s[%d]", section.Type, indices[section.Type])
			}
			indices[section.Type]++
			p.showSection(pkg.Name+"."+name, section)
		}
	}
}

func (p *program) showSection(path string, section *uci.Section) {
	p.print(path + "=" + section.Type + "\n")
	for _, option := range section.Options {
		p.showOption(path, option)
	}
}

func (p *program) showOption(path string, option *uci.Option) {
	p.print(path + "." + option.Name + "=" + p.value(option, true) + "\n")
}

// value is an option's value, or a list's, where only items with white space are quoted if `quote` does not ask for all.
func (p *program) value(option *uci.Option, quote bool) string {
	if option.IsOne {
		if quote {
			return uci.Quote(option.Value)
		}
		return option.Value
	}
	items := make([]string, len(option.Items))
	for i, item := range option.Items {
		items[i] = item
		if quote || strings.ContainsAny(item, " \t\r\n") {
			items[i] = uci.Quote(item)
		}
	}
	return strings.Join(items, p.delimiter)
}

func (p *program) showChanges(pkg *uci.Package) {
	for _, change := range pkg.Staged {
		line, operator := pkg.Name+"."+change.Section, "="
		if change.Option != "" {
			line += "." + change.Option
		}
		switch change.Verb() {
		case "remove":
			p.print("-" + line + "\n")
			continue
		case "list-add":
			operator = "+="
		case "list-del":
			operator = "-="
		}
		p.print(line + operator + uci.Quote(*change.Value) + "\n")
	}
}

package uci

import "strings"

// One is the value of an option of a section, "" without one; of a list, its items with spaces between them.
func (s *Section) One(name string) string {
	return strings.Join(s.All(name), " ")
}

// All are the values of an option of a section: a list's items, or the one value.
func (s *Section) All(name string) []string {
	option := s.option(name)
	switch {
	case option == nil:
		return nil
	case option.IsOne:
		return []string{option.Value}
	}
	return option.Items
}

// OfType are the sections of a type, in order.
func (p *Package) OfType(kind string) []*Section {
	var sections []*Section
	for _, section := range p.Sections {
		if section.Type == kind {
			sections = append(sections, section)
		}
	}
	return sections
}

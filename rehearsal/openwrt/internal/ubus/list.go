package ubus

import (
	"fmt"
	"hash/fnv"
	"strings"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/rpcd"
)

func (p *program) list(arguments []string) int {
	if len(arguments) > 1 {
		return wrongUsage
	}
	wanted := "*"
	if len(arguments) == 1 {
		wanted = arguments[0]
	}
	found := false
	for _, path := range p.bus.Objects() {
		prefix, open := strings.CutSuffix(wanted, "*")
		if path != wanted && !(open && strings.HasPrefix(path, prefix)) {
			continue
		}
		found = true
		if !p.verbose || p.simple {
			fmt.Fprintln(p.Stdout, path)
			continue
		}
		id := fnv.New32a()
		_, _ = id.Write([]byte(path))
		fmt.Fprintf(p.Stdout, "'%s' @%08x\n", path, id.Sum32())
		for _, line := range rpcd.Signatures[path] {
			fmt.Fprintf(p.Stdout, "\t%s\n", line)
		}
	}
	if !found {
		return int(bus.NotFound)
	}
	return 0
}

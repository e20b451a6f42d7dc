package netifd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// isWire tells the container's interfaces that stand for a port, and for a tag at it, from all others.
var isWire = regexp.MustCompile(`^lan\d+(\.\d+)?$`)

// run runs a program and gives what it printed.
func run(words ...string) (string, error) {
	output, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(string(output)))
	}
	return string(output), nil
}

// Apply gives the container the bridges that are wanted, and takes what is not. The old address goes first: with it go those that
// the kernel thinks belong to it.
func Apply(links []Link) error {
	prepareKernel()
	if err := release(links); err != nil {
		return err
	}
	for _, link := range links {
		if err := apply(link); err != nil {
			return err
		}
	}
	return nil
}

// prepareKernel lets the device route, and keeps its bridges out of the firewall: OpenWrt's kernel is built so.
func prepareKernel() {
	_ = os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	for _, family := range []string{"ip", "ip6", "arp"} {
		_ = os.WriteFile("/proc/sys/net/bridge/bridge-nf-call-"+family+"tables", []byte("0"), 0)
	}
}

// release takes wires out of the bridges that they are not wanted in any more, and removes bridges that are not.
func release(links []Link) error {
	for _, name := range interfaces() {
		wanted := slices.ContainsFunc(links, func(link Link) bool { return slices.Contains(link.Wires, name) })
		if isWire.MatchString(name) && !wanted {
			if _, err := run("ip", "link", "set", "dev", name, "nomaster"); err != nil {
				return err
			}
		}
	}
	for _, name := range interfaces() {
		wanted := slices.ContainsFunc(links, func(link Link) bool { return link.Name == name })
		if strings.HasPrefix(name, bridge+".") && !wanted {
			if _, err := run("ip", "link", "del", name); err != nil {
				return err
			}
		}
	}
	return nil
}

func apply(link Link) error {
	present := interfaces()
	if !slices.Contains(present, link.Name) {
		if _, err := run("ip", "link", "add", "name", link.Name, "type", "bridge"); err != nil {
			return err
		}
	}
	for _, wire := range link.Wires {
		if !slices.Contains(present, wire) {
			continue
		}
		// The engine of containers gives it an address and a route, which are the bridge's to have.
		for _, words := range [][]string{{"route", "flush"}, {"addr", "flush"}, {"link", "set", "master", link.Name}, {"link", "set", "up"}} {
			if _, err := run(append(append([]string{"ip"}, words...), "dev", wire)...); err != nil {
				return err
			}
		}
	}
	if _, err := run("ip", "link", "set", "dev", link.Name, "up"); err != nil {
		return err
	}
	if err := applyAddresses(link); err != nil {
		return err
	}
	if !link.Gateway.IsValid() {
		// Fails where there is none.
		_, _ = run("ip", "route", "del", "default", "dev", link.Name)
		return nil
	}
	_, err := run("ip", "route", "replace", "default", "via", link.Gateway.String(), "dev", link.Name)
	return err
}

func applyAddresses(link Link) error {
	present, err := present(link.Name)
	if err != nil {
		return err
	}
	wanted := []string{}
	for _, prefix := range link.Addresses {
		wanted = append(wanted, prefix.String())
	}
	for _, address := range present {
		if !slices.Contains(wanted, address) {
			if _, err := run("ip", "addr", "del", address, "dev", link.Name); err != nil {
				return err
			}
		}
	}
	for _, address := range wanted {
		if !slices.Contains(present, address) {
			if _, err := run("ip", "addr", "add", address, "broadcast", "+", "dev", link.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// interfaces of the container, by name.
func interfaces() []string {
	found, _ := filepath.Glob("/sys/class/net/*")
	for i, path := range found {
		found[i] = filepath.Base(path)
	}
	return found
}

func present(link string) ([]string, error) {
	output, err := run("ip", "-4", "-o", "addr", "show", "dev", link)
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(output) {
		if words := strings.Fields(line); len(words) > 3 {
			found = append(found, words[3])
		}
	}
	return found, nil
}

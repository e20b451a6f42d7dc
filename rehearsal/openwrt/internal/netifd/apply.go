package netifd

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// run runs a program and gives what it printed.
func run(words ...string) (string, error) {
	output, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(string(output)))
	}
	return string(output), nil
}

// Apply gives the container's interfaces what is wanted, and takes what is not. The old address goes first: with it go those that
// the kernel thinks belong to it.
func Apply(links []Link) error {
	if err := removeOthers(links); err != nil {
		return err
	}
	for _, link := range links {
		if err := apply(link); err != nil {
			return err
		}
	}
	return nil
}

// removeOthers removes the VLANs that are not wanted any more.
func removeOthers(links []Link) error {
	output, err := run("ip", "-o", "link", "show")
	if err != nil {
		return err
	}
	for line := range strings.Lines(output) {
		name, _, _ := strings.Cut(strings.TrimSuffix(strings.Fields(line)[1], ":"), "@")
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
	if _, err := run("ip", "link", "show", link.Name); err != nil {
		vlan := fmt.Sprint(link.VLAN)
		if _, err := run("ip", "link", "add", "link", bridge, "name", link.Name, "type", "vlan", "id", vlan); err != nil {
			return err
		}
	}
	if _, err := run("ip", "link", "set", link.Name, "up"); err != nil {
		return err
	}
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
	if !link.Gateway.IsValid() {
		return nil
	}
	_, err = run("ip", "route", "replace", "default", "via", link.Gateway.String(), "dev", link.Name)
	return err
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

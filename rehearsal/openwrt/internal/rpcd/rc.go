package rpcd

import "strings"

var rcMethods = map[string]func(*call) Status{"init": initScript}

// initScript runs a service's script.
func initScript(c *call) Status {
	name, action := c.text("name"), c.text("action")
	if name == nil || action == nil {
		return InvalidArgument
	}
	if strings.Contains(*name, "/") {
		return InvalidArgument
	}
	if info, err := c.disk.Stat("/etc/init.d/" + *name); err != nil || info.Mode()&0o111 == 0 {
		return NotFound
	}
	c.RunScript("/etc/init.d/"+*name, *action)
	return OK
}

package replay

// NotTaken lists what was recorded and is not played, with its steps and the reason.
var NotTaken = []string{
	"14-ubus-http, 102 steps: the simulated device has no web server, the lab's way to a router is ssh",
}

// LeftOut says why a scenario is not played; empty if it is. `mounts` is whether this process may mount file systems.
func LeftOut(scenario string, mounts bool) string {
	if scenario == "15-full-or-read-only" && !mounts {
		return "nobody may mount file systems in a namespace of his own on this machine"
	}
	return ""
}

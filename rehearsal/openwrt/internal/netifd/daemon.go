package netifd

import (
	"log"

	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/message"
	"homelab/openwrt/internal/uci"
)

// Daemon is what netifd has on the bus, as far as somebody here asks for it: interfaces are tunnels.
type Daemon struct {
	*Tunnels
	// Load reads the configuration of the network.
	Load func() (*uci.Package, error)
}

// Objects are the paths of its objects.
func (d *Daemon) Objects() []string { return []string{"network", "network.interface"} }

// Call calls a method of one of them.
func (d *Daemon) Call(object, method string, arguments message.Value) (bus.Status, []message.Value) {
	if object == "network" {
		switch method {
		case "reload":
			return d.reload(), nil
		case "get_proto_handlers":
			return bus.OK, []message.Value{d.handlers()}
		}
		return bus.MethodNotFound, nil
	}
	name := arguments.GetText("interface")
	if name == nil {
		return bus.InvalidArgument, nil
	}
	switch method {
	case "up":
		network, err := d.Load()
		return found(err == nil && d.Up(network, *name)), nil
	case "down":
		return found(d.Down(*name)), nil
	case "status":
		up, autostart, exists := d.Status(*name)
		if !exists {
			return bus.NotFound, nil
		}
		fields := []message.Field{message.Named("up", up), message.Named("autostart", autostart)}
		return bus.OK, []message.Value{message.Of(fields)}
	}
	return bus.MethodNotFound, nil
}

func (d *Daemon) reload() bus.Status {
	network, err := d.Load()
	if err == nil {
		d.Reload(network)
		err = Apply(Wanted(network))
	}
	if err != nil {
		log.Printf("netifd: %v", err)
		return bus.UnknownError
	}
	return bus.OK
}

func (d *Daemon) handlers() message.Value {
	fields := []message.Field{}
	for _, name := range d.Protocols {
		fields = append(fields, message.Named(name, []message.Field{message.Named("no_device", false)}))
	}
	return message.Of(fields)
}

func found(is bool) bus.Status {
	if is {
		return bus.OK
	}
	return bus.NotFound
}

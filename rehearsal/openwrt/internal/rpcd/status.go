package rpcd

import (
	"homelab/openwrt/internal/bus"
	"homelab/openwrt/internal/uci"
)

// Status is the outcome of a call on the bus.
type Status = bus.Status

// The outcomes of calls here.
const (
	OK              = bus.OK
	InvalidArgument = bus.InvalidArgument
	MethodNotFound  = bus.MethodNotFound
	NotFound        = bus.NotFound
	NoData          = bus.NoData
	Denied          = bus.Denied
	UnknownError    = bus.UnknownError
)

// outcome is what a call answers after an operation on the configuration. It is asked for last: unloading a package forgets an
// error, so that several calls that did nothing answer OK.
func (s *Server) outcome() Status {
	switch s.cursor.Err {
	case uci.OK:
		return OK
	case uci.Invalid:
		return InvalidArgument
	case uci.NotFound:
		return NotFound
	}
	return UnknownError
}

package plugin

import (
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
)

func TestAPluginEndsAfterItsEngineAndNotBefore(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	engine := grpc.NewServer()
	go func() { _ = engine.Serve(listener) }()
	gone := make(chan struct{})
	if err := whenGone(listener.Addr().String(), 10*time.Millisecond, func() { close(gone) }); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
		t.Fatal("the engine is there, and the plugin ends")
	case <-time.After(200 * time.Millisecond):
	}
	engine.Stop()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("the engine is gone, and the plugin goes on")
	}
}

package nodehost

import (
	"context"
	"fmt"
	"net"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

const (
	// The engine's own limit for a message (sdk/v3/go/common/util/rpcutil): large inputs must not fail here first.
	maxMessage = 400 * 1024 * 1024
	// How often the host looks whether the engine that started it still lives.
	lookAfterEngine = 10 * time.Second
)

// Serve runs the service of the host and writes its port to the output, until ctx ends or the engine is gone. All programs
// that the host started have ended when it returns.
//
// The engine says its address on the command line, or later with Handshake if someone else started the host.
func Serve(ctx context.Context, host *Host, engineAddress string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	host.gone = cancel
	host.uncancelled, host.cancel = context.WithCancel(ctx)
	if engineAddress != "" {
		if err := host.connect(ctx, engineAddress); err != nil {
			return err
		}
	}

	listener, port, err := listen()
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.WaitForHandlers(true))
	pulumirpc.RegisterLanguageRuntimeServer(server, host)
	context.AfterFunc(ctx, server.Stop)
	fmt.Printf("%d\n", port)
	return server.Serve(listener)
}

// listen opens a free port of this machine, reachable from this machine only.
func listen() (net.Listener, int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return nil, 0, fmt.Errorf("listening on %v, which is no TCP address", listener.Addr())
	}
	return listener, address.Port, nil
}

// dial prepares a connection to a service on this machine.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
}

// watch calls gone when the engine no longer answers: a killed engine must not leave its host behind.
func watch(ctx context.Context, connection grpc.ClientConnInterface, gone func()) {
	health := grpc_health_v1.NewHealthClient(connection)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookAfterEngine):
		}
		_, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		// Any answer comes from a living engine, also that it knows no health checks.
		if status.Code(err) == codes.Unavailable {
			gone()
			return
		}
	}
}

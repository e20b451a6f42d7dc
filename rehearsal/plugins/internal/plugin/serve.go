package plugin

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// The engine's own limit for a message (sdk/v3/go/common/util/rpcutil): large inputs must not fail here first.
const maxMessage = 400 * 1024 * 1024

// How often a plugin asks whether its engine is still there, as the official ones do (sdk/v3/go/pulumi/provider).
const engineCheck = 5 * time.Minute

// Main is the main function of a plugin: it serves the provider until the engine ends the process. The engine passes its
// own address as the last argument and reads the plugin's port from the first line of the output.
func Main(provider Provider) {
	var address string
	for _, argument := range os.Args[1:] {
		if argument != "" && argument[0] != '-' {
			address = argument
		}
	}
	if err := serve(provider, address); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-%s: %v\n", provider.Name, err)
		os.Exit(1)
	}
}

func serve(provider Provider, engineAddress string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("listening on %v, which is no TCP address", listener.Addr())
	}
	grpcServer := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	pulumirpc.RegisterResourceProviderServer(grpcServer, newServer(provider, &engine{address: engineAddress}))
	if engineAddress != "" {
		if err := whenGone(engineAddress, engineCheck, grpcServer.GracefulStop); err != nil {
			return err
		}
	}
	fmt.Printf("%d\n", port.Port)
	return grpcServer.Serve(listener)
}

// whenGone calls stop when the engine does not answer any more: one that is killed ends none of its plugins, which would run for ever.
func whenGone(engineAddress string, every time.Duration, stop func()) error {
	connection, err := grpc.NewClient(engineAddress, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	go func() {
		defer connection.Close()
		for range time.Tick(every) {
			_, err := health.NewHealthClient(connection).Check(context.Background(), &health.HealthCheckRequest{})
			// The engine has no such service, which is an answer too.
			if err != nil && status.Code(err) != codes.Unimplemented {
				stop()
				return
			}
		}
	}()
	return nil
}

package plugin

import (
	"fmt"
	"net"
	"os"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// The engine's own limit for a message (sdk/v3/go/common/util/rpcutil): large inputs must not fail here first.
const maxMessage = 400 * 1024 * 1024

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
	fmt.Printf("%d\n", port.Port)
	return grpcServer.Serve(listener)
}

// The language host for Node programs, for machines that cannot download Pulumi's own. The last one that is part of a Go
// module (3.68.0) stands between program and engine as a proxy that knows none of the newer calls: resource hooks, policy
// packs. This one starts the program and lets it talk to the engine directly.
//
// It does what previews, updates and policy packs need. What `pulumi new`, `install` and `convert` would ask is answered with
// "unimplemented".
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Set by the build.
var version = "0.0.0"

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers the engine, whose address is the last argument, until that is gone.
func serve(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: pulumi-language-nodejs <address of the engine>")
	}
	engine := args[len(args)-1]
	ctx, cancel := context.WithCancel(context.Background())
	if err := rpcutil.Healthcheck(ctx, engine, 5*time.Minute, cancel); err != nil {
		return fmt.Errorf("the engine cannot be watched: %w", err)
	}
	gone := make(chan bool)
	go func() {
		<-ctx.Done()
		close(gone)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: gone,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine})
			return nil
		},
	})
	if err != nil {
		return err
	}
	// The engine reads the port from the first line.
	fmt.Println(handle.Port)
	return <-handle.Done
}

// The host of Pulumi programs written for Node.js, for machines that cannot download the official one.
//
// The engine starts it as `pulumi-language-nodejs [--tracing=<url>] [-v=<level>] [--logtostderr] <engine address>` and reads
// the port of the service pulumirpc.LanguageRuntime from the first line of the output.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"homelab/plugins/internal/nodehost"
	"homelab/plugins/internal/version"
)

func main() {
	tracing := flag.String("tracing", "", "where the program sends its traces, passed on to it")
	showVersion := flag.Bool("version", false, "print the version and exit")
	// What the engine says to every plugin with `pulumi --logflow`; this host has nothing to log.
	flag.Int("v", 0, "ignored")
	flag.Bool("logtostderr", false, "ignored")
	flag.Parse()
	if *showVersion {
		fmt.Println(version.LanguageHost)
		return
	}

	// The engine ends its plugins with an interrupt and waits a few seconds before it kills them.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	host := &nodehost.Host{Version: version.LanguageHost, Tracing: *tracing}
	if err := nodehost.Serve(ctx, host, flag.Arg(0)); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-nodejs: %v\n", err)
		os.Exit(1)
	}
}

package plugin

import (
	"context"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Log shows messages of a resource on the console of the engine.
type Log struct {
	engine *engine
	urn    string
}

// Warning shows a message as a warning.
func (l Log) Warning(message string) { l.send(pulumirpc.LogSeverity_WARNING, message) }

// Error shows a message as an error. It stops nothing by itself.
func (l Log) Error(message string) { l.send(pulumirpc.LogSeverity_ERROR, message) }

// Status shows a message as the passing status of the resource.
func (l Log) Status(message string) {
	l.request(&pulumirpc.LogRequest{Severity: pulumirpc.LogSeverity_INFO, Message: message, Urn: l.urn, Ephemeral: true})
}

func (l Log) send(severity pulumirpc.LogSeverity, message string) {
	l.request(&pulumirpc.LogRequest{Severity: severity, Message: message, Urn: l.urn})
}

// A message that cannot be shown must not fail the operation that it tells about.
func (l Log) request(request *pulumirpc.LogRequest) {
	if client := l.engine.connect(); client != nil {
		_, _ = client.Log(context.Background(), request)
	}
}

// engine connects to the engine's log on first use: most runs of a plugin never log, and a preview should not wait for it.
type engine struct {
	address string
	once    sync.Once
	client  pulumirpc.EngineClient
}

func (e *engine) connect() pulumirpc.EngineClient {
	if e == nil || e.address == "" {
		return nil
	}
	e.once.Do(func() {
		connection, err := grpc.NewClient(e.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err == nil {
			e.client = pulumirpc.NewEngineClient(connection)
		}
	})
	return e.client
}

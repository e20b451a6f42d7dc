// Package nodehost runs Pulumi programs and plugins written for Node.js: it implements the engine's service
// pulumirpc.LanguageRuntime.
//
// A program speaks with the engine's resource monitor directly. The official host puts a monitor of its own between the two,
// for the synchronous invokes of SDKs older than 3.0; without it, no method of a newer SDK can be missing on the way.
package nodehost

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Host is the service. What it does not implement is what writes code for Node.js: converting programs, generating SDKs.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	// Version is what the host says of itself: the version of the engine that it is made for.
	Version string
	// Tracing is the address for traces that the engine gave, empty for none.
	Tracing string

	engineAddress string
	engine        pulumirpc.EngineClient
	gone          func()
	// Ends with Cancel.
	uncancelled context.Context
	cancel      context.CancelFunc
}

// connect gets to know the engine, and looks after it until ctx ends.
func (h *Host) connect(ctx context.Context, address string) error {
	connection, err := dial(address)
	if err != nil {
		return err
	}
	h.engineAddress = address
	h.engine = pulumirpc.NewEngineClient(connection)
	go watch(ctx, connection, h.gone)
	return nil
}

// Handshake is the engine's introduction to a host that it did not start itself.
func (h *Host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	// The engine outlives this call, and so does watching it.
	if err := h.connect(context.Background(), request.GetEngineAddress()); err != nil {
		return nil, err
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// Cancel comes with the first Ctrl-C, once the providers have heard of it. The program is interrupted, so that it declares nothing
// more; what has begun, the engine lets its providers finish.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// GetPluginInfo says which version this is.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: h.Version}, nil
}

// RuntimeOptionsPrompts asks nothing: this host knows only one package manager, so there is nothing to choose.
func (h *Host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// Template has nothing to add to a new project.
func (h *Host) Template(context.Context, *pulumirpc.TemplateRequest) (*pulumirpc.TemplateResponse, error) {
	return &pulumirpc.TemplateResponse{}, nil
}

// report shows an error on the engine's console. It says whether it could.
func (h *Host) report(ctx context.Context, message string) bool {
	if h.engine == nil {
		return false
	}
	_, err := h.engine.Log(ctx, &pulumirpc.LogRequest{Severity: pulumirpc.LogSeverity_ERROR, Message: message})
	return err == nil
}

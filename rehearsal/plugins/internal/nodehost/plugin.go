package nodehost

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// The engine's word for a policy pack (sdk/v3/go/common/apitype).
	policyPackKind   = "analyzer"
	policyPackModule = "@pulumi/pulumi/cmd/run-policy-pack"
	pluginModule     = "@pulumi/pulumi/cmd/run-plugin"
)

// RunPlugin runs a plugin written for Node.js, a policy pack or a provider, until the engine ends the call. The engine reads
// the port of the plugin's service from the first line of its output.
func (h *Host) RunPlugin(request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	output := &pluginOutput{stream: stream}
	code, err := h.runPlugin(stream.Context(), request, output)
	if err != nil {
		return err
	}
	return output.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(code)}})
}

func (h *Host) runPlugin(ctx context.Context, request *pulumirpc.RunPluginRequest, output *pluginOutput) (int, error) {
	if request.GetAttachDebugger() {
		return 0, fmt.Errorf("this language host attaches no debugger; set runtime.options.nodeargs to --inspect-brk instead")
	}
	process, err := pluginProcess(ctx, request)
	if err != nil {
		return 0, err
	}
	process.Stderr = writer(output.stderr)
	if request.GetKind() == policyPackKind {
		return runPolicyPack(ctx, process, writer(output.stdout))
	}
	process.Stdout = writer(output.stdout)
	return run(process)
}

// pluginProcess prepares the process, all but its output.
func pluginProcess(ctx context.Context, request *pulumirpc.RunPluginRequest) (*exec.Cmd, error) {
	options, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return nil, err
	}
	folder := request.GetInfo().GetProgramDirectory()
	node, err := findNode(ctx, folder)
	if err != nil {
		return nil, err
	}
	isPolicyPack := request.GetKind() == policyPackKind
	name := pluginModule
	if isPolicyPack {
		name = policyPackModule
	}
	module, err := findModule(folder, name)
	if err != nil {
		return nil, err
	}
	process := command(ctx, node, pluginArguments(module, options, request))
	process.Dir = request.GetPwd()
	if isPolicyPack {
		process.Dir = folder
	}
	process.Env = append(request.GetEnv(), options.variables()...)
	return process, nil
}

// pluginArguments are the SDK's script, `nodeargs`, and the engine's address and the plugin in the order of that script. As with
// Pulumi's own host `nodeargs` are arguments of the script, not of Node: for a plugin they have no effect.
func pluginArguments(module string, options options, request *pulumirpc.RunPluginRequest) []string {
	arguments := append([]string{module}, options.nodeArguments...)
	folder := request.GetInfo().GetProgramDirectory()
	if request.GetKind() == policyPackKind {
		return append(append(arguments, request.GetArgs()...), folder)
	}
	return append(append(arguments, folder), request.GetArgs()...)
}

// pluginOutput sends what a plugin writes. A stream takes one message at a time, a plugin writes to two outputs.
type pluginOutput struct {
	mutex  sync.Mutex
	stream pulumirpc.LanguageRuntime_RunPluginServer
}

func (o *pluginOutput) send(message *pulumirpc.RunPluginResponse) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.stream.Send(message)
}

func (o *pluginOutput) stdout(bytes []byte) error {
	return o.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: bytes}})
}

func (o *pluginOutput) stderr(bytes []byte) error {
	return o.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: bytes}})
}

// writer makes a writer of a function that takes all or fails.
type writer func([]byte) error

func (w writer) Write(bytes []byte) (int, error) {
	if err := w(bytes); err != nil {
		return 0, err
	}
	return len(bytes), nil
}

var _ io.Writer = writer(nil)

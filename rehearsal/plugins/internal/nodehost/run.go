package nodehost

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	runModule = "@pulumi/pulumi/cmd/run"
	// The SDK's exit code for: this program failed, and the person has been told why.
	alreadyReported = 32
)

// Run runs a program once, for a preview or an update, and returns when it has ended. What the program writes appears on the
// output of the host, which the engine shows.
func (h *Host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	code, err := h.runProgram(ctx, request)
	switch {
	case err != nil && h.uncancelled.Err() != nil:
		// The engine has interrupted it, and says so itself.
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	case err != nil:
		return h.failed(ctx, err.Error()), nil
	case code == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{}, nil
	}
}

// failed makes the answer for a program that could not be run to its end. The engine's own words for it would begin with
// "an unhandled error occurred", so the host reports it and says that it did.
func (h *Host) failed(ctx context.Context, message string) *pulumirpc.RunResponse {
	if h.report(ctx, message) {
		return &pulumirpc.RunResponse{Bail: true}
	}
	return &pulumirpc.RunResponse{Error: message}
}

// runProgram gives 0 or alreadyReported; any other end of the program is an error.
func (h *Host) runProgram(ctx context.Context, request *pulumirpc.RunRequest) (int, error) {
	if request.GetAttachDebugger() {
		return 0, fmt.Errorf("this language host attaches no debugger; set runtime.options.nodeargs to --inspect-brk instead")
	}
	options, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return 0, err
	}
	folder := request.GetInfo().GetProgramDirectory()
	node, err := findNode(ctx, folder)
	if err != nil {
		return 0, err
	}
	module, err := findModule(folder, runModule)
	if err != nil {
		return 0, err
	}
	variables, err := programVariables(request)
	if err != nil {
		return 0, err
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(h.uncancelled, stop)()
	arguments := append(options.nodeArguments, module)
	process := command(ctx, node, append(arguments, h.programArguments(request)...))
	process.Env = append(append(os.Environ(), variables...), options.variables()...)
	process.Stdout, process.Stderr = throughPipe(os.Stdout), throughPipe(os.Stderr)
	code, err := run(process)
	if err != nil {
		return 0, fmt.Errorf("the program did not run to its end: %w", err)
	}
	if code != 0 && code != alreadyReported {
		return 0, fmt.Errorf("the program ended with exit code %d", code)
	}
	return code, nil
}

// programArguments are what the SDK's cmd/run reads: its options, then the program, then the program's own arguments.
func (h *Host) programArguments(request *pulumirpc.RunRequest) []string {
	var arguments []string
	add := func(name, value string) {
		if value != "" {
			arguments = append(arguments, "--"+name, value)
		}
	}
	add("monitor", request.GetMonitorAddress())
	add("engine", h.engineAddress)
	add("organization", request.GetOrganization())
	add("project", request.GetProject())
	add("root-directory", request.GetInfo().GetRootDirectory())
	add("stack", request.GetStack())
	add("pwd", request.GetInfo().GetProgramDirectory())
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	add("parallel", strconv.Itoa(int(request.GetParallel())))
	add("tracing", h.Tracing)
	return append(append(arguments, request.GetInfo().GetEntryPoint()), request.GetArgs()...)
}

// programVariables are the stack's configuration, as the SDK expects it. It has secrets, which must not be arguments: those
// are readable by everybody on the machine.
func programVariables(request *pulumirpc.RunRequest) ([]string, error) {
	config, err := asJSON(request.GetConfig(), "{}")
	if err != nil {
		return nil, err
	}
	secret, err := asJSON(request.GetConfigSecretKeys(), "[]")
	if err != nil {
		return nil, err
	}
	return []string{"PULUMI_CONFIG=" + config, "PULUMI_CONFIG_SECRET_KEYS=" + secret}, nil
}

// asJSON writes a map or a list; Go writes one that was never set as null, for which the SDK expects empty.
func asJSON(value any, empty string) (string, error) {
	bytes, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	if string(bytes) == "null" {
		return empty, nil
	}
	return string(bytes), nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// The program has told the person what is wrong with it; nothing needs to be added (@pulumi/pulumi/cmd/run).
const alreadyExplained = 32

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
}

func (h *host) Handshake(context.Context, *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	output, err := exec.CommandContext(ctx, node, "--version").Output()
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(output))}, err
}

// GetRequiredPackages names the plugins that the installed npm packages ask for.
func (h *host) GetRequiredPackages(
	_ context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := packagesWithPlugins(request.GetInfo().GetProgramDirectory())
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, err
}

// Run runs the program to its end. The program registers its resources with the engine by itself.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	command, err := h.program(ctx, request)
	if err != nil {
		return nil, err
	}
	err = command.Run()
	exit := &exec.ExitError{}
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == alreadyExplained:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode())}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("The program could not be started: %s", err)}, nil
	}
}

func (h *host) program(ctx context.Context, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	info := request.GetInfo()
	arguments := []string{
		"--monitor", request.GetMonitorAddress(),
		"--engine", h.engine,
		"--organization", request.GetOrganization(),
		"--project", request.GetProject(),
		"--stack", request.GetStack(),
		"--pwd", request.GetPwd(),
		"--parallel", fmt.Sprint(request.GetParallel()),
	}
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	arguments = append(append(arguments, info.GetEntryPoint()), request.GetArgs()...)
	command, err := nodeCommand(ctx, info, "run", arguments)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(settingsForProgram(request.GetConfig()))
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, request.GetConfigSecretKeys()...))
	if err != nil {
		return nil, err
	}
	command.Env = append(command.Env, "PULUMI_CONFIG="+string(settings), "PULUMI_CONFIG_SECRET_KEYS="+string(secrets))
	// The engine shows what arrives here as the program's own output.
	command.Stdout = os.Stdout
	command.Stderr = os.Stderr
	return command, nil
}

// The program reads `homelab:config:domain` where the engine says `homelab:domain`.
func settingsForProgram(config map[string]string) map[string]string {
	settings := make(map[string]string, len(config))
	for key, value := range config {
		namespace, name, _ := strings.Cut(key, ":")
		settings[namespace+":config:"+strings.TrimPrefix(name, "config:")] = value
	}
	return settings
}

// RunPlugin runs a policy pack, or a provider written for Node; its output goes to the engine, which reads a port from it.
func (h *host) RunPlugin(request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer) error {
	script, arguments := "run-plugin", append([]string{request.GetInfo().GetProgramDirectory()}, request.GetArgs()...)
	if request.GetKind() == "analyzer" {
		// Its arguments are the engine's address and the folder of the policy pack.
		script, arguments = "run-policy-pack", request.GetArgs()
	}
	command, err := nodeCommand(stream.Context(), request.GetInfo(), script, arguments)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close()
	command.Dir = request.GetPwd()
	command.Env = append(command.Env, request.GetEnv()...)
	command.Stdout = stdout
	command.Stderr = stderr
	err = command.Run()
	exit := &exec.ExitError{}
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	code := int32(command.ProcessState.ExitCode())
	return stream.Send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

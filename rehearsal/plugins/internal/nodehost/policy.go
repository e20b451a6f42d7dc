package nodehost

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// policyPack stands between the engine and a policy pack while the pack does not run yet. The engine says with ConfigureStack
// which stack it checks, but a pack learns that from environment variables, so it can start only then. After that, every call
// goes to the pack as it came, whichever it is.
type policyPack struct {
	process *exec.Cmd
	output  io.Writer

	start   sync.Once
	settle  sync.Once
	started chan struct{}
	// Valid when started is closed.
	connection *grpc.ClientConn
	failure    error
	// Gets the exit code of the process.
	ended chan int
}

// runPolicyPack serves a policy pack until ctx ends or the pack does, and gives the pack's exit code. It writes its own port
// to the output, then what the pack writes except for the pack's port.
func runPolicyPack(ctx context.Context, process *exec.Cmd, output io.Writer) (int, error) {
	pack := &policyPack{process: process, output: output, started: make(chan struct{}), ended: make(chan int, 1)}
	listener, port, err := listen()
	if err != nil {
		return 0, err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.ForceServerCodecV2(asItComes{}),
		grpc.UnknownServiceHandler(pack.forward))
	defer server.Stop()
	go func() { _ = server.Serve(listener) }()
	if _, err := fmt.Fprintf(output, "%d\n", port); err != nil {
		return 0, err
	}
	select {
	case code := <-pack.ended:
		// Calls that wait for the pack must hear how it ended.
		server.GracefulStop()
		return code, nil
	case <-ctx.Done():
		pack.abandon()
		return 0, ctx.Err()
	}
}

// abandon waits for the end of the process, if there is one. The end of its context has interrupted it.
func (p *policyPack) abandon() {
	never := false
	p.start.Do(func() { never = true })
	if !never {
		<-p.ended
	}
}

// forward takes one call of the engine.
func (p *policyPack) forward(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	var request, answer message
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	var stack *pulumirpc.AnalyzerStackConfigureRequest
	switch method {
	case pulumirpc.Analyzer_Handshake_FullMethodName:
		// An empty answer says nothing against going on.
		return stream.SendMsg(&answer)
	case pulumirpc.Analyzer_ConfigureStack_FullMethodName:
		stack = &pulumirpc.AnalyzerStackConfigureRequest{}
		if err := proto.Unmarshal(request, stack); err != nil {
			return status.Errorf(codes.InvalidArgument, "%s: %v", method, err)
		}
	}
	connection, err := p.running(stream.Context(), stack)
	if err != nil {
		return err
	}
	if err := connection.Invoke(stream.Context(), method, &request, &answer); err != nil {
		return err
	}
	return stream.SendMsg(&answer)
}

// running starts the pack for a stack with the first call, and gives the connection to it. Without a stack the pack only
// tells about itself, as for `pulumi policy publish`.
func (p *policyPack) running(
	ctx context.Context, stack *pulumirpc.AnalyzerStackConfigureRequest,
) (*grpc.ClientConn, error) {
	p.start.Do(func() { go p.run(stack) })
	select {
	case <-p.started:
		return p.connection, p.failure
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run runs the pack's process to its end.
func (p *policyPack) run(stack *pulumirpc.AnalyzerStackConfigureRequest) {
	variables, err := stackVariables(stack)
	if err != nil {
		p.ready(nil, err)
		p.ended <- 1
		return
	}
	p.process.Env = append(p.process.Env, variables...)
	p.process.Stdout = &withoutFirstLine{first: p.attach, rest: p.output}
	code, err := run(p.process)
	if err == nil {
		err = fmt.Errorf("exit code %d", code)
	} else {
		code = 1
	}
	p.ready(nil, fmt.Errorf("the policy pack ended before it was ready: %w", err))
	p.ended <- code
}

// attach connects to the pack's service at the port in the first line that it wrote. As with Pulumi's own host, a pack that
// writes anything before that is refused.
func (p *policyPack) attach(line string) {
	port, err := strconv.ParseUint(line, 10, 16)
	if err != nil {
		p.ready(nil, fmt.Errorf("the policy pack has to write its port before anything else, not %q", line))
		_ = p.process.Process.Kill()
		return
	}
	p.ready(grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), policyPackDialOptions()...))
}

// ready lets waiting calls go on. Only the first word counts: later, the calls themselves find out.
func (p *policyPack) ready(connection *grpc.ClientConn, err error) {
	p.settle.Do(func() {
		p.connection, p.failure = connection, err
		close(p.started)
	})
}

// stackVariables are how the SDK learns which stack a policy pack checks. Like Pulumi's own host they keep from it which values of
// the configuration are secret.
func stackVariables(stack *pulumirpc.AnalyzerStackConfigureRequest) ([]string, error) {
	if stack == nil {
		return nil, nil
	}
	config, err := asJSON(stack.GetConfig(), "{}")
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_NODEJS_ORGANIZATION=" + stack.GetOrganization(),
		"PULUMI_NODEJS_PROJECT=" + stack.GetProject(),
		"PULUMI_NODEJS_STACK=" + stack.GetStack(),
		"PULUMI_NODEJS_DRY_RUN=" + strconv.FormatBool(stack.GetDryRun()),
		"PULUMI_CONFIG=" + config,
	}, nil
}

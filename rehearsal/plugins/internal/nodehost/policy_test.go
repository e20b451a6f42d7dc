package nodehost

import (
	"context"
	"fmt"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// analyzer is a policy pack's service, in this process.
type analyzer struct {
	pulumirpc.UnimplementedAnalyzerServer
}

func (analyzer) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	return &pulumirpc.AnalyzerInfo{Name: "pack"}, nil
}

func (analyzer) ConfigureStack(
	_ context.Context, request *pulumirpc.AnalyzerStackConfigureRequest,
) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	if request.GetStack() != "s" {
		return nil, fmt.Errorf("the stack is %q", request.GetStack())
	}
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

// engineOf runs a policy pack as a shell script and gives what the engine has of it.
func engineOf(t *testing.T, script string) (client pulumirpc.AnalyzerClient, written *strings.Builder, end func() (int, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	port := make(chan string, 1)
	written = &strings.Builder{}
	output := &withoutFirstLine{first: func(line string) { port <- line }, rest: written}
	type result struct {
		code int
		err  error
	}
	ended := make(chan result, 1)
	go func() {
		code, err := runPolicyPack(ctx, command(ctx, "sh", []string{"-c", script}), output)
		ended <- result{code, err}
	}()
	connection, err := dial("127.0.0.1:" + <-port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	t.Cleanup(func() { _ = connection.Close() })
	return pulumirpc.NewAnalyzerClient(connection), written, func() (int, error) {
		cancel()
		last := <-ended
		return last.code, last.err
	}
}

func TestAPolicyPackStartsForItsStack(t *testing.T) {
	listener, port, err := listen()
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pulumirpc.RegisterAnalyzerServer(server, analyzer{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	// In one piece: the test may be over before a second line is written.
	script := fmt.Sprintf(
		`printf '%%s\n' %d "$PULUMI_NODEJS_STACK $PULUMI_NODEJS_DRY_RUN $PULUMI_CONFIG"; exec sleep 60`, port)
	client, written, end := engineOf(t, script)
	ctx := context.Background()
	if _, err := client.Handshake(ctx, &pulumirpc.AnalyzerHandshakeRequest{}); err != nil {
		t.Error(err)
	}
	stack := &pulumirpc.AnalyzerStackConfigureRequest{Stack: "s", DryRun: true, Config: map[string]string{"a:b": "c"}}
	if _, err := client.ConfigureStack(ctx, stack); err != nil {
		t.Error(err)
	}
	info, err := client.GetAnalyzerInfo(ctx, &emptypb.Empty{})
	if err != nil || info.GetName() != "pack" {
		t.Errorf("the pack says it is %q, %v", info.GetName(), err)
	}
	// The end of the call ends the process: otherwise this waits for a minute.
	if _, err := end(); err == nil {
		t.Error("a pack that was ended is no error")
	}
	if want := "s true {\"a:b\":\"c\"}\n"; written.String() != want {
		t.Errorf("the pack wrote %q, not %q", written, want)
	}
}

func TestAPolicyPackThatWritesBeforeItsPortIsRefused(t *testing.T) {
	client, _, end := engineOf(t, "echo loading; echo 49152; exec sleep 60")
	_, err := client.GetAnalyzerInfo(context.Background(), &emptypb.Empty{})
	if err == nil || !strings.Contains(err.Error(), `not "loading"`) {
		t.Errorf("the error is %v", err)
	}
	// It has been ended: otherwise this waits for a minute.
	if code, err := end(); code == 0 && err == nil {
		t.Error("a pack that was refused ended well")
	}
}

func TestAPolicyPackThatFailsToStartSaysHow(t *testing.T) {
	client, _, end := engineOf(t, "exit 32")
	_, err := client.GetAnalyzerInfo(context.Background(), &emptypb.Empty{})
	if err == nil || !strings.Contains(err.Error(), "exit code 32") {
		t.Errorf("the error is %v", err)
	}
	if code, err := end(); code != 32 && err == nil {
		t.Errorf("it ended with %d, %v", code, err)
	}
}

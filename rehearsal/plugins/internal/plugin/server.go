package plugin

import (
	"context"
	"errors"
	"sort"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"homelab/plugins/internal/value"
)

// server translates the protocol into calls of a Provider.
type server struct {
	pulumirpc.UnimplementedResourceProviderServer
	provider Provider
	engine   *engine
	// Ends with Cancel.
	uncancelled context.Context
	cancel      context.CancelFunc
}

func newServer(provider Provider, engine *engine) *server {
	uncancelled, cancel := context.WithCancel(context.Background())
	return &server{provider: provider, engine: engine, uncancelled: uncancelled, cancel: cancel}
}

func (s *server) Handshake(_ context.Context, request *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	if s.engine.address == "" {
		s.engine.address = request.GetEngineAddress()
	}
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

func (s *server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: s.provider.Version}, nil
}

func (s *server) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	schema := string(s.provider.Schema)
	if schema == "" {
		schema = "{}"
	}
	return &pulumirpc.GetSchemaResponse{Schema: schema}, nil
}

func (s *server) CheckConfig(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	inputs := value.FromStruct(request.GetNews())
	if s.provider.CheckConfig != nil {
		inputs = s.provider.CheckConfig(inputs)
	}
	return &pulumirpc.CheckResponse{Inputs: value.ToStruct(inputs)}, nil
}

func (s *server) DiffConfig(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	var diff Diff
	if s.provider.DiffConfig != nil {
		diff = s.provider.DiffConfig(value.FromStruct(request.GetOldInputs()), value.FromStruct(request.GetNews()))
	}
	return diffResponse(diff), nil
}

func (s *server) Configure(_ context.Context, request *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if s.provider.Configure != nil {
		if err := s.provider.Configure(value.FromStruct(request.GetArgs())); err != nil {
			return nil, status.Error(codes.InvalidArgument, err.Error())
		}
	}
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

func (s *server) Check(ctx context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	call := s.call(request.GetUrn(), request.GetName())
	inputs, failures, err := resource.Check(ctx, call, value.FromStruct(request.GetNews()))
	if err != nil {
		return nil, failed(err)
	}
	response := &pulumirpc.CheckResponse{Inputs: value.ToStruct(inputs)}
	for _, failure := range failures {
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: failure.Property, Reason: failure.Reason})
	}
	return response, nil
}

func (s *server) Diff(ctx context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	old := State{request.GetId(), value.FromStruct(request.GetOldInputs()), value.FromStruct(request.GetOlds())}
	diff, err := resource.Diff(ctx, s.call(request.GetUrn(), request.GetName()), old, value.FromStruct(request.GetNews()))
	if err != nil {
		return nil, failed(err)
	}
	return diffResponse(diff), nil
}

func (s *server) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	call := s.call(request.GetUrn(), request.GetName())
	call.Preview, call.TimeoutSeconds = request.GetPreview(), request.GetTimeout()
	ctx, stop := s.change(ctx)
	defer stop()
	state, err := resource.Create(ctx, call, value.FromStruct(request.GetProperties()))
	if err != nil {
		return nil, failed(err)
	}
	return &pulumirpc.CreateResponse{Id: state.ID, Properties: value.ToStruct(state.Outputs)}, nil
}

func (s *server) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	old := State{request.GetId(), value.FromStruct(request.GetInputs()), value.FromStruct(request.GetProperties())}
	state, err := resource.Read(ctx, s.call(request.GetUrn(), request.GetName()), old)
	if err != nil {
		return nil, failed(err)
	}
	if state == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	return &pulumirpc.ReadResponse{Id: state.ID, Inputs: value.ToStruct(state.Inputs), Properties: value.ToStruct(state.Outputs)}, nil
}

func (s *server) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	call := s.call(request.GetUrn(), request.GetName())
	call.Preview, call.TimeoutSeconds = request.GetPreview(), request.GetTimeout()
	old := State{request.GetId(), value.FromStruct(request.GetOldInputs()), value.FromStruct(request.GetOlds())}
	ctx, stop := s.change(ctx)
	defer stop()
	outputs, err := resource.Update(ctx, call, old, value.FromStruct(request.GetNews()))
	if err != nil {
		return nil, failed(err)
	}
	return &pulumirpc.UpdateResponse{Properties: value.ToStruct(outputs)}, nil
}

func (s *server) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	resource, err := s.resource(request.GetType())
	if err != nil {
		return nil, err
	}
	call := s.call(request.GetUrn(), request.GetName())
	call.TimeoutSeconds = request.GetTimeout()
	old := State{request.GetId(), value.FromStruct(request.GetOldInputs()), value.FromStruct(request.GetProperties())}
	ctx, stop := s.change(ctx)
	defer stop()
	if err := resource.Delete(ctx, call, old); err != nil {
		return nil, failed(err)
	}
	return &emptypb.Empty{}, nil
}

// Cancel comes with the first Ctrl-C.
func (s *server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.cancel()
	return &emptypb.Empty{}, nil
}

// change gives the context of a call that changes something.
func (s *server) change(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	if s.provider.CancelEndsCalls {
		context.AfterFunc(s.uncancelled, stop)
	}
	return ctx, stop
}

func (s *server) resource(token string) (Resource, error) {
	resource, ok := s.provider.Resources[token]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "unknown resource type %q: the stand-in for the %s plugin has only what the lab uses",
			token, s.provider.Name)
	}
	return resource, nil
}

func (s *server) call(urn, name string) Call {
	return Call{URN: urn, Name: name, Log: Log{engine: s.engine, urn: urn}}
}

func failed(err error) error {
	plain := status.New(codes.Unknown, err.Error())
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) {
		return plain.Err()
	}
	detailed, err := plain.WithDetails(&pulumirpc.ErrorResourceInitFailed{
		Id:         incomplete.State.ID,
		Properties: value.ToStruct(incomplete.State.Outputs),
		Reasons:    []string{incomplete.Reason.Error()},
	})
	if err != nil {
		return plain.Err()
	}
	return detailed.Err()
}

func diffResponse(diff Diff) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}
	if len(diff.Changed)+len(diff.Replaces)+len(diff.Detailed) == 0 {
		return response
	}
	sort.Strings(diff.Changed)
	sort.Strings(diff.Replaces)
	response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	response.Diffs, response.Replaces = diff.Changed, diff.Replaces
	response.DeleteBeforeReplace = diff.DeleteFirst
	response.HasDetailedDiff = diff.Detailed != nil
	response.DetailedDiff = map[string]*pulumirpc.PropertyDiff{}
	for path, change := range diff.Detailed {
		response.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: protocolKind(change)}
	}
	return response
}

func protocolKind(change Change) pulumirpc.PropertyDiff_Kind {
	kinds := map[Change]pulumirpc.PropertyDiff_Kind{
		{Add, false}: pulumirpc.PropertyDiff_ADD, {Add, true}: pulumirpc.PropertyDiff_ADD_REPLACE,
		{Delete, false}: pulumirpc.PropertyDiff_DELETE, {Delete, true}: pulumirpc.PropertyDiff_DELETE_REPLACE,
		{Update, false}: pulumirpc.PropertyDiff_UPDATE, {Update, true}: pulumirpc.PropertyDiff_UPDATE_REPLACE,
	}
	return kinds[change]
}

package plugin

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"homelab/plugins/internal/value"
)

// slow is a resource whose creation lasts until its context ends, or until it is let go.
type slow struct {
	Resource
	begun, goOn chan struct{}
}

func (s slow) Create(ctx context.Context, _ Call, _ value.Object) (State, error) {
	close(s.begun)
	select {
	case <-ctx.Done():
		return State{}, ctx.Err()
	case <-s.goOn:
		return State{ID: "made"}, nil
	}
}

func TestCancelEndsCallsWhereItShall(t *testing.T) {
	for _, ends := range []bool{true, false} {
		resource := slow{begun: make(chan struct{}), goOn: make(chan struct{})}
		provider := Provider{Resources: map[string]Resource{"slow": resource}, CancelEndsCalls: ends}
		served := newServer(provider, &engine{})
		go func() {
			<-resource.begun
			_, _ = served.Cancel(context.Background(), &emptypb.Empty{})
			if !ends {
				close(resource.goOn)
			}
		}()
		response, err := served.Create(context.Background(), &pulumirpc.CreateRequest{Type: "slow"})
		if ended := err != nil; ended != ends || (!ends && response.GetId() != "made") {
			t.Errorf("CancelEndsCalls %v: the creation gave %v, %v", ends, response, err)
		}
	}
}

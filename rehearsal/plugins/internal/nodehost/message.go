package nodehost

import (
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
)

// message is a call's request or answer as it came, not decoded: what this host does not know must not be lost on its way.
type message []byte

// asItComes is the codec of such messages.
type asItComes struct{}

// Name is the name of what is in the messages, which is the other side's codec.
func (asItComes) Name() string { return "proto" }

// Marshal gives the bytes of a message.
func (asItComes) Marshal(value any) (mem.BufferSlice, error) {
	given, ok := value.(*message)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", value)
	}
	return mem.BufferSlice{mem.SliceBuffer(*given)}, nil
}

// Unmarshal keeps the bytes of a message.
func (asItComes) Unmarshal(data mem.BufferSlice, value any) error {
	target, ok := value.(*message)
	if !ok {
		return fmt.Errorf("cannot receive a %T", value)
	}
	*target = data.Materialize()
	return nil
}

func policyPackDialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.ForceCodecV2(asItComes{})),
	}
}

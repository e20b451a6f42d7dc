package bus

// Status is the outcome of a call on the bus.
type Status int

// The outcomes that there are here.
const (
	OK              Status = 0
	InvalidArgument Status = 2
	MethodNotFound  Status = 3
	NotFound        Status = 4
	NoData          Status = 5
	Denied          Status = 6
	TimedOut        Status = 7
	UnknownError    Status = 9
	NotParsed       Status = 12
)

var descriptions = map[Status]string{
	OK: "Success", InvalidArgument: "Invalid argument", MethodNotFound: "Method not found", NotFound: "Not found",
	NoData: "No response", Denied: "Permission denied", TimedOut: "Request timed out", UnknownError: "Unknown error",
	NotParsed: "Parsing message data failed",
}

func (s Status) String() string { return descriptions[s] }

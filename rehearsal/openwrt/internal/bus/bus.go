// Package bus is the way between programs on the device. There is no ubusd: every daemon listens on a socket of its own in one
// folder, and who calls asks them all, so that the objects of a dead daemon are gone and the others' are not.
package bus

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sort"
	"sync"

	"homelab/openwrt/internal/message"
)

// Folder has the sockets; Socket is the one that programs think they connect to.
const (
	Folder = "/var/run/ubus"
	Socket = Folder + "/ubus.sock"
)

// Objects is what a daemon serves.
type Objects interface {
	Objects() []string
	Call(object, method string, arguments message.Value) (Status, []message.Value)
}

// Listen makes a daemon's socket.
func Listen(name string) (net.Listener, error) {
	if err := os.MkdirAll(Folder, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(Folder, name+".sock")
	_ = os.Remove(path)
	return net.Listen("unix", path)
}

// Serve serves a daemon's objects until the program ends. `lock` is held during a call.
func Serve(listener net.Listener, objects Objects, lock sync.Locker) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(connection, objects, lock)
	}
}

func answer(connection net.Conn, objects Objects, lock sync.Locker) {
	defer connection.Close()
	text, err := io.ReadAll(connection)
	if err != nil {
		return
	}
	question, err := message.Parse(string(text))
	if err != nil {
		return
	}
	status, replies := OK, []message.Value{}
	// Who only asks for the objects must not wait: it may be asking on behalf of a call that is under way here.
	if object := question.GetText("object"); object != nil {
		lock.Lock()
		defer lock.Unlock()
		arguments := question.Get("arguments", message.Table)
		status, replies = objects.Call(*object, *question.GetText("method"), *arguments)
	}
	_, _ = io.WriteString(connection, message.Format(message.Of([]message.Field{
		message.Named("objects", message.Strings(objects.Objects())),
		message.Named("status", int(status)),
		message.Named("replies", replies),
	}), false))
}

// Client calls all daemons of the device.
type Client struct{}

// Connect finds the bus; an empty path stands for the usual socket.
func Connect(socket string) (Client, error) {
	if socket != "" && socket != Socket {
		return Client{}, errors.New("nobody listens at " + socket)
	}
	_, err := os.Stat(Folder)
	return Client{}, err
}

func ask(socket string, question []message.Field) (message.Value, error) {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return message.Value{}, err
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, message.Format(message.Of(question), false)); err != nil {
		return message.Value{}, err
	}
	if err := connection.(*net.UnixConn).CloseWrite(); err != nil {
		return message.Value{}, err
	}
	text, err := io.ReadAll(connection)
	if err != nil {
		return message.Value{}, err
	}
	return message.Parse(string(text))
}

// owners are the sockets by the objects behind them.
func owners() map[string]string {
	found := map[string]string{}
	sockets, _ := filepath.Glob(filepath.Join(Folder, "*.sock"))
	for _, socket := range sockets {
		answer, err := ask(socket, nil)
		if err != nil {
			continue
		}
		for _, field := range answer.Get("objects", message.Array).Fields {
			found[field.Value.Text] = socket
		}
	}
	return found
}

// Objects are the paths of all objects.
func (Client) Objects() []string {
	var paths []string
	for path := range owners() {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	return paths
}

// Call calls a method of whoever has the object.
func (Client) Call(object, method string, arguments message.Value) (Status, []message.Value) {
	answer, err := ask(owners()[object], []message.Field{
		message.Named("object", object), message.Named("method", method), message.Named("arguments", arguments),
	})
	if err != nil {
		return NoData, nil
	}
	var replies []message.Value
	for _, field := range answer.Get("replies", message.Array).Fields {
		replies = append(replies, field.Value)
	}
	return Status(answer.Get("status", message.Int32).Number), replies
}

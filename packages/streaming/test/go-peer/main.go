// A SPDY/3.1 peer on moby/spdystream, the library that kubectl, crictl and the kubelet use.
// It answers one JSON object on stdout.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/moby/spdystream"
)

func fail(what string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
	os.Exit(1)
}

func answer(value map[string]interface{}) {
	json.NewEncoder(os.Stdout).Encode(value)
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	if err != nil {
		fail("argument", err)
	}
	return value
}

// The connection's reader may hold bytes that came behind the HTTP answer.
type buffered struct {
	net.Conn
	reader *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.reader.Read(p) }

func dial(address, path, protocol string) *spdystream.Connection {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fail("dial", err)
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"+
		"X-Stream-Protocol-Version: %s\r\nContent-Length: 0\r\n\r\n", path, address, protocol)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		fail("response", err)
	}
	if response.StatusCode != 101 {
		fail("upgrade", fmt.Errorf("%s", response.Status))
	}
	session, err := spdystream.NewConnection(buffered{conn, reader}, false)
	if err != nil {
		fail("session", err)
	}
	go session.Serve(spdystream.NoOpStreamHandler)
	return session
}

func open(session *spdystream.Connection, headers map[string]string) *spdystream.Stream {
	header := http.Header{}
	for name, value := range headers {
		header.Set(name, value)
	}
	stream, err := session.CreateStream(header, nil, false)
	if err != nil {
		fail("stream", err)
	}
	if err := stream.WaitTimeout(20 * time.Second); err != nil {
		fail("stream reply", err)
	}
	return stream
}

// Sends `size` bytes that differ by stream, and reports whether the same bytes came back.
func echo(stream *spdystream.Stream, seed, size int) bool {
	sent, got := sha256.New(), sha256.New()
	done := make(chan int64)
	go func() {
		count, _ := io.Copy(got, stream)
		done <- count
	}()
	block := make([]byte, 32*1024)
	for index := range block {
		block[index] = byte(index*7 + seed)
	}
	for left := size; left > 0; left -= len(block) {
		if left < len(block) {
			block = block[:left]
		}
		block[0] = byte(left >> 8)
		sent.Write(block)
		if _, err := stream.Write(block); err != nil {
			fail("write", err)
		}
	}
	stream.Close()
	return <-done == int64(size) && bytes.Equal(sent.Sum(nil), got.Sum(nil))
}

func runEcho() {
	session := dial(os.Args[2], "/", "echo")
	count, size := number(3), number(4)
	var wait sync.WaitGroup
	var lock sync.Mutex
	equal := 0
	for index := 0; index < count; index++ {
		stream := open(session, map[string]string{"streamType": "data"})
		wait.Add(1)
		go func(seed int) {
			defer wait.Done()
			if echo(stream, seed, size) {
				lock.Lock()
				equal++
				lock.Unlock()
			}
		}(index)
	}
	wait.Wait()
	_, pingError := session.Ping()
	session.Close()
	answer(map[string]interface{}{"equal": equal, "ping": pingError == nil})
}

// What client-go's remote command does with protocol v4: error, stdin, stdout, stderr, in this order.
func runExec() {
	session := dial(os.Args[2], os.Args[3], "v4.channel.k8s.io")
	failure := open(session, map[string]string{"streamType": "error"})
	stdin := open(session, map[string]string{"streamType": "stdin"})
	stdout := open(session, map[string]string{"streamType": "stdout"})
	stderr := open(session, map[string]string{"streamType": "stderr"})
	texts := make([]string, 3)
	var wait sync.WaitGroup
	for index, stream := range []*spdystream.Stream{stdout, stderr, failure} {
		wait.Add(1)
		go func(index int, stream *spdystream.Stream) {
			defer wait.Done()
			text, _ := io.ReadAll(stream)
			texts[index] = string(text)
		}(index, stream)
	}
	io.Copy(stdin, os.Stdin)
	stdin.Close()
	wait.Wait()
	session.Close()
	answer(map[string]interface{}{"stdout": texts[0], "stderr": texts[1], "error": texts[2]})
}

// What client-go's port-forward does, `count` connections at once.
func runForward() {
	session := dial(os.Args[2], os.Args[3], "portforward.k8s.io")
	port, count, size := os.Args[4], number(5), number(6)
	var wait sync.WaitGroup
	var lock sync.Mutex
	equal := 0
	messages := []string{}
	for index := 0; index < count; index++ {
		wait.Add(1)
		go func(index int) {
			defer wait.Done()
			headers := map[string]string{"streamType": "error", "port": port, "requestID": strconv.Itoa(index)}
			failure := open(session, headers)
			failure.Close()
			headers["streamType"] = "data"
			data := open(session, headers)
			same := echo(data, index, size)
			data.Reset()
			message, _ := io.ReadAll(failure)
			lock.Lock()
			defer lock.Unlock()
			if same {
				equal++
			}
			if len(message) > 0 {
				messages = append(messages, string(message))
			}
		}(index)
	}
	wait.Wait()
	session.Close()
	answer(map[string]interface{}{"equal": equal, "messages": messages})
}

// The other way round: a server that echoes, for a client under test. Its port comes first, on a line of its own.
func runServer() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail("listen", err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	conn, err := listener.Accept()
	if err != nil {
		fail("accept", err)
	}
	reader := bufio.NewReader(conn)
	if _, err := http.ReadRequest(reader); err != nil {
		fail("request", err)
	}
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: echo\r\n\r\n")
	session, err := spdystream.NewConnection(buffered{conn, reader}, true)
	if err != nil {
		fail("session", err)
	}
	session.Serve(spdystream.MirrorStreamHandler)
}

func main() {
	switch os.Args[1] {
	case "echo":
		runEcho()
	case "exec":
		runExec()
	case "forward":
		runForward()
	case "server":
		runServer()
	}
}

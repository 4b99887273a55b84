// The client of the streaming benchmark: what client-go does with exec and port-forward URLs, on moby/spdystream. It
// answers one JSON object on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/moby/spdystream"
)

const block = 32 * 1024

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	check("argument", err)
	return value
}

// The connection's reader may hold bytes that came behind the HTTP answer.
type buffered struct {
	net.Conn
	reader *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.reader.Read(p) }

func dial(target, protocol string) *spdystream.Connection {
	to, err := url.Parse(target)
	check("url", err)
	conn, err := net.Dial("tcp", to.Host)
	check("dial", err)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"+
		"X-Stream-Protocol-Version: %s\r\nContent-Length: 0\r\n\r\n", to.RequestURI(), to.Host, protocol)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	check("response", err)
	if response.StatusCode != 101 {
		check("upgrade", fmt.Errorf("%s", response.Status))
	}
	session, err := spdystream.NewConnection(buffered{conn, reader}, false)
	check("session", err)
	go session.Serve(spdystream.NoOpStreamHandler)
	return session
}

func open(session *spdystream.Connection, headers map[string]string) *spdystream.Stream {
	header := http.Header{}
	for name, value := range headers {
		header.Set(name, value)
	}
	stream, err := session.CreateStream(header, nil, false)
	check("stream", err)
	check("stream reply", stream.WaitTimeout(20*time.Second))
	return stream
}

func send(to io.Writer, size int) {
	bytes := make([]byte, block)
	for left := size; left > 0; left -= len(bytes) {
		if left < len(bytes) {
			bytes = bytes[:left]
		}
		// A peer that ends early says why in its status.
		if _, err := to.Write(bytes); err != nil {
			return
		}
	}
}

// exec URL BYTES: sends so many bytes to its stdin, reads its stdout to the end, and waits for its status. Tells
// the beginning of what it read.
func exec() map[string]interface{} {
	session := dial(os.Args[2], "v4.channel.k8s.io")
	failure := open(session, map[string]string{"streamType": "error"})
	stdin := open(session, map[string]string{"streamType": "stdin"})
	stdout := open(session, map[string]string{"streamType": "stdout"})
	stderr := open(session, map[string]string{"streamType": "stderr"})
	go io.Copy(os.Stderr, stderr)
	started := time.Now()
	go func() {
		send(stdin, number(3))
		stdin.Close()
	}()
	text := make([]byte, 64)
	first, _ := io.ReadFull(stdout, text)
	count, err := io.Copy(io.Discard, stdout)
	check("stdout", err)
	status, _ := io.ReadAll(failure)
	seconds := time.Since(started).Seconds()
	session.Close()
	return map[string]interface{}{
		"received": count + int64(first), "text": string(text[:first]), "seconds": seconds, "status": string(status),
	}
}

func connect(session *spdystream.Connection, id int, port string) (*spdystream.Stream, *spdystream.Stream) {
	headers := map[string]string{"streamType": "error", "port": port, "requestID": strconv.Itoa(id)}
	failure := open(session, headers)
	failure.Close()
	headers["streamType"] = "data"
	return open(session, headers), failure
}

// forward URL PORT BYTES: sends so many bytes to a server that echoes, and reads them back.
func forward() map[string]interface{} {
	session := dial(os.Args[2], "portforward.k8s.io")
	data, _ := connect(session, 0, os.Args[3])
	started := time.Now()
	go send(data, number(4))
	count, err := io.CopyN(io.Discard, data, int64(number(4)))
	check("echo", err)
	seconds := time.Since(started).Seconds()
	session.Close()
	return map[string]interface{}{"received": count, "seconds": seconds}
}

func median(times []float64) float64 {
	sort.Float64s(times)
	return times[len(times)/2]
}

// latency URL PORT COUNT: milliseconds of one byte there and back, on one connection and on a new one each time.
func latency() map[string]interface{} {
	session := dial(os.Args[2], "portforward.k8s.io")
	one := make([]byte, 1)
	trip := func(stream *spdystream.Stream) {
		_, err := stream.Write(one)
		check("write", err)
		_, err = io.ReadFull(stream, one)
		check("read", err)
	}
	data, _ := connect(session, 0, os.Args[3])
	trip(data)
	trips, connections := []float64{}, []float64{}
	for at := 0; at < number(4)*10; at++ {
		started := time.Now()
		trip(data)
		trips = append(trips, time.Since(started).Seconds()*1000)
	}
	for at := 0; at < number(4); at++ {
		started := time.Now()
		fresh, _ := connect(session, at+1, os.Args[3])
		trip(fresh)
		connections = append(connections, time.Since(started).Seconds()*1000)
		fresh.Close()
	}
	session.Close()
	return map[string]interface{}{"trip": median(trips), "connection": median(connections)}
}

func main() {
	modes := map[string]func() map[string]interface{}{"exec": exec, "forward": forward, "latency": latency}
	json.NewEncoder(os.Stdout).Encode(modes[os.Args[1]]())
}

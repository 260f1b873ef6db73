// A server by Go's crypto/tls that sends back what comes: port, suite, group or "", chain, key, clients' CA or "", "tickets" or "".
// With "suites" it names those that it knows.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

func suites() []*tls.CipherSuite {
	return append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func config(args []string) *tls.Config {
	made := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12, SessionTicketsDisabled: args[6] == ""}
	for _, suite := range suites() {
		if suite.Name == args[1] {
			made.CipherSuites = []uint16{suite.ID}
		}
	}
	if args[2] != "" {
		number, err := strconv.Atoi(args[2])
		must(err)
		made.CurvePreferences = []tls.CurveID{tls.CurveID(number)}
	}
	certificate, err := tls.LoadX509KeyPair(args[3], args[4])
	must(err)
	made.Certificates = []tls.Certificate{certificate}
	if args[5] != "" {
		text, err := os.ReadFile(args[5])
		must(err)
		made.ClientCAs = x509.NewCertPool()
		made.ClientCAs.AppendCertsFromPEM(text)
		made.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return made
}

func main() {
	if os.Args[1] == "suites" {
		for _, suite := range suites() {
			fmt.Println(suite.Name)
		}
		return
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:"+os.Args[1], config(os.Args[1:]))
	must(err)
	for {
		connection, err := listener.Accept()
		must(err)
		go serve(connection)
	}
}

func serve(connection net.Conn) {
	defer connection.Close()
	if _, err := io.Copy(connection, connection); err != nil {
		fmt.Println(err)
	}
}

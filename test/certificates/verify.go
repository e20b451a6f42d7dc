// Verifies chains of certificates as a Go server or client would, and prints what it found.
//
// Input: a JSON list of {"root": PEM, "chain": PEM, "usage": "server" or "client"}. Output: a JSON list of verdicts, "accepted"
// or why not.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

type shown struct {
	Root  string `json:"root"`
	Chain string `json:"chain"`
	Usage string `json:"usage"`
}

var usages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth,
	"client": x509.ExtKeyUsageClientAuth,
}

func main() {
	var all []shown
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	verdicts := []string{}
	for _, each := range all {
		verdict := "accepted"
		if err := verify(each); err != nil {
			verdict = err.Error()
		}
		verdicts = append(verdicts, verdict)
	}
	json.NewEncoder(os.Stdout).Encode(verdicts)
}

func verify(peer shown) error {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(peer.Root)) {
		return errors.New("the root cannot be read")
	}
	block, rest := pem.Decode([]byte(peer.Chain))
	if block == nil {
		return errors.New("the chain is empty")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	intermediates.AppendCertsFromPEM(rest)
	usage, known := usages[peer.Usage]
	if !known {
		return fmt.Errorf("there is no usage %q", peer.Usage)
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{usage}})
	return err
}

package tls

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func certRequest() *framework.Resource {
	fields := append(nameFields(),
		framework.Field{Name: "privateKeyPem", Secret: true, Replaces: replacesPEM},
		framework.Field{Name: "certRequestPem", Computed: framework.Kept},
		framework.Field{Name: "keyAlgorithm", Computed: framework.Kept},
		framework.Field{Name: "id", Computed: framework.Kept})
	return &framework.Resource{Fields: fields, Make: makeRequest}
}

func makeRequest(_ plugin.Log, planned value.Object) (string, value.Object, error) {
	key, algorithm, err := parseKey(value.String(planned, "privateKeyPem"))
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse private key PEM: %w", err)
	}
	names, err := parseNames(planned)
	if err != nil {
		return "", nil, err
	}
	template := x509.CertificateRequest{Subject: names.subject, DNSNames: names.dnsNames, IPAddresses: names.ipAddresses, URIs: names.uris}
	der, err := x509.CreateCertificateRequest(rand.Reader, &template, key)
	if err != nil {
		return "", nil, fmt.Errorf("Error creating certificate request: %w", err)
	}
	id := sha1Text(der)
	return id, value.Object{"id": id, "keyAlgorithm": algorithm, "certRequestPem": encodePEM("CERTIFICATE REQUEST", der)}, nil
}

package tls

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

// certificateFields are the fields that both kinds of certificates have.
func certificateFields() []framework.Field {
	flag := func(name string) framework.Field {
		return framework.Field{Name: name, Type: framework.Bool, Default: false, Replaces: framework.Always}
	}
	notNegative := []framework.Check{framework.AtLeast(0)}
	return []framework.Field{
		{Name: "allowedUses", TF: "allowed_uses", Type: framework.List, Replaces: framework.Always, Checks: []framework.Check{framework.OneOf(allowedUses())}},
		{Name: "validityPeriodHours", TF: "validity_period_hours", Type: framework.Int, Replaces: framework.Always, Checks: notNegative},
		{Name: "earlyRenewalHours", TF: "early_renewal_hours", Type: framework.Int, Default: float64(0), Checks: notNegative},
		{Name: "maxPathLength", TF: "max_path_length", Type: framework.Int, Computed: framework.Kept, Replaces: framework.Always,
			Checks: []framework.Check{framework.AtLeast(-1)}},
		flag("isCaCertificate"), flag("setSubjectKeyId"),
		{Name: "readyForRenewal", Type: framework.Bool, Default: false},
		{Name: "certPem", Computed: framework.Kept},
		{Name: "validityStartTime", Computed: framework.Kept},
		{Name: "validityEndTime", Computed: framework.Kept},
		{Name: "id", Computed: framework.Kept},
	}
}

func selfSignedCert() *framework.Resource {
	fields := append(append(certificateFields(), nameFields()...),
		framework.Field{Name: "setAuthorityKeyId", Type: framework.Bool, Default: false, Replaces: framework.Always},
		framework.Field{Name: "privateKeyPem", Secret: true, Replaces: replacesPEM},
		framework.Field{Name: "keyAlgorithm", Computed: framework.Kept})
	return &framework.Resource{Fields: fields, Derive: bornExpired, Expire: renewal, Refresh: refreshRenewal, Make: makeSelfSigned}
}

func locallySignedCert() *framework.Resource {
	fields := append(certificateFields(),
		framework.Field{Name: "caCertPem", Replaces: replacesPEM},
		framework.Field{Name: "caPrivateKeyPem", Secret: true, Replaces: replacesPEM},
		framework.Field{Name: "certRequestPem", Replaces: replacesPEM},
		framework.Field{Name: "caKeyAlgorithm", Computed: framework.Kept})
	return &framework.Resource{Fields: fields, Derive: bornExpired, Expire: renewal, Refresh: refreshRenewal, Make: makeLocallySigned}
}

func makeSelfSigned(_ plugin.Log, planned value.Object) (string, value.Object, error) {
	key, algorithm, err := parseKey(value.String(planned, "privateKeyPem"))
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse private key PEM: %w", err)
	}
	names, err := parseNames(planned)
	if err != nil {
		return "", nil, err
	}
	template := &x509.Certificate{Subject: names.subject, DNSNames: names.dnsNames, IPAddresses: names.ipAddresses, URIs: names.uris}
	return sign(planned, template, template, key.Public(), key, value.Object{"keyAlgorithm": algorithm})
}

func makeLocallySigned(log plugin.Log, planned value.Object) (string, value.Object, error) {
	requestDER, err := decodePEM(value.String(planned, "certRequestPem"), "CERTIFICATE REQUEST")
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse certificate request PEM: %w", err)
	}
	request, err := x509.ParseCertificateRequest(requestDER)
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse certificate request PEM: failed to parse certificate request: %w", err)
	}
	key, algorithm, err := parseKey(value.String(planned, "caPrivateKeyPem"))
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse CA private key PEM: %w", err)
	}
	caDER, err := decodePEM(value.String(planned, "caCertPem"), "CERTIFICATE")
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse CA certificate PEM: %w", err)
	}
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		return "", nil, fmt.Errorf("Failed to parse CA certificate PEM: failed to parse certificate: %w", err)
	}
	if !ca.IsCA {
		log.Warning("[WARNING] Potentially Invalid Certificate Authority: Certificate provided as Authority does not appear to be " +
			"a valid Certificate Authority. The resulting certificate might fail certificate validation.")
	}
	template := &x509.Certificate{Subject: request.Subject, DNSNames: request.DNSNames, IPAddresses: request.IPAddresses, URIs: request.URIs}
	return sign(planned, template, ca, request.PublicKey, key, value.Object{"caKeyAlgorithm": algorithm})
}

// sign completes a template that has its names, and signs it. A self-signed certificate is its own parent.
func sign(planned value.Object, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer, outputs value.Object) (string, value.Object, error) {
	template.BasicConstraintsValid = true
	template.NotBefore = time.Now()
	template.NotAfter = template.NotBefore.Add(time.Duration(value.Int(planned, "validityPeriodHours")) * time.Hour)
	for _, use := range value.Strings(planned, "allowedUses") {
		template.KeyUsage |= keyUsages[use]
		if extended, ok := extendedKeyUsages[use]; ok {
			template.ExtKeyUsage = append(template.ExtKeyUsage, extended)
		}
	}
	if err := identify(planned, template, parent, public); err != nil {
		return "", nil, err
	}
	// A length of 0 has no effect: Go takes it for "not set" without MaxPathLenZero, which the official plugin never sets.
	template.MaxPathLen = max(value.Int(planned, "maxPathLength"), 0)
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return "", nil, fmt.Errorf("Failed to generate serial number: %w", err)
	}
	template.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		return "", nil, fmt.Errorf("Failed to create certificate: %w", err)
	}
	outputs["id"] = serial.String()
	outputs["certPem"] = encodePEM("CERTIFICATE", der)
	outputs["validityStartTime"] = template.NotBefore.Format(time.RFC3339Nano)
	outputs["validityEndTime"] = template.NotAfter.Format(time.RFC3339Nano)
	return serial.String(), outputs, nil
}

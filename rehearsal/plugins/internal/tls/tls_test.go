package tls

import (
	"crypto/x509"
	"testing"
	"time"

	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

func makeCA(t *testing.T, algorithm string, more value.Object) (key, certificate value.Object) {
	t.Helper()
	_, key, err := makeKey(plugin.Log{}, value.Object{"algorithm": algorithm, "ecdsaCurve": "P256", "rsaBits": float64(2048)})
	if err != nil {
		t.Fatal(err)
	}
	planned := value.Object{
		"privateKeyPem": key["privateKeyPem"], "isCaCertificate": true, "allowedUses": []any{"cert_signing"},
		"validityPeriodHours": float64(2), "subject": value.Object{"commonName": "root", "emailAddress": "root@lab.test"},
	}
	for name, v := range more {
		planned[name] = v
	}
	_, certificate, err = makeSelfSigned(plugin.Log{}, planned)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

func parse(t *testing.T, certificate value.Object) *x509.Certificate {
	t.Helper()
	der, err := decodePEM(value.String(certificate, "certPem"), "CERTIFICATE")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestEveryKindOfKeySigns(t *testing.T) {
	for _, algorithm := range algorithms {
		key, ca := makeCA(t, algorithm, nil)
		_, request, err := makeRequest(plugin.Log{}, value.Object{"privateKeyPem": key["privateKeyPemPkcs8"], "dnsNames": []any{"a.test"}})
		if err != nil {
			t.Fatal(err)
		}
		_, leaf, err := makeLocallySigned(plugin.Log{}, value.Object{
			"certRequestPem": request["certRequestPem"], "caPrivateKeyPem": key["privateKeyPem"], "caCertPem": ca["certPem"],
			"allowedUses": []any{"server_auth"}, "validityPeriodHours": float64(1),
		})
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AddCert(parse(t, ca))
		if _, err := parse(t, leaf).Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.test"}); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if leaf["caKeyAlgorithm"] != algorithm {
			t.Errorf("key algorithm is %v", leaf["caKeyAlgorithm"])
		}
	}
}

func TestPathLengthZeroIsNone(t *testing.T) {
	_, none := makeCA(t, "ECDSA", value.Object{"maxPathLength": float64(0)})
	_, one := makeCA(t, "ECDSA", value.Object{"maxPathLength": float64(1)})
	if parse(t, none).MaxPathLen != -1 || parse(t, one).MaxPathLen != 1 {
		t.Errorf("path lengths %d and %d", parse(t, none).MaxPathLen, parse(t, one).MaxPathLen)
	}
}

func TestCAWithoutSubjectIsRefused(t *testing.T) {
	_, key, _ := makeKey(plugin.Log{}, value.Object{"algorithm": "ED25519"})
	_, _, err := makeSelfSigned(plugin.Log{}, value.Object{"privateKeyPem": key["privateKeyPem"], "isCaCertificate": true})
	if err == nil {
		t.Error("a CA without a name was made")
	}
}

func TestRenewalIsDue(t *testing.T) {
	ends := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(time.RFC3339) }
	cases := []struct {
		end   string
		early int
		due   bool
	}{
		{ends(10 * time.Hour), 11, true}, {ends(10 * time.Hour), 9, false}, {ends(-time.Minute), 0, true}, {ends(time.Minute), 0, false}, {"", 5, false},
	}
	for _, c := range cases {
		if due(value.Object{"validityEndTime": c.end, "earlyRenewalHours": float64(c.early)}) != c.due {
			t.Errorf("end %s, early %d: due is not %v", c.end, c.early, c.due)
		}
	}
}

package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/plugin"
	"homelab/plugins/internal/value"
)

var (
	algorithms = []string{"RSA", "ECDSA", "ED25519"}
	curveNames = []string{"P224", "P256", "P384", "P521"}
	curves     = map[string]elliptic.Curve{"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521()}
)

func privateKey() *framework.Resource {
	// The defaults of the other algorithms stand in state, too.
	fields := []framework.Field{
		{Name: "algorithm", TF: "algorithm", Replaces: framework.Always, Checks: []framework.Check{framework.OneOf(algorithms)}},
		{Name: "rsaBits", TF: "rsa_bits", Type: framework.Int, Default: float64(2048), Replaces: framework.Always},
		{Name: "ecdsaCurve", TF: "ecdsa_curve", Default: "P224", Replaces: framework.Always, Checks: []framework.Check{framework.OneOf(curveNames)}},
	}
	for _, name := range []string{"privateKeyPem", "privateKeyOpenssh", "privateKeyPemPkcs8"} {
		fields = append(fields, framework.Field{Name: name, Computed: framework.Fresh, Secret: true})
	}
	for _, name := range []string{"publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256", "id"} {
		fields = append(fields, framework.Field{Name: name, Computed: framework.Fresh})
	}
	return &framework.Resource{SchemaVersion: "1", Fields: fields, Make: makeKey}
}

func makeKey(_ plugin.Log, planned value.Object) (string, value.Object, error) {
	key, err := generate(planned)
	if err != nil {
		return "", nil, fmt.Errorf("Unable to generate Key from configuration: %w", err)
	}
	outputs, err := privateOutputs(key)
	if err != nil {
		return "", nil, err
	}
	public, err := publicOutputs(key.Public())
	if err != nil {
		return "", nil, err
	}
	for name, v := range public {
		outputs[name] = v
	}
	return value.String(outputs, "id"), outputs, nil
}

func generate(planned value.Object) (crypto.Signer, error) {
	switch algorithm := value.String(planned, "algorithm"); algorithm {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, value.Int(planned, "rsaBits"))
	case "ECDSA":
		return ecdsa.GenerateKey(curves[value.String(planned, "ecdsaCurve")], rand.Reader)
	case "ED25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return nil, fmt.Errorf("Key Algorithm %q is not supported", algorithm)
	}
}

func privateOutputs(key crypto.Signer) (value.Object, error) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("Unable to encode private key to PKCS#8 PEM: %w", err)
	}
	native := pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}
	openSSH := ""
	switch key := key.(type) {
	case *rsa.PrivateKey:
		native = pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("Unable to encode key to PEM: %w", err)
		}
		native = pem.Block{Type: "EC PRIVATE KEY", Bytes: der}
	}
	// OpenSSH has no P224.
	if ec, ok := key.(*ecdsa.PrivateKey); !ok || ec.Curve != elliptic.P224() {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return nil, fmt.Errorf("Unable to marshal private key into OpenSSH format: %w", err)
		}
		openSSH = string(pem.EncodeToMemory(block))
	}
	return value.Object{
		"privateKeyPem":      string(pem.EncodeToMemory(&native)),
		"privateKeyPemPkcs8": encodePEM("PRIVATE KEY", pkcs8),
		"privateKeyOpenssh":  openSSH,
	}, nil
}

func publicOutputs(public crypto.PublicKey) (value.Object, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("Failed to marshal public key: %w", err)
	}
	outputs := value.Object{
		"id":           sha1Text(der),
		"publicKeyPem": encodePEM("PUBLIC KEY", der), "publicKeyOpenssh": "", "publicKeyFingerprintMd5": "", "publicKeyFingerprintSha256": "",
	}
	if key, err := ssh.NewPublicKey(public); err == nil {
		outputs["publicKeyOpenssh"] = string(ssh.MarshalAuthorizedKey(key))
		outputs["publicKeyFingerprintMd5"] = ssh.FingerprintLegacyMD5(key)
		outputs["publicKeyFingerprintSha256"] = ssh.FingerprintSHA256(key)
	}
	return outputs, nil
}

// parseKey reads a private key in one of the three forms that the official plugin takes, and names its algorithm.
func parseKey(text string) (crypto.Signer, string, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", fmt.Errorf("failed to decode PEM block: decoded bytes %d, undecoded %d", len(text)-len(rest), len(rest))
	}
	var parsed any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "PUBLIC KEY", "CERTIFICATE", "CERTIFICATE REQUEST":
		return nil, "", fmt.Errorf("unable to determine parser for PEM preamble: %s", block.Type)
	default:
		return nil, "", fmt.Errorf("unsupported PEM preamble/type: %s", block.Type)
	}
	if err != nil {
		return nil, "", fmt.Errorf("failed to parse private key given PEM preamble '%s': %w", block.Type, err)
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, "RSA", nil
	case *ecdsa.PrivateKey:
		return key, "ECDSA", nil
	case ed25519.PrivateKey:
		return key, "ED25519", nil
	}
	return nil, "", fmt.Errorf("failed to determine key algorithm for private key of type %T: unsupported private key type: %T", parsed, parsed)
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// sha1Text is the id of keys and requests: the SHA-1 of their DER form, of which white space at either end is cut, as the
// official plugin does.
func sha1Text(der []byte) string {
	sum := sha1.Sum([]byte(strings.TrimSpace(string(der))))
	return hex.EncodeToString(sum[:])
}

package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"homelab/plugins/internal/value"
)

// identify sets the key ids. A CA has one whether it is asked for or not.
func identify(planned value.Object, template, parent *x509.Certificate, public crypto.PublicKey) error {
	template.IsCA = value.Bool(planned, "isCaCertificate")
	if template.IsCA && template.Subject.ToRDNSequence().String() == "" {
		return errors.New("Invalid Certificate Subject: Must contain at least one Distinguished Name when creating Certificate Authority (CA)")
	}
	if template.IsCA || value.Bool(planned, "setSubjectKeyId") {
		id, err := subjectKeyID(public)
		if err != nil {
			return fmt.Errorf("Failed to generate subject key identifier: %w", err)
		}
		template.SubjectKeyId = id
	}
	if value.Bool(planned, "setAuthorityKeyId") {
		if len(parent.SubjectKeyId) == 0 {
			return errors.New("Invalid Certificate Authority: Could not determine Authority Key Identifier")
		}
		template.AuthorityKeyId = parent.SubjectKeyId
	}
	return nil
}

// subjectKeyID is the SHA-1 of the public key's own encoding.
func subjectKeyID(public crypto.PublicKey) ([]byte, error) {
	var encoded []byte
	var err error
	switch key := public.(type) {
	case *rsa.PublicKey:
		encoded, err = asn1.Marshal(*key)
	case *ecdsa.PublicKey:
		encoded, err = key.Bytes()
	case ed25519.PublicKey:
		encoded, err = asn1.Marshal(key)
	default:
		err = fmt.Errorf("unsupported public key type %T", public)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to marshal public key of type %T: %w", public, err)
	}
	sum := sha1.Sum(encoded)
	return sum[:], nil
}

func decodePEM(text, kind string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("failed to decode PEM of expected type %q from bytes", kind)
	}
	if block.Type != kind {
		return nil, fmt.Errorf("invalid PEM type - expected %q, got %q", kind, block.Type)
	}
	return block.Bytes, nil
}

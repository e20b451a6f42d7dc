package tls

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/url"

	"homelab/plugins/internal/framework"
	"homelab/plugins/internal/value"
)

var emailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// nameFields are the subject and the alternative names of a request or of a self-signed certificate.
func nameFields() []framework.Field {
	var subject []framework.Field
	for _, name := range []string{"commonName", "country", "emailAddress", "locality", "organization", "organizationalUnit", "postalCode", "province", "serialNumber"} {
		subject = append(subject, framework.Field{Name: name})
	}
	subject = append(subject, framework.Field{Name: "streetAddresses", TF: "street_address", Type: framework.List})
	return []framework.Field{
		{Name: "subject", TF: "subject", Type: framework.Nested, Fields: subject, Replaces: framework.Always},
		{Name: "dnsNames", TF: "dns_names", Type: framework.List, Replaces: framework.Always},
		{Name: "ipAddresses", TF: "ip_addresses", Type: framework.List, Replaces: framework.Always},
		{Name: "uris", TF: "uris", Type: framework.List, Replaces: framework.Always},
	}
}

// names are the parsed nameFields.
type names struct {
	subject     pkix.Name
	dnsNames    []string
	ipAddresses []net.IP
	uris        []*url.URL
}

func parseNames(planned value.Object) (names, error) {
	parsed := names{dnsNames: value.Strings(planned, "dnsNames")}
	if subject, ok := planned["subject"].(value.Object); ok {
		parsed.subject = distinguishedName(subject)
	}
	for _, text := range value.Strings(planned, "ipAddresses") {
		ip := net.ParseIP(text)
		if ip == nil {
			return names{}, fmt.Errorf("Invalid IP address: Failed to parse %q", text)
		}
		parsed.ipAddresses = append(parsed.ipAddresses, ip)
	}
	for _, text := range value.Strings(planned, "uris") {
		uri, err := url.Parse(text)
		if err != nil {
			return names{}, fmt.Errorf("Invalid URI: Failed to parse %q: %w", text, err)
		}
		parsed.uris = append(parsed.uris, uri)
	}
	return parsed, nil
}

func distinguishedName(subject value.Object) pkix.Name {
	one := func(name string) []string {
		if text, ok := subject[name].(string); ok {
			return []string{text}
		}
		return nil
	}
	name := pkix.Name{
		CommonName:         value.String(subject, "commonName"),
		Organization:       one("organization"),
		OrganizationalUnit: one("organizationalUnit"),
		StreetAddress:      value.Strings(subject, "streetAddresses"),
		Locality:           one("locality"),
		Province:           one("province"),
		Country:            one("country"),
		PostalCode:         one("postalCode"),
		SerialNumber:       value.String(subject, "serialNumber"),
	}
	if address := one("emailAddress"); address != nil {
		// RFC 5280: an e-mail address in a name is an IA5String, which Go would not choose by itself.
		ia5 := asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(address[0])}
		name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: emailAddress, Value: ia5})
	}
	return name
}

package tls

import (
	"regexp"
	"time"

	"homelab/plugins/internal/value"
)

var pemText = regexp.MustCompile(`^-----BEGIN [[:alpha:] ]+-----\n(.|\s)+\n-----END [[:alpha:] ]+-----\n?$`)

// replacesPEM: another key, request or CA replaces what was made from the old one. (States of old versions of the official
// plugin held hashes instead of PEM texts; those do not.)
func replacesPEM(old, _ any) bool {
	text, _ := old.(string)
	return pemText.MatchString(text)
}

// bornExpired plans readyForRenewal for a certificate whose window for renewal is all of its life: it is replaced at every
// run.
func bornExpired(_, planned value.Object) error {
	hours, early := value.Plain(planned["validityPeriodHours"]), value.Plain(planned["earlyRenewalHours"])
	validity, known := hours.(float64)
	window, windowKnown := early.(float64)
	if known && (validity == 0 || windowKnown && window >= validity) {
		planned["readyForRenewal"] = true
	}
	return nil
}

// renewal replaces a certificate that is within its window for early renewal, or expired, by this machine's clock.
func renewal(planned value.Object) (field string, expired bool) {
	return "readyForRenewal", due(planned)
}

// refreshRenewal shows in state that a renewal is due; the next run then replaces the certificate.
func refreshRenewal(state value.Object) value.Object {
	if due(state) {
		return value.Object{"readyForRenewal": true}
	}
	return nil
}

func due(certificate value.Object) bool {
	end, err := time.Parse(time.RFC3339, value.String(certificate, "validityEndTime"))
	if err != nil {
		return false // not made yet, so without an end
	}
	window := time.Duration(value.Int(certificate, "earlyRenewalHours")) * time.Hour
	return !time.Now().Before(end.Add(-window))
}

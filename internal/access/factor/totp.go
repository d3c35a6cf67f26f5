package factor

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"nameplate/internal/platform/mail"
)

const (
	period      = 30 // seconds
	skew        = 1  // steps either way: a phone's clock is never quite right
	secretBytes = 20 // as long as a SHA-1 sum (RFC 4226, 4)
)

var inBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

func newSecret() []byte {
	fresh := make([]byte, secretBytes)
	_, _ = rand.Read(fresh) // never fails: it ends the process instead
	return fresh
}

// uriOf is what an app reads from the QR code.
func uriOf(secret, address string) string {
	q := url.Values{
		"secret": {secret}, "issuer": {mail.Product}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {strconv.Itoa(period)},
	}
	return "otpauth://totp/" + url.PathEscape(mail.Product+":"+address) + "?" + q.Encode()
}

// stepOf returns the first step after last whose code this is, of those that
// may be shown at now.
func stepOf(secret []byte, digits string, now time.Time, last int64) (step int64, ok bool) {
	here := now.Unix() / period
	for step = max(here-skew, last+1); step <= here+skew; step++ {
		ok, err := hotp.ValidateCustom(digits, uint64(step), inBase32.EncodeToString(secret), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return step, true
		}
	}
	return 0, false
}

// bare takes out what people put between the signs of a code.
func bare(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, typed)
}

// sixDigits reads a code as people type it: "123 456", "123-456".
func sixDigits(typed string) (digits string, ok bool) {
	digits = bare(typed)
	return digits, len(digits) == 6 && strings.Trim(digits, "0123456789") == ""
}

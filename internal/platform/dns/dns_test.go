package dns_test

import (
	"errors"
	"slices"
	"testing"

	"nameplate/internal/platform/dns"
	"nameplate/internal/platform/dns/dnstest"
)

func TestTheResolverIsAskedAnewEachTime(t *testing.T) {
	s := dnstest.New(t)
	r := dns.New(s.Addr)
	for _, want := range [][]string{nil, {"one", "two"}, {"three"}, nil} {
		s.Text("_x.acme.test", want...)
		if got, err := r.TXT(t.Context(), "_x.acme.test"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}

func TestAFailureIsNoAnswer(t *testing.T) {
	s := dnstest.New(t)
	s.Fail(true)
	if _, err := dns.New(s.Addr).TXT(t.Context(), "acme.test"); !errors.Is(err, dns.ErrSilent) {
		t.Error(err)
	}
	if _, err := dns.New("127.0.0.1:9").TXT(t.Context(), "acme.test"); !errors.Is(err, dns.ErrSilent) {
		t.Error(err)
	}
}

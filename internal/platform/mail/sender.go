package mail

import (
	"errors"
	"net"
	netmail "net/mail"
)

// ParseFrom reads a sender, "Name <user@host>" or "user@host", and returns it
// as it stands in mails.
func ParseFrom(s string) (string, error) {
	from, err := netmail.ParseAddress(s)
	if err != nil || s != oneLine(s) {
		return "", errors.New("is not of the form Name <user@host>")
	}
	return from.String(), nil
}

func (m *Mailer) sender() string {
	if m.From != "" {
		return m.From
	}
	host := m.Host
	if net.ParseIP(host) != nil {
		host = "localhost" // mail from an address literal is hardly taken anywhere
	}
	return (&netmail.Address{Name: Product, Address: "nameplate@" + host}).String()
}

// domain is the host as it stands in greetings and Message-IDs (RFC 5321, section 4.1.3).
func (m *Mailer) domain() string {
	ip := net.ParseIP(m.Host)
	switch {
	case ip == nil:
		return m.Host
	case ip.To4() != nil:
		return "[" + m.Host + "]"
	}
	return "[IPv6:" + m.Host + "]"
}

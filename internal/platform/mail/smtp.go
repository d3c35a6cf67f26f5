package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// patience is how long the server may be silent.
const patience = 20 * time.Second

// send hands one message to the server. It returns when the server has said
// whether it takes it, or ctx ends.
func (s *Server) send(ctx context.Context, msg *gomail.Msg, greeting string) error {
	client, err := gomail.NewClient(s.Host, s.options(ctx, greeting)...)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if msg.IsDelivered() {
		return nil // whatever went wrong when saying goodbye
	}
	return err
}

func (s *Server) options(ctx context.Context, greeting string) []gomail.Option {
	settings := &tls.Config{ServerName: s.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	// Encryption is only offered on loopback and without a password: there a
	// certificate that nobody signed is no worse than none, and usual.
	settings.InsecureSkipVerify = s.Encryption == Offered
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(patience), gomail.WithHELO(greeting),
		gomail.WithTLSConfig(settings), gomail.WithDialContextFunc(s.dialer(ctx, settings)),
	}
	switch s.Encryption {
	case Demanded:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Offered:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case Never:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case Implicit:
		options = append(options, gomail.WithSSL())
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(s.mechanisms()...))
	}
	return options
}

// mechanisms lists the ways to sign in, best first. In the clear the password
// is sent only if the operator has said so.
func (s *Server) mechanisms() []gomail.SMTPAuthType {
	plain, login := gomail.SMTPAuthPlain, gomail.SMTPAuthLogin
	if s.Encryption == Never {
		plain, login = gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc
	}
	return []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, plain, login, gomail.SMTPAuthCramMD5}
}

// dialer connects, and hangs up when ctx ends: the library watches it only
// while it dials.
func (s *Server) dialer(ctx context.Context, settings *tls.Config) gomail.DialContextFunc {
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		dial := (&net.Dialer{}).DialContext
		if s.Encryption == Implicit {
			dial = (&tls.Dialer{Config: settings}).DialContext
		}
		conn, err := dial(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
}

// final reports whether the server refused the recipient or the contents for
// good. What it says of the sender or of signing in is for the operator to put
// right; the mail waits for that.
func final(err error) bool {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() < 500 {
		return false
	}
	switch refused.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	}
	return false
}

// ofRecipient reports whether it was the recipient that the server refused.
func ofRecipient(err error) bool {
	var refused *gomail.SendError
	return errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo
}

// reason says why a mail could not be sent, without anything of the mail: the
// server's own words repeat the address.
func reason(err error) string {
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return err.Error()
	}
	said := refused.Reason.String()
	if code := refused.ErrorCode(); code != 0 {
		said = strings.TrimSpace(fmt.Sprintf("%s: %d %s", said, code, refused.EnhancedStatusCode()))
	}
	return said
}

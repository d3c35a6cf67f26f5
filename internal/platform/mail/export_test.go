package mail

import "crypto/x509"

// Trust makes the server's certificate one that roots vouch for.
func (s *Server) Trust(roots *x509.CertPool) { s.roots = roots }

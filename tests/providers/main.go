// Command providers is an identity provider for the journeys: one that others
// have written, as a program of its own on 127.0.0.1.
//
//	providers openid   example/server/exampleop of zitadel/oidc
//	providers saml     samlidp of crewjam/saml
//
// It prints its address, takes what it has to know of a service at /register, and
// ends with its standard input. The password of its one person is "verysecure".
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlidp"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/crypto/bcrypt"
)

const password = "verysecure"

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kind string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at := &url.URL{Scheme: "http", Host: l.Addr().String()}
	var serve http.Handler
	if kind == "saml" {
		serve, err = samlProvider(at)
	} else {
		serve = openIDProvider(at)
	}
	if err != nil {
		return err
	}
	go http.Serve(l, serve) //nolint:errcheck,gosec // it ends with the program
	fmt.Println(at)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// people are the one person of the OpenID provider.
type people struct{}

var rosa = &storage.User{
	ID: "id1", Username: "rosa", Password: password, FirstName: "Rosa", LastName: "Lund", Email: "rosa@exampleop.example", EmailVerified: true,
}

func (people) GetUserByID(string) *storage.User       { return rosa }
func (people) GetUserByUsername(string) *storage.User { return rosa }
func (people) ExampleClientID() string                { return storage.ServiceUserID }

func openIDProvider(at *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /register", func(_ http.ResponseWriter, r *http.Request) {
		storage.RegisterClients(storage.WebClient("nameplate", "secret", r.FormValue("redirect_uri")))
	})
	mux.Handle("/", exampleop.SetupServer(at.String(), storage.NewStorage(people{}), slog.New(slog.DiscardHandler), false, op.WithAllowInsecure()))
	return mux
}

// lasting gives names that stay the same; samlidp would call them transient.
type lasting struct{ *samlidp.Server }

func (l lasting) GetSession(w http.ResponseWriter, r *http.Request, q *saml.IdpAuthnRequest) *saml.Session {
	s := l.Server.GetSession(w, r, q)
	if s != nil {
		s.NameIDFormat = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
	}
	return s
}

func samlProvider(at *url.URL) (http.Handler, error) {
	key, certificate, err := identity()
	if err != nil {
		return nil, err
	}
	s, err := samlidp.New(samlidp.Options{URL: *at, Key: key, Certificate: certificate, Store: &samlidp.MemoryStore{}})
	if err != nil {
		return nil, err
	}
	s.IDP.SessionProvider, s.IDP.SignatureMethod = lasting{s}, dsig.RSASHA256SignatureMethod
	s.IDP.LoginURL = s.IDP.SSOURL // the form goes on with the request that it carries
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return nil, err
	}
	err = s.Store.Put("/users/rosa", samlidp.User{
		Name: "rosa", HashedPassword: hash, Groups: []string{"Leads"}, Email: "rosa@samlidp.example", CommonName: "Rosa Lund", Surname: "Lund", GivenName: "Rosa",
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /register", func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("id", "nameplate")
		s.HandlePutService(w, r)
	})
	mux.Handle("/", s)
	return mux, nil
}

func identity() (crypto.Signer, *x509.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "samlidp"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return key, certificate, err
}

package e2e

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// others has identity providers that others have written; each runs as a program
// of its own on 127.0.0.1.
const others = "../tests/providers"

// foreign is such a provider, and how somebody signs in there.
type foreign struct {
	URL      string
	kind     string // what it speaks
	name     string // its part of the domain
	metadata string // the path of its metadata
	register func(id string, made registered) error

	user, word, enter string // names of the fields and the button of its page
	more              string // a button of a further page
	called            string // the person
	forgets           bool   // it has no sessions
}

// registered is what the API gives to enter at a provider.
type registered struct {
	ID          string `json:"id"`
	RedirectURI string `json:"redirect_uri"`
	MetadataURL string `json:"metadata_url"`
}

func TestPeopleSignInAtProvidersThatOthersHaveWritten(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "providers")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = others
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("exampleop", func(t *testing.T) {
		f := foreign{URL: runs(t, program, "openid"), kind: "oidc", name: "exampleop", user: "Username:", word: "Password:", enter: "Login", called: "Rosa Lund", forgets: true}
		f.register = f.tellRedirect
		f.signsIn(t)
	})
	t.Run("samlidp", func(t *testing.T) {
		f := foreign{URL: runs(t, program, "saml"), kind: "saml", name: "samlidp", metadata: "/metadata", user: "user", word: "password", enter: "Log In", called: "Rosa Lund"}
		f.register = func(_ string, made registered) error {
			ours, err := ourMetadata(made)
			if err != nil {
				return err
			}
			_, err = read(http.Post(f.URL+"/register", "application/xml", strings.NewReader(ours)))
			return err
		}
		f.signsIn(t)
	})
	t.Run("oidc-provider", func(t *testing.T) {
		f := foreign{
			URL: runs(t, "node", filepath.Join(others, "openid.js")), kind: "oidc", name: "oidc-provider",
			user: "Enter any login", word: "and password", enter: "Sign-in", more: "Continue", called: "Lena Ruiz",
		}
		f.register = f.tellRedirect
		f.signsIn(t)
	})
	t.Run("simplesamlphp", func(t *testing.T) {
		dir := t.TempDir()
		f := foreign{
			URL: simplesamlphp(t, dir), kind: "saml", name: "simplesamlphp", metadata: "/saml2/idp/metadata.php",
			user: "Username", word: "Password", enter: "Login", called: "Rosa Lund",
		}
		f.register = func(_ string, made registered) error {
			ours, err := ourMetadata(made)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "sp.xml"), []byte(ours), 0o600)
		}
		f.signsIn(t)
	})
}

// signsIn connects the provider, and lets its person sign in twice: as somebody
// new, and as somebody known.
func (f foreign) signsIn(t *testing.T) {
	p := newcomer(t, "Admin of "+f.name)
	domain := f.name + ".example"
	var d struct{ Record struct{ Name, Value string } }
	p.puts(t, http.MethodPost, "/domains", map[string]string{"domain": domain}, &d)
	resolver.Text(d.Record.Name, d.Record.Value)
	p.puts(t, http.MethodPost, "/domains/"+domain+"/verify", nil, nil)
	settings := map[string]any{"type": f.kind, "name": f.name, "issuer": f.URL, "client_id": "nameplate", "client_secret": "secret"}
	if f.kind == "saml" {
		settings = map[string]any{"type": f.kind, "name": f.name, "metadata_url": f.URL + f.metadata}
	}
	var made registered
	p.puts(t, http.MethodPost, "/identity-providers", settings, &made)
	if err := f.register(made.ID, made); err != nil {
		t.Fatal(err)
	}
	var tested struct {
		OK    bool
		Steps []struct{ Step, Message string }
	}
	p.puts(t, http.MethodPost, "/identity-providers/"+made.ID+"/test", nil, &tested)
	if !tested.OK {
		t.Errorf("%+v", tested.Steps)
	}
	rosa := stranger(t, common)
	rosa.open("/sign-in/provider")
	rosa.the("textbox", signInMail).types("rosa@" + domain)
	rosa.leaves(rosa.the("button", findProvider).click)
	rosa.the("textbox", f.user).types("rosa")
	rosa.the("textbox", f.word).types("verysecure")
	rosa.leaves(rosa.the("button", f.enter).click)
	if f.more != "" {
		rosa.leaves(rosa.the("button", f.more).click)
	}
	rosa.the("heading", profileTitle)
	rosa.sees(f.called)
	rosa.forgives(theirs...)

	if f.forgets {
		return
	}
	// There is a session at the provider by now, so nothing is asked again.
	again := rosa.another()
	again.open("/sso/" + made.ID + "/start?return_to=/settings/sessions")
	again.the("heading", sessionsTitle)
	again.forgives(theirs...)
}

// theirs is what the pages of these providers lack.
var theirs = []string{"favicon.ico", "fonts.googleapis.com"}

func (f foreign) tellRedirect(_ string, made registered) error {
	_, err := read(http.Post(f.URL+"/register?"+url.Values{"redirect_uri": {made.RedirectURI}}.Encode(), "", nil))
	return err
}

func ourMetadata(made registered) (string, error) { return read(http.Get(made.MetadataURL)) }

// runs starts a program that prints its address and ends with its input, which
// is with the test at the latest.
func runs(t testing.TB, name string, args ...string) (address string) {
	t.Helper()
	c := exec.Command(name, args...)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("%s does not start (these tests need it): %v", name, err)
	}
	said := bufio.NewReader(out)
	t.Cleanup(func() {
		in.Close()
		_, _ = io.Copy(io.Discard, said)
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	address, err = said.ReadString('\n')
	if err != nil {
		t.Fatalf("%s says no address (scripts/needs says what it lacks): %v", name, err)
	}
	return strings.TrimSpace(address)
}

// simplesamlphp runs Debian's, with settings and keys in dir.
func simplesamlphp(t testing.TB, dir string) (address string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(others, "simplesamlphp"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tmp", "log", "cert"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := certify(filepath.Join(dir, "cert", "idp")); err != nil {
		t.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	address = "http://127.0.0.1:" + port
	said := &lines{}
	c := exec.Command("php", "-S", "127.0.0.1:"+port, "-t", "/usr/share/simplesamlphp/www")
	c.Env = append(os.Environ(), "SIMPLESAMLPHP_CONFIG_DIR="+dir, "PROVIDER_URL="+address)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatalf("php does not start (these tests need it): %v", err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	err = soon(func() error {
		_, err := read(http.Get(address + "/saml2/idp/metadata.php"))
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return address
}

// certify writes a key and its certificate, as path.key and path.crt.
func certify(path string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	now := time.Now()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return err
	}
	var private, public bytes.Buffer
	return errors.Join(
		pem.Encode(&private, &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		pem.Encode(&public, &pem.Block{Type: "CERTIFICATE", Bytes: der}),
		os.WriteFile(path+".key", private.Bytes(), 0o600), os.WriteFile(path+".crt", public.Bytes(), 0o600),
	)
}

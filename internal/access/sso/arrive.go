package sso

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/saml"
)

// arrivalLife is how long a browser has to fetch what a provider has answered.
const arrivalLife = 2 * time.Minute

// requestPurpose is that of the mark by which we know a request as ours.
const requestPurpose = "saml request"

// arrival is an answer that was checked. It waits for the browser that asked:
// the form that brings it comes from another site, and so without a cookie.
type arrival struct {
	Request string // which it answers
	Subject string
	Claims  map[string]json.RawMessage
}

func arrivalPlace(provider string) string { return "provider_arrivals|answer|" + provider }

// startSAML asks a provider that speaks SAML.
func (s *Service) startSAML(ctx context.Context, p Provider, back string, again bool) (to, kept string, err error) {
	party, of, err := s.party(ctx, p)
	if err != nil {
		return "", "", err
	}
	f := flow{Provider: p.ID, Return: back, Until: s.Clock.Now().Add(FlowLife)}
	f.State = s.request(p, f.Until)
	to, err = party.Ask(of, f.State, s.Clock.Now(), again)
	return to, s.seal(f), err
}

// request is the ID of a new request, by which we know it again without having
// kept it.
func (s *Service) request(p Provider, until time.Time) string {
	text := rand.Text() + "-" + strconv.FormatInt(until.Unix(), 10)
	return "id-" + text + "-" + hex.EncodeToString(s.Keys.MAC(requestPurpose, []byte(p.ID+" "+text)))
}

// asked reports whether we have made a request, which may still be answered, and
// until when.
func (s *Service) asked(p Provider, id string) (until time.Time, ours bool) {
	rest, _ := strings.CutPrefix(id, "id-")
	at := strings.LastIndexByte(rest, '-')
	if at < 0 {
		return until, false
	}
	text := rest[:at]
	mark, err := hex.DecodeString(rest[at+1:])
	known := func(mac []byte) bool { return hmac.Equal(mac, mark) }
	if err != nil || !slices.ContainsFunc(s.Keys.MACs(requestPurpose, []byte(p.ID+" "+text)), known) {
		return until, false
	}
	_, when, _ := strings.Cut(text, "-")
	unix, err := strconv.ParseInt(when, 10, 64)
	until = time.Unix(unix, 0)
	return until, err == nil && s.Clock.Now().Before(until)
}

// Arrive takes the answer of a provider that speaks SAML, which comes by a form
// of another site. It returns where the browser that asked fetches it, or
// ErrNone, ErrFlow, ErrRefused or limit.ErrThrottled.
func (s *Service) Arrive(ctx context.Context, id, network, answer string) (to string, err error) {
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.Kind != SAML {
		err = ErrNone
	}
	if err != nil {
		return "", err
	}
	if err := s.Limit.Take(ctx, answers, network); err != nil {
		return "", err
	}
	a, err := s.readAnswer(ctx, p, answer)
	if err != nil {
		return "", s.settled(ctx, p, err)
	}
	key := rand.Text()
	sum := sha256.Sum256([]byte(key))
	sealed, err := json.Marshal(arrival{a.InResponseTo, a.Subject, claimsOf(a)})
	if err != nil {
		return "", err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := keepArrival.Run(ctx, tx, sum[:], p.ID, s.Keys.Seal(sealed, arrivalPlace(p.ID)), s.Clock.Now().Add(arrivalLife))
		return err
	})
	return s.RedirectURI(p) + "?" + url.Values{"arrival": {key}}.Encode(), err
}

// readAnswer checks an answer and takes it, once. Of one that is not signed and
// that nobody has asked for, the admins are not told: anybody can write those.
func (s *Service) readAnswer(ctx context.Context, p Provider, answer string) (a saml.Answer, err error) {
	party, from, err := s.party(ctx, p)
	if err != nil {
		return a, err
	}
	a, err = party.Read(from, answer, s.Clock.Now())
	until, ours := s.asked(p, a.InResponseTo)
	var fault saml.Fault
	switch {
	case err != nil && !ours:
		return a, ErrFlow.Because(err)
	case errors.As(err, &fault):
		return a, errors.Join(faultsOfSAML[fault], err)
	case err != nil:
		return a, err
	case !ours:
		return a, faultUnasked
	case len(a.Subject) > maxSubject:
		return a, faultSubject
	}
	if first, err := s.takeOnce(ctx, "assertion "+p.ID+" "+a.ID, a.Until.Add(skew)); err != nil || !first {
		return a, orFlow(err)
	}
	if first, err := s.takeOnce(ctx, "request "+a.InResponseTo, until); err != nil || !first {
		return a, orFlow(err)
	}
	return a, nil
}

// Fetch ends a sign-in by SAML: the browser that has begun it fetches the
// answer. kept is what Start gave the browser. It returns what Finish does.
func (s *Service) Fetch(ctx context.Context, id, kept, network, key string) (in Entered, err error) {
	f, err := s.open(kept)
	if err != nil {
		return in, err
	}
	if f.Provider != id {
		return in, ErrFlow
	}
	if err := s.Limit.Take(ctx, answers, network); err != nil {
		return in, err
	}
	p, err := s.find(ctx, s.DB, id)
	if err != nil {
		return in, err
	}
	a, err := s.takeArrival(ctx, p, key)
	if err != nil {
		return in, err
	}
	if a.Request != f.State {
		return in, ErrFlow
	}
	c := claims{subject: a.Subject, all: a.Claims}
	in.Return, in.Proved = f.Return, c.fresh(s.Clock.Now())
	in.User, err = s.person(ctx, p, c)
	return in, s.settled(ctx, p, err)
}

func (s *Service) takeArrival(ctx context.Context, p Provider, key string) (a arrival, err error) {
	sum := sha256.Sum256([]byte(key))
	var sealed []byte
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		got, found, err := fetchArrival.Maybe(ctx, tx, sum[:], p.ID, s.Clock.Now())
		if err == nil && !found {
			err = ErrFlow
		}
		sealed = got
		return err
	})
	if err != nil {
		return a, err
	}
	plain, err := s.Keys.Open(sealed, arrivalPlace(p.ID))
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(plain, &a)
}

// Leave takes a provider's word that somebody has left, and ends all sessions of
// the person. It returns where the browser that brought it goes on; empty:
// nowhere. Else it returns ErrNone, ErrLogout or limit.ErrThrottled.
func (s *Service) Leave(ctx context.Context, id, request string) (to string, err error) {
	p, err := s.find(ctx, s.DB, id)
	if err == nil && p.Kind != SAML {
		err = ErrNone
	}
	if err != nil {
		return "", err
	}
	if err := s.Limit.Take(ctx, logouts, p.ID); err != nil {
		return "", err
	}
	party, from, err := s.party(ctx, p)
	if err != nil {
		return "", err
	}
	l, err := party.ReadLeave(from, request, s.Clock.Now())
	if err != nil {
		return "", ErrLogout.Because(err)
	}
	first, err := s.takeOnce(ctx, "leave "+p.ID+" "+l.ID, l.Until)
	if err == nil && !first {
		err = ErrLogout
	}
	if err != nil {
		return "", err
	}
	user, found, err := userOf.Maybe(ctx, s.DB, p.ID, l.Subject)
	if err == nil && found {
		err = s.signOut(ctx, held{ProviderID: p.ID, Subject: l.Subject, UserID: user})
	}
	if err != nil {
		return "", err
	}
	return party.Left(from, "id-"+rand.Text(), l, s.Clock.Now())
}

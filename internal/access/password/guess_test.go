package password_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"nameplate/internal/app/apptest"
	"nameplate/internal/platform/hashpool"
)

func hashes(s *apptest.Server) string { return strings.Join(s.Rows()["passwords"], "\n") }

func TestARightPasswordIsHashedAnewWhereAHashCostsMoreByNow(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		s.Join(ada)
		before := hashes(s)
		s.Password.Pool = hashpool.New(hashpool.Params{Memory: 128, Time: 2, Threads: 1})
		signIn(s.Browser(), "wrong").Want(401)
		if !strings.Contains(hashes(s), "m=64,t=1,p=1") {
			t.Error("a wrong password changes the hash")
		}
		signIn(s.Browser(), apptest.Password).Want(200)
		after := hashes(s)
		if !strings.Contains(after, "m=128,t=2,p=1") {
			t.Errorf("the hash was %s and is %s", before, after)
		}
		signIn(s.Browser(), apptest.Password).Want(200)
		if again := hashes(s); again != after {
			t.Errorf("it is hashed once more: %s", again)
		}
		s.Password.Pool = hashpool.New(apptest.Cheap)
		signIn(s.Browser(), apptest.Password).Want(200)
		if again := hashes(s); again != after {
			t.Errorf("it is hashed for less: %s", again)
		}
	})
}

func TestAHashOfAPasswordThatHasChangedMeanwhileIsNotBroughtBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, s *apptest.Server) {
		me := s.Join(ada)
		stale := s.Password.HashOf(t, me.ID)
		change(me.Browser, apptest.Password, fresh).Want(204)
		now := s.Password.HashOf(t, me.ID)
		if err := s.Password.Renew(t.Context(), me.ID, stale, apptest.Password); err != nil {
			t.Fatal(err)
		}
		if got := s.Password.HashOf(t, me.ID); got != now {
			t.Error("the old password is back")
		}
	})
}

func TestAFullPoolKeepsNobodyOutWhosePasswordWasRight(t *testing.T) {
	s := apptest.OnSQLite(t)
	me := s.Join(ada)
	hash := s.Password.HashOf(t, me.ID)
	s.Password.Pool = hashpool.New(hashpool.Params{Memory: 64, Time: 100, Threads: 1})
	ctx, free := context.WithCancel(t.Context())
	defer free()
	for range 64 { // more than there are slots and places in the queue
		go func() {
			for ctx.Err() == nil {
				s.Password.Pool.Hash(ctx, "any") //nolint:errcheck // it is there to be in the way
				runtime.Gosched()
			}
		}()
	}
	refused := 0
	s.Settle(func() bool {
		if err := s.Password.Renew(t.Context(), me.ID, hash, apptest.Password); err != nil {
			t.Error(err)
		}
		if _, err := s.Password.Pool.Hash(ctx, "any"); errors.Is(err, hashpool.ErrBusy) {
			refused++
		}
		return refused == 5
	})
}

func TestAWaitAfterWrongPasswordsSaysNothingOfTheAccount(t *testing.T) {
	s := apptest.OnSQLite(t)
	s.Join(ada)
	for range 10 {
		signIn(s.Browser(), "wrong").Want(401)
	}
	known := signIn(s.Browser(), "wrong").Want(429)
	for range 10 {
		s.Browser().JSON("POST", "/v1/session", fields{"email": "nobody@example.com", "password": "wrong"}).Want(401)
	}
	unknown := s.Browser().JSON("POST", "/v1/session", fields{"email": "nobody@example.com", "password": "wrong"}).Want(429)
	if known.Problem().Code != unknown.Problem().Code || known.Header.Get("Retry-After") != unknown.Header.Get("Retry-After") {
		t.Errorf("%s\n%s", known.Body, unknown.Body)
	}
}

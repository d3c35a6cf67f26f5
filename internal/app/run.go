package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"nameplate/internal/platform/db"
)

const (
	addressSpan = 15 * time.Minute
	storageWait = 5 * time.Second
	grace       = 3 * time.Second // for requests in flight, when stopping; jobs have their own four seconds after it
	sweepEvery  = 10 * time.Minute
)

// Run serves until ctx ends. It returns nil after a stop in order.
func (a *App) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var background sync.WaitGroup
	background.Go(func() { a.Queue.Run(work) })
	background.Go(func() { a.Chatwoot.Run(work) })
	background.Go(func() { a.Sealer.Run(work) })
	background.Go(func() { a.sweep(work) })
	background.Go(func() { a.Feed.Relay(work, a.DB, a.Log) })
	background.Go(func() { a.Webhooks.Run(work) })
	background.Go(func() { a.OpenID.Run(work) })
	if a.Notary != nil {
		background.Go(func() { a.Notary.Run(work) })
	}

	server := a.server()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(a.listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		a.Feed.Close() // streams end at once and let the server stop
		err = a.drain(server)
	}
	stop()
	background.Wait()
	return errors.Join(err, a.Close())
}

// drain lets requests in flight finish, and cuts off what takes too long.
func (a *App) drain(server *http.Server) error {
	late, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(late); err != nil {
		a.Log.Warn("some requests took too long to stop and were cut off")
		return server.Close()
	}
	return nil
}

// server bounds what a connection may cost before anybody is known.
func (a *App) server() *http.Server {
	return &http.Server{
		Handler:           a.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          quiet(a.Log),
	}
}

// Handler is the whole of HTTP, for tests that need no listener.
func (a *App) Handler() http.Handler { return a.remember(compressed(a.handler)) }

// compressed packs pages and JSON for clients that ask for it. Streams, small
// answers and files that are packed already pass as they are, and so does what
// every visitor of a customer's site asks for: packing one card takes longer
// than making it, and saves one packet.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1400), gzhttp.ContentTypes([]string{"text/html", "application/json", "application/problem+json"}))
	if err != nil {
		panic(err) // the options above are constants
	}
	packing := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/cards/") || strings.HasPrefix(r.URL.Path, "/avatars/") {
			next.ServeHTTP(w, r)
			return
		}
		packing(w, r)
	})
}

// sweep removes what has expired, now and then.
func (a *App) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		a.sweepOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) sweepOnce(ctx context.Context) {
	a.lookAtWorkers(ctx)
	for name, sweep := range map[string]func(context.Context, *db.Tx) error{
		"sessions": a.Sessions.Sweep, "sign-ups": a.SignUp.Sweep, "codes": a.Once.Sweep, "limits": a.Limit.Sweep, "mails": a.Mail.Sweep, "revert keys": a.Notices.Sweep,
		"refusals of providers": a.Provides.Sweep,
		"addresses":             a.Address.Sweep, "offers": a.Orgs.Sweep, "texts": a.SMS.Sweep, "factors": a.Factors.Sweep, "known browsers": a.Known.Sweep,
		"invitations": a.Invites.Sweep, "tokens": a.Tokens.Sweep, "tokens of clients": a.Clients.Sweep, "deliveries": a.Webhooks.Sweep, "answers of providers": a.SSO.Sweep,
		"messages": a.Messages.Sweep, "focus": a.Focus.Sweep, "places": a.Channels.Sweep, "notifications": a.Notify.Sweep, "signals": a.Stream.Sweep,
		"sign-ins at apps": a.OpenID.Sweep,
		"undo":             a.Profile.Sweep,
	} {
		err := a.DB.Tx(ctx, func(tx *db.Tx) error { return sweep(ctx, tx) })
		if err != nil && ctx.Err() == nil {
			a.Log.Warn("sweep failed", "what", name, "error", err)
		}
	}
	for name, tidy := range map[string]func(context.Context) error{
		"requests": a.Requests.Expire, "pictures": a.Pictures.CollectOrphans, "ends of tokens": a.Tokens.Tidy,
		"domains": a.Domains.Recheck, "providers": a.SSO.Recheck, "metadata of providers": a.SSO.Reread,
		"keys": a.OpenID.Rotate,
	} {
		if err := tidy(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("sweep failed", "what", name, "error", err)
		}
	}
}

// Addr is where the server listens.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

func escape(path string) string { return url.QueryEscape(path) }

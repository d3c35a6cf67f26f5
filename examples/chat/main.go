// Command chat is a small chat platform whose agents sign in by Nameplate.
//
//	make example
//
// starts a throw-away Nameplate and the platform beside it. With ISSUER,
// CLIENT_ID and CLIENT_SECRET in the environment it uses yours instead.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"

	"nameplate/examples/chat/chat"
)

func main() {
	addr := flag.String("addr", "localhost:3000", "where the platform listens")
	nameplate := flag.String("nameplate", "localhost:8080", "where the throw-away Nameplate listens")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *addr, *nameplate); err != nil && !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, nameplate string) error {
	base := "http://" + addr
	app := chat.App{Issuer: os.Getenv("ISSUER"), ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), URL: base}
	if app.Issuer == "" {
		o, err := start(ctx, nameplate)
		if err != nil {
			return err
		}
		if app, err = o.app(ctx, base); err != nil {
			return err
		}
		fmt.Printf("Sign in as %s with the password %s.\n", o.email, o.password)
	}
	handler, err := app.Handler(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("The chat is at %s\n", base)
	server := &http.Server{Addr: addr, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() }) //nolint:errcheck // it ends
	return server.ListenAndServe()
}

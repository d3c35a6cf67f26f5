package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// silence is how long a listening connection may be quiet before it is asked
// whether it is still there.
const silence = 20 * time.Second

// Notify says text, of at most 8,000 bytes, to whoever listens to a channel of
// this PostgreSQL database. On SQLite nobody else is there to hear it.
//
// It is no part of a transaction: a transaction that notifies holds a lock of
// the whole server while it commits.
func (d *DB) Notify(ctx context.Context, channel, text string) error {
	if d.Dialect == SQLite {
		return nil
	}
	_, err := d.pool.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, text)
	return err
}

// Listen calls heard with what is said on a channel, over a connection of its
// own, until that breaks or ctx ends. It calls begun once it hears: what was
// said before may be lost. On SQLite it returns at once.
func (d *DB) Listen(ctx context.Context, channel string, begun func(), heard func(text string)) error {
	if d.Dialect == SQLite {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it may be broken already
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	begun()
	for {
		n, err := next(ctx, conn)
		if err != nil {
			return err
		}
		if n != nil {
			heard(n.Payload)
		}
	}
}

// next waits for a word, or makes sure that the connection still stands.
func next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	quiet, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	n, err := conn.WaitForNotification(quiet)
	if err == nil || quiet.Err() == nil || ctx.Err() != nil {
		return n, err
	}
	late, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	return nil, conn.Ping(late)
}

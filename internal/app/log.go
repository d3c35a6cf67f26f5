package app

import (
	"context"
	"log"
	"log/slog"
)

// quiet takes what net/http has to say about single connections. It is of use
// only while looking for something.
func quiet(l *slog.Logger) *log.Logger {
	return slog.NewLogLogger(levelled{l.Handler()}, slog.LevelDebug)
}

type levelled struct{ slog.Handler }

func (h levelled) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.Handler.Enabled(ctx, slog.LevelDebug)
}

// Command bench measures Nameplate beside its floor.
//
// It builds the program and a bare server (bench/floor), starts both with
// throw-away data of ten thousand people on free ports of this machine, makes
// sure that both give the same answers and write the same rows, and then times
// them in turn, A B A B, with the same requests. What it prints is the median
// of the ratios of the rounds: two servers in turn on one machine differ less
// from hour to hour than one server does.
//
//	go run ./bench [-rounds 5] [-span 1.5s] [-only card,save] [-json] [-full]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// settings of a run.
type settings struct {
	rounds, starts int
	span           time.Duration
	only           string
	json, full     bool
	progress       io.Writer
}

func main() {
	s := settings{progress: os.Stderr}
	flag.IntVar(&s.rounds, "rounds", 5, "rounds of each operation on each server")
	flag.IntVar(&s.starts, "starts", 10, "starts that are timed")
	flag.DurationVar(&s.span, "span", 1200*time.Millisecond, "length of a round")
	flag.StringVar(&s.only, "only", "", "names of operations, separated by commas; empty: all")
	flag.BoolVar(&s.json, "json", false, "print JSON in place of the table")
	flag.BoolVar(&s.full, "full", false, "add pages over 10,000 members and a trail of a million entries, which takes minutes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := measure(ctx, s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	write := r.table
	if s.json {
		write = r.json
	}
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// wants reports whether the operation with this name is to be timed.
func (s settings) wants(name string) bool {
	if s.only == "" {
		return true
	}
	for one := range strings.SplitSeq(s.only, ",") {
		if one == name {
			return true
		}
	}
	return false
}

func (s settings) say(format string, args ...any) {
	fmt.Fprintf(s.progress, format+"\n", args...)
}

func measure(ctx context.Context, s settings) (*report, error) {
	folder, err := os.MkdirTemp("", "nameplate-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	w := &world{settings: s, folder: folder}
	defer w.stop()
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	return w.run(ctx)
}

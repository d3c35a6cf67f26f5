// Command attack attacks a Nameplate of its own and prints what came of it.
//
// It builds the program, starts it on a free port of this machine with
// throw-away data and the real clock, and does what the goals of safety
// describe: many at once, far too often, far too large, and with a stopwatch.
// What needs a clock that can be turned, such as a proof that has grown old,
// is in the tests instead.
//
//	go run ./bench/attack [-only G03,G05] [-long]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
)

// goal is something that is measured, with the figure to reach.
type goal struct {
	id, what, target string
	measure          func(*world) (figure string, met bool, err error)
}

var goals = []goal{
	{"G01", "a link of a reset used by 64 at once", "1 succeeds in 100 % of rounds", oneLink},
	{"G01", "a code of an app used by 64 at once", "1 succeeds in 100 % of rounds", oneCode},
	{"G02", "200 wrong codes at once, then the right one", "the right one is refused", burst},
	{"G03", "10,000 guesses at a password, 500 forged addresses, 6 spellings", "≤ 10 are looked at", guesses},
	{"G05", "sign-in of known and unknown addresses", "0.45 ≤ AUC ≤ 0.55, same bytes", signInTells},
	{"G05", "reset of known and unknown addresses", "0.45 ≤ AUC ≤ 0.55, same bytes", resetTells},
	{"G06", "200 sign-ins at once, other pages meanwhile", "memory + ≤ 128 MiB, p99 ≤ 250 ms, surplus within 2 s", flood},
	{"G07", "passwords from 64 characters to 10 MiB", "64…256 taken, > 4 KiB refused within 20 ms", giants},
	{"G12", "a session is ended while it is used", "refused at the next request", revocation},
}

func main() {
	only := flag.String("only", "", "goals, separated by commas; empty: all")
	long := flag.Bool("long", false, "sixty seconds and a thousand of each, where there is less otherwise")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *long); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, long bool) error {
	w, err := begin(ctx, long)
	if err != nil {
		return err
	}
	defer w.end()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "goal\twhat\ttarget\tmeasured\tmet")
	for _, g := range goals {
		if only != "" && !slices.Contains(strings.Split(only, ","), g.id) {
			continue
		}
		figure, met, err := g.measure(w)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", g.id, g.what, err)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", g.id, g.what, g.target, figure, map[bool]string{true: "yes", false: "NO"}[met])
	}
	return table.Flush()
}

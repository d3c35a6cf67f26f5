package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// grammar is the whole command line.
type grammar struct {
	JSON bool `name:"json" help:"Answer as one line of JSON."`

	Serve       serveCommand       `cmd:"" default:"withargs" help:"Start the server. This happens without a command, too."`
	Dev         devCommand         `cmd:"" help:"Start a throw-away instance with people in it, to look around."`
	User        userCommands       `cmd:"" help:"Add people, and help those who can't get in."`
	Org         orgCommands        `cmd:"" help:"List, show, make and delete organizations, and set their rules."`
	Mail        mailCommands       `cmd:"" help:"Read mail that was not sent."`
	Audit       auditCommands      `cmd:"" help:"Check the record of what happened."`
	Backup      backupCommand      `cmd:"" help:"Write everything into one file, while the server runs."`
	Restore     restoreCommand     `cmd:"" help:"Put a backup in place, on SQLite or PostgreSQL."`
	Seed        seedCommand        `cmd:"" help:"Fill an empty instance with people who are not, to try things with."`
	Doctor      doctorCommand      `cmd:"" help:"Look for what is wrong or unsafe with this instance."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version of the program. Every start does so, too."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the running server whether it is ready."`
	Version     versionCommand     `cmd:"" help:"Tell the version of this program."`
	Completion  completionCommand  `cmd:"" help:"Print what a shell needs to complete commands."`
}

// run is one run of the program: what every command may use.
type run struct {
	ctx     context.Context
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
	json    bool
}

// Main runs the command of the program's arguments and ends the program.
func Main() {
	r := &run{ctx: untilSignal(), environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(r.main(os.Args[1:]))
}

// untilSignal returns a context that the first signal ends, so that the command
// stops in order. The second one ends the program at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailed)
	}()
	return ctx
}

func (r *run) main(args []string) int {
	var g grammar
	sources := &sources{environ: r.environ}
	parsed, err := parser(&g, sources, r).Parse(args)
	if err != nil {
		return r.refuse(&usageError{explain(err)})
	}
	r.json = g.JSON
	return r.refuse(parsed.Run(r, sources))
}

func parser(g *grammar, sources *sources, r *run) *kong.Kong {
	return kong.Must(g,
		kong.Name("nameplate"),
		kong.Description("Profiles and accounts for people who talk to customers.\n\n"+
			"Without a command it starts the server, which needs no setting. Exit codes: "+exitCodes),
		kong.Writers(r.stdout, r.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ExplicitGroups([]kong.Group{{Key: settingsGroup, Title: "Settings:", Description: "Each can also be given as the variable behind it, or in the file of --config."}}),
		kong.ValueFormatter(withVariable),
		kong.Resolvers(sources),
		kong.PostBuild(hideSettings),
	)
}

const exitCodes = "0 it worked, 1 it failed, 2 the command or a setting is wrong."

// help is the long help of a command: examples and exit codes.
func help(examples ...string) string {
	return "Examples:\n\n\t" + strings.Join(examples, "\n\t") + "\n\nExit codes: " + exitCodes
}

// usageError is a command or a setting that is wrong.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// errShown ends a command that has told everything already.
var errShown = errors.New("shown")

// refuse tells what went wrong and returns the exit code.
func (r *run) refuse(err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errShown):
		return exitFailed
	}
	fmt.Fprintln(r.stderr, "nameplate: "+err.Error())
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

// say prints an answer: v as JSON where that is asked for, or else the text.
func (r *run) say(v any, text string) error {
	if !r.json {
		_, err := io.WriteString(r.stdout, text)
		return err
	}
	e := json.NewEncoder(r.stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

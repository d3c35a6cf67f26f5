package app

import (
	"context"
	"log/slog"
	"net"
	"os"

	"nameplate/internal/config"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/platform/control"
)

// operator is whoever runs a command on the machine.
var operator = identity.Actor{Operator: true, Origin: identity.Command}

// Operations are what the operator's commands do, by the name in the socket.
func (a *App) Operations() control.Operations {
	return control.Operations{
		"status":             control.Op(a.status),
		"user.create":        control.Op(a.createUser),
		"user.list":          control.Op(a.listUsers),
		"user.show":          control.Op(a.showUser),
		"user.unlock":        control.Op(a.unlockUser),
		"user.reset-factors": control.Op(a.resetFactors),
		"user.sign-out":      control.Op(a.signOutUser),
		"user.disable":       control.Op(a.disableUser),
		"user.enable":        control.Op(a.enableUser),
		"user.reset-link":    control.Op(a.resetLink),
		"org.list":           control.Op(a.listOrganizations),
		"org.show":           control.Op(a.showOrganization),
		"org.create":         control.Op(a.createOrganization),
		"org.delete":         control.Op(a.deleteOrganization),
		"policy.change":      control.Op(a.changePolicy),
		"seed":               control.Op(a.seedCrowd),
		"mail.list":          control.Op(a.listMail),
		"mail.show":          control.Op(a.showMail),
		"audit.verify":       control.Op(a.verifyAudit),
		"schema":             control.Op(a.schema),
		"doctor":             control.Op(a.doctor),
		"backup":             control.Op(a.backup),
	}
}

// Control offers the operations to commands on this machine. Close takes them
// back.
func (a *App) Control() (err error) {
	a.operator, err = control.Listen(a.Config.Data, a.Operations(), a.Log)
	return err
}

// Offline opens what the settings name for one command, without a server. It
// returns db.ErrInUse where a server has the database.
func Offline(ctx context.Context, cfg config.Checked, log *slog.Logger) (*App, error) {
	return New(ctx, cfg, Options{Log: log, Listener: newNowhere(cfg.Addr)})
}

// nowhere stands for the listener of the settings where nothing listens. It
// knows the address, from which follow the base URL and what is local.
type nowhere struct{ addr *net.TCPAddr }

func newNowhere(addr string) nowhere {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		tcp = &net.TCPAddr{} // a name that means nothing yet is not this machine
	}
	return nowhere{tcp}
}

func (n nowhere) Addr() net.Addr          { return n.addr }
func (nowhere) Close() error              { return nil }
func (nowhere) Accept() (net.Conn, error) { return nil, net.ErrClosed }

// Nothing is the input of operations that need none.
type Nothing struct{}

// Status is a running server.
type Status struct {
	Address string `json:"address"` // host:port that it listens on
	URL     string `json:"url"`
	Version string `json:"version"`
}

func (a *App) status(context.Context, Nothing) (Status, error) {
	return Status{a.Addr().String(), a.Config.Base.String(), a.version}, nil
}

// Audit is what a verification of the whole journal found.
type Audit struct {
	Valid    bool  `json:"valid"`
	Entries  int64 `json:"entries"`
	Unsealed int64 `json:"unsealed"`  // not in the chain yet
	FirstBad int64 `json:"first_bad"` // position; 0 if all are good
	// Sink is the file of checkpoints that it was held against; nil: there is
	// none.
	Sink *AuditSink `json:"sink,omitempty"`
}

// AuditSink is a file of checkpoints.
type AuditSink struct {
	File        string `json:"file"`
	Checkpoints int64  `json:"checkpoints"` // lines
	BadLine     int64  `json:"bad_line"`    // 0 if all agree
}

func (a *App) verifyAudit(ctx context.Context, _ Nothing) (out Audit, err error) {
	var found journal.Audited
	if name := a.Config.AuditSink; name == "" || name == journal.ToLog {
		found.Report, err = journal.VerifyAll(ctx, a.DB)
	} else {
		found, err = journal.VerifyWith(ctx, a.DB, a.Keys, name)
		out.Sink = &AuditSink{name, found.Checkpoints, found.BadLine}
	}
	out.Valid, out.Entries, out.Unsealed, out.FirstBad = found.Valid, found.Entries, found.Unsealed, found.FirstBad
	return out, err
}

// Schema is the version of the database's schema, and the program's.
type Schema struct {
	Have int64 `json:"have"`
	Want int64 `json:"want"`
}

func (a *App) schema(ctx context.Context, _ Nothing) (s Schema, err error) {
	s.Have, s.Want, err = a.DB.Version(ctx)
	return s, err
}

// Exists reports whether there is a database to open. That of a PostgreSQL
// server is taken to be there.
func Exists(cfg config.Checked) bool {
	if cfg.Database != "" {
		return true
	}
	_, err := os.Stat((&App{Config: cfg}).dsn())
	return err == nil
}

package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"nameplate/docs"
	"nameplate/internal/access/address"
	"nameplate/internal/access/factor"
	"nameplate/internal/access/password"
	"nameplate/internal/access/reauth"
	"nameplate/internal/access/revert"
	"nameplate/internal/access/sessions"
	"nameplate/internal/access/signin"
	"nameplate/internal/access/signup"
	"nameplate/internal/access/sso"
	"nameplate/internal/connect/chatwoot"
	"nameplate/internal/connect/client"
	"nameplate/internal/connect/feed"
	"nameplate/internal/connect/openid"
	"nameplate/internal/connect/token"
	"nameplate/internal/connect/webhook"
	"nameplate/internal/help/guide"
	"nameplate/internal/help/reference"
	"nameplate/internal/kernel/device"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/journal"
	"nameplate/internal/kernel/notice"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/portrait"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/blob"
	"nameplate/internal/platform/db"
	"nameplate/internal/platform/dns"
	"nameplate/internal/platform/geo"
	"nameplate/internal/platform/hashpool"
	"nameplate/internal/platform/httpout"
	"nameplate/internal/platform/jobs"
	"nameplate/internal/platform/limit"
	"nameplate/internal/platform/live"
	"nameplate/internal/platform/mail"
	"nameplate/internal/platform/once"
	"nameplate/internal/platform/pace"
	"nameplate/internal/platform/picture"
	"nameplate/internal/platform/route"
	"nameplate/internal/platform/sms"
	"nameplate/internal/platform/web"
	"nameplate/internal/platform/web/ui"
	"nameplate/internal/platform/webpush"
	"nameplate/internal/reach/channel"
	"nameplate/internal/reach/focus"
	"nameplate/internal/reach/message"
	"nameplate/internal/reach/notify"
	"nameplate/internal/reach/push"
	"nameplate/internal/reach/stream"
	"nameplate/internal/team/audit"
	"nameplate/internal/team/billing"
	"nameplate/internal/team/domain"
	"nameplate/internal/team/employee"
	"nameplate/internal/team/invitation"
	"nameplate/internal/team/member"
	"nameplate/internal/team/organization"
	"nameplate/internal/team/provision"
	"nameplate/internal/team/request"
	"nameplate/internal/team/rules"
	"nameplate/internal/who/avatar"
	"nameplate/internal/who/card"
	"nameplate/internal/who/preferences"
	"nameplate/internal/who/profile"
)

// services is everything that is built once.
type services struct {
	routed
	Feed     *live.Feed
	Blobs    *blob.Disk
	Queue    *jobs.Queue
	Pictures *portrait.Store
	Limit    *limit.Limiter
	Mail     *mail.Mailer
	SMS      *sms.Sender
	Out      *httpout.Client
	Notices  *notice.Notices
	Journal  *journal.Journal
	Sealer   *journal.Sealer
	Notary   *journal.Notary // nil where no checkpoints are wanted
	Pushes   *webpush.Sender
	Sessions session.Store
	Known    device.Store
	Places   *geo.Atlas // nil: no place is known
	Once     once.Store
	Password *password.Service
	Changes  *password.Changes
	Revert   *revert.Service
	Devices  *sessions.Service
	SignUp   *signup.Service
	SignIn   *signin.Service
	Reauth   *reauth.Service
	Factors  *factor.Service
	Address  *address.Service
	Profile  *profile.Service
	Avatar   *avatar.Service
	Prefers  *preferences.Service
	Focus    *focus.Service
	Channels *channel.Service
	Notify   *notify.Service
	Stream   *stream.Service
	Push     *push.Service
	Card     *card.Service
	Orgs     *organization.Service
	Members  *member.Service
	Rules    *rules.Service
	Invites  *invitation.Service
	Audit    *audit.Service
	Billing  *billing.Service
	Chatwoot *chatwoot.Service
	Requests *request.Service
	Tokens   *token.Service
	Clients  *client.Service
	Webhooks *webhook.Service
	OpenID   *openid.Service
	Domains  *domain.Service
	Digital  *employee.Service
	Messages *message.Service
	SSO      *sso.Service
	Provides *provision.Service
	Guide    []guide.Page
	API      *api.API
	Table    *route.Table
	handler  http.Handler
}

func (a *App) wire(o Options) (err error) {
	if err = a.platform(o); err != nil {
		return err
	}
	if a.Guide, err = guide.Read(docs.Guide); err != nil {
		return err
	}
	a.features(o)
	a.Table = &route.Table{}
	a.API = api.New(a.Table, a.version, a.Log)
	a.mount()
	a.handler = a.edge().Handler(a.Table)
	return nil
}

func (a *App) platform(o Options) (err error) {
	if a.Blobs, err = blob.Open(filepath.Join(a.Config.Data, "blobs")); err != nil {
		return err
	}
	// Only on SQLite does every change pass through this process.
	a.Feed = live.New(a.DB.Dialect == db.SQLite)
	a.Feed.Clock = a.Clock
	a.Queue = &jobs.Queue{DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log}
	a.Limit = &limit.Limiter{DB: a.DB, Keys: a.Keys, Clock: a.Clock}
	a.Mail = &mail.Mailer{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log, Queue: a.Queue, Limits: a.Limit,
		Host: a.Config.Base.Hostname(), From: a.Config.MailFrom, SMTP: a.Config.Server,
	}
	a.Mail.Register()
	a.SMS = &sms.Sender{DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log, Queue: a.Queue, Limits: a.Limit, Server: a.Config.SMS}
	a.SMS.Register()
	a.Out = httpout.New(a.Config.Private)
	if a.Pushes, err = a.pushSender(); err != nil {
		return err
	}
	a.Once = once.Store{Keys: a.Keys, Clock: a.Clock, Code: o.Code}
	a.Notices = &notice.Notices{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Once: a.Once, Mail: a.Mail, URL: a.Config.Base, Password: password.HashOf,
	}
	a.Sessions = session.Store{
		DB: a.DB, Clock: a.Clock,
		Bearer:   a.bearer,
		Holds:    func(ctx context.Context, q db.Q, userID string) (bool, error) { return a.Factors.Holds(ctx, q, userID) },
		Provided: func(ctx context.Context, q db.Q, user identity.User) (bool, error) { return a.provided(ctx, q, user) },
	}
	a.Known = device.Store{DB: a.DB, Clock: a.Clock}
	if a.Config.GeoIP != "" {
		if a.Places, err = geo.Open(a.Config.GeoIP); err != nil {
			return err
		}
	}
	a.Pictures = &portrait.Store{DB: a.DB, Clock: a.Clock, Blobs: a.Blobs, Maker: picture.New(rand.Reader), Queue: a.Queue}
	a.Pictures.Register()
	a.Sealer = &journal.Sealer{DB: a.DB, Clock: a.Clock, Holder: holder(), Log: a.Log}
	if name := a.Config.AuditSink; name != "" {
		sink, err := journal.OpenSink(name, a.Log)
		if err != nil {
			return err
		}
		a.Notary = &journal.Notary{DB: a.DB, Keys: a.Keys, Clock: a.Clock, Holder: a.Sealer.Holder, Log: a.Log, Sink: sink}
	}
	a.Journal = &journal.Journal{Clock: a.Clock, Tell: func(topics ...string) {
		a.Feed.Publish(topics...)
		a.Sealer.Wake()
	}}
	return nil
}

func (a *App) features(o Options) {
	a.Password = &password.Service{
		DB: a.DB, Clock: a.Clock, Pool: hashpool.New(o.Hashes), Limit: a.Limit, Devices: a.Known, Notices: a.Notices, Journal: a.Journal,
		Rules: a.passwordRules,
	}
	a.Changes = &password.Changes{
		Service: a.Password, Once: a.Once, Mail: a.Mail, Sessions: a.Sessions, URL: a.Config.Base, Floor: &pace.Floor{Pause: o.Pause},
		Keys: a.Keys,
	}
	a.Devices = &sessions.Service{
		DB: a.DB, Clock: a.Clock, Sessions: a.Sessions, Devices: a.Known, Notices: a.Notices, Journal: a.Journal, Near: a.Places.Near,
	}
	a.Orgs = &organization.Service{
		DB: a.DB, Clock: a.Clock, Limit: a.Limit, Once: a.Once, Mail: a.Mail, Journal: a.Journal, URL: a.Config.Base, Pictures: a.Pictures,
	}
	a.Domains = &domain.Service{DB: a.DB, Clock: a.Clock, Limit: a.Limit, Journal: a.Journal, Mail: a.Mail, URL: a.Config.Base, TXT: dns.New(a.Config.DNS).TXT}
	a.SSO = &sso.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Limit: a.Limit, Journal: a.Journal, Notices: a.Notices, Sessions: a.Sessions, URL: a.Config.Base,
		Out: a.Out, Owner: a.Domains.Owner, Domains: a.Domains.Verified,
		Kinds: func(ctx context.Context, q db.Q, organizationID string) (map[string][]string, error) {
			return a.Factors.KindsIn(ctx, q, organizationID)
		},
	}
	a.Provides = &provision.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Journal: a.Journal, Notices: a.Notices, Sessions: a.Sessions, URL: a.Config.Base,
		Owner: a.Domains.Owner, Mappings: a.groupRoles,
	}
	a.SSO.Grouped = a.Provides.Gives
	a.SignUp = &signup.Service{
		DB: a.DB, Clock: a.Clock, Once: a.Once, Limit: a.Limit, Mail: a.Mail, Sessions: a.Sessions, Devices: a.Known, Journal: a.Journal,
		URL: a.Config.Base, Mode: a.signupMode(), Floor: &pace.Floor{Pause: o.Pause}, NewPassword: a.Password.New, KeepPassword: a.Password.Keep,
		Found: a.Orgs.Found, Provided: a.SSO.Fixed,
	}
	a.Factors = &factor.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Limit: a.Limit, Once: a.Once, Notices: a.Notices, Sessions: a.Sessions,
		Journal: a.Journal, Texts: a.SMS, URL: a.Config.Base,
	}
	a.Changes.Guarded = a.guarded
	a.Address = &address.Service{
		DB: a.DB, Clock: a.Clock, Limit: a.Limit, Once: a.Once, Mail: a.Mail, Notices: a.Notices, Sessions: a.Sessions, Journal: a.Journal,
		URL: a.Config.Base, Floor: &pace.Floor{Pause: o.Pause}, EndResets: a.Changes.EndResets, Fixed: a.SSO.Fixed,
	}
	a.Revert = &revert.Service{
		DB: a.DB, Clock: a.Clock, Once: a.Once, Notices: a.Notices, Mail: a.Mail, Sessions: a.Sessions, Journal: a.Journal, URL: a.Config.Base,
		Restore: a.Address.Restore, DropSince: a.Factors.DropSince, Lock: a.Changes.Lock, Hold: a.Changes.Hold,
	}
	a.SignIn = &signin.Service{
		DB: a.DB, Clock: a.Clock, Sessions: a.Sessions, Devices: a.Known, Notices: a.Notices, Journal: a.Journal,
		Whose: a.Password.Whose, Offer: a.Factors.Offer, Check: a.Factors.Check, Passkey: a.Factors.Enter, Alone: a.passkeyAlone,
		Phones: a.phones, SendCode: a.Factors.SendCode, Near: a.Places.Near, Floor: &pace.Floor{Pause: o.Pause},
		Barred: func(ctx context.Context, user identity.User) (bool, error) { return a.provided(ctx, a.DB, user) },
	}
	a.Reauth = &reauth.Service{
		DB: a.DB, Clock: a.Clock, Keys: a.Keys, Sessions: a.Sessions, Journal: a.Journal, Whose: a.Password.Whose,
		Offer: a.Factors.OfferProof, Check: a.Factors.Check,
	}
	a.Members = &member.Service{
		DB: a.DB, Clock: a.Clock, Keys: a.Keys, Sessions: a.Sessions, Journal: a.Journal, Notices: a.Notices, Mail: a.Mail, URL: a.Config.Base,
		Role: roleLabel, Protected: a.protected, RemoveFactors: a.Factors.RemoveAll, Reset: a.Changes.Reset,
		Domains: a.Domains.Verified, Authority: a.Domains.Owner, Assign: a.Address.Assign,
	}
	a.Invites = &invitation.Service{
		DB: a.DB, Clock: a.Clock, Once: a.Once, Limit: a.Limit, Mail: a.Mail, Sessions: a.Sessions, Devices: a.Known, Journal: a.Journal, URL: a.Config.Base,
		Closed: a.signupMode() == signup.Closed, Label: roleLabel, Rules: a.terms, NewPassword: a.Password.NewFor, Account: a.SignUp.Account,
		Offer: a.Factors.Offer, Provided: a.SSO.Fixed,
	}
	a.Audit = &audit.Service{DB: a.DB, Clock: a.Clock, Log: a.Log, Journal: a.Journal, Turns: make(chan struct{}, 1)}
	a.Profile = &profile.Service{
		DB: a.DB, Clock: a.Clock, Journal: a.Journal, Feed: a.Feed, Provided: a.provided, Authority: a.Domains.Owner,
	}
	a.Avatar = &avatar.Service{DB: a.DB, Clock: a.Clock, Pictures: a.Pictures, Journal: a.Journal}
	a.Prefers = &preferences.Service{DB: a.DB, Clock: a.Clock, Journal: a.Journal, Phones: a.provedPhones}
	a.Focus = &focus.Service{DB: a.DB, Clock: a.Clock, Journal: a.Journal}
	a.Stream = &stream.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Feed: a.Feed, Whole: a.DB.Dialect == db.SQLite, Sessions: a.Sessions,
		State: a.pageState, Came: a.came,
	}
	a.Push = &push.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Queue: a.Queue, Limit: a.Limit, Journal: a.Journal, Sender: a.Pushes, URL: a.Config.Base,
		Check: a.Out.Check, Call: a.Out.Do, Told: a.pushed,
	}
	a.Push.Register()
	a.Notify = &notify.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Queue: a.Queue, Mail: a.Mail, Journal: a.Journal, URL: a.Config.Base,
		Delay: a.Config.Delay, Focus: a.Focus.In, Pages: a.Stream.Pages, Signal: a.signal,
		Devices: a.Push.Devices, Push: a.push,
	}
	a.Notify.Register()
	a.Focus.Moved = a.Notify.Release
	a.Channels = &channel.Service{DB: a.DB, Clock: a.Clock, Journal: a.Journal, Away: a.Focus.In}
	a.Rules = &rules.Service{
		DB: a.DB, Clock: a.Clock, Journal: a.Journal, Policies: policy.Policies{Clock: a.Clock, Journal: a.Journal}, Sessions: a.Sessions,
		Kinds: a.Factors.KindsIn,
	}
	a.Billing = &billing.Service{
		DB: a.DB, Clock: a.Clock, Log: a.Log, Journal: a.Journal, URL: a.Config.Base, Account: a.Config.Billing, Payer: a.payer,
	}
	a.Chatwoot = &chatwoot.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log, Queue: a.Queue, Journal: a.Journal, URL: a.Config.Base,
		Check: a.Out.Check, Call: a.Out.Do, Accept: a.hear, Person: a.agent,
	}
	a.Chatwoot.Register()
	a.Requests = &request.Service{
		DB: a.DB, Clock: a.Clock, Limit: a.Limit, Mail: a.Mail, Journal: a.Journal, URL: a.Config.Base,
		Check: a.checkField, Write: a.writeField, Label: fieldWord,
	}
	a.Address.Agreed = a.Requests.Agreement
	a.Tokens = &token.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Notices: a.Notices, Mail: a.Mail, Journal: a.Journal, URL: a.Config.Base,
	}
	a.OpenID = &openid.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log, Journal: a.Journal, Queue: a.Queue, Sessions: a.Sessions, URL: a.Config.Base,
		Check: a.Out.Check, Call: a.Out.Do,
		Client: func(ctx context.Context, q db.Q, id string) (string, string, error) {
			return a.Clients.NameOf(ctx, q, id)
		},
	}
	a.OpenID.Register()
	a.Clients = &client.Service{
		DB: a.DB, Clock: a.Clock, Journal: a.Journal, URL: a.Config.Base, CheckSignIn: a.OpenID.Checked, SignIn: a.OpenID.Begin,
	}
	a.Webhooks = &webhook.Service{
		DB: a.DB, Keys: a.Keys, Clock: a.Clock, Log: a.Log, Journal: a.Journal, Check: a.Out.Check, Call: a.Out.Do,
		Object: a.object,
	}
	a.Card = &card.Service{
		DB: a.DB, Clock: a.Clock, Feed: a.Feed, URL: a.Config.Base, Keys: a.Keys, Back: a.back, Digital: a.digital,
	}
	a.digitalEmployees()
	a.routing()
}

// mount adds every route to the manifest.
func (a *App) mount() {
	shell := a.shell()
	signin.Web{Service: a.SignIn, Shell: shell, SignUp: a.maySignUp, Passkeys: a.Factors.Obstacle() == "", Provider: a.providerOf}.Mount(a.Table)
	signin.API{Service: a.SignIn}.Mount(a.API)
	a.proofs(shell).Mount(a.Table)
	reauth.API{Service: a.Reauth}.Mount(a.API)
	signup.Web{Service: a.SignUp, Shell: shell, Rules: a.liveRules}.Mount(a.Table)
	signup.API{Service: a.SignUp}.Mount(a.API)
	factors := factor.Web{Service: a.Factors, Shell: shell, Origin: a.origin}
	factors.Mount(a.Table)
	factor.API{Service: a.Factors}.Mount(a.API)
	asks := request.Web{Service: a.Requests, Shell: shell, NameOf: a.nameOf}
	addresses := address.Web{Service: a.Address, Shell: shell, SetBy: a.nameOf, Ask: asks.Ask, Provided: a.providerLock}
	security := password.Web{
		Changes: a.Changes, Shell: shell, Sections: together(addresses.Sections, factors.Sections), Origin: a.origin,
		Provided: a.providerLock,
	}
	security.Mount(a.Table)
	password.API{Changes: a.Changes}.Mount(a.API)
	revert.Web{Service: a.Revert, Shell: shell}.Mount(a.Table)
	addresses.Page = security.Refuse
	addresses.Mount(a.Table)
	address.API{Service: a.Address}.Mount(a.API)
	sessions.Web{Service: a.Devices, Shell: shell}.Mount(a.Table)
	sessions.API{Service: a.Devices}.Mount(a.API)
	invitations := invitation.Web{Service: a.Invites, Shell: shell, Prove: a.askProofWithin}
	invitations.Mount(a.Table)
	invitation.Door{Service: a.Invites, Shell: shell, Role: roleWords, Ticks: a.ticks, SignOut: a.signOut}.Mount(a.Table)
	invitation.API{Service: a.Invites}.Mount(a.API)
	audit.Web{Service: a.Audit, Shell: shell, Field: fieldWord, Role: roleLabel}.Mount(a.Table)
	audit.API{Service: a.Audit}.Mount(a.Table, a.API)
	profiles := profile.Web{
		Service: a.Profile, Shell: shell, Picture: avatar.Cropper, Card: a.preview, Role: roleWords, SetBy: a.nameOf, Ask: asks.Ask,
	}
	profiles.Mount(a.Table)
	asks.Input = profiles.Input
	asks.Mount(a.Table)
	request.API{Service: a.Requests, NameOf: a.nameOf}.Mount(a.API)
	profile.API{Service: a.Profile, Base: a.Config.Base.String(), RoleLabel: roleLabel, SetBy: a.nameOf}.Mount(a.API)
	avatar.HTTP{Service: a.Avatar, Shell: shell, Base: a.Config.Base.String()}.Mount(a.Table, a.API)
	preferences.Web{Service: a.Prefers, Shell: shell, MayAdd: a.Factors.MayText}.Mount(a.Table)
	preferences.API{Service: a.Prefers}.Mount(a.API)
	card.API{Service: a.Card}.Mount(a.Table, a.API)
	card.Web{Service: a.Card}.Mount(a.Table)
	organization.Web{
		Service: a.Orgs, Shell: shell, RoleLabel: roleLabel, Leave: a.leave, Find: a.find,
	}.Mount(a.Table)
	organization.API{Service: a.Orgs, Base: a.Config.Base.String(), RoleLabel: roleLabel}.Mount(a.API)
	organization.LogoAPI{Service: a.Orgs, Base: a.Config.Base.String()}.Mount(a.Table, a.API)
	digital := employee.Web{Service: a.Digital, Shell: shell, Card: a.cardOf}
	digital.Mount(a.Table)
	employee.API{Service: a.Digital, Base: a.Config.Base.String()}.Mount(a.Table, a.API)
	message.API{Service: a.Messages}.Mount(a.API)
	a.mountRouting(shell)
	a.mountReach(shell, together(invitations.Sections, asks.Section, digital.Sections))
	member.API{Service: a.Members, Base: a.Config.Base.String()}.Mount(a.API)
	billing.Web{Service: a.Billing, Shell: shell}.Mount(a.Table)
	billing.API{Service: a.Billing}.Mount(a.API)
	a.mountChatwoot(shell)
	rules.Web{Service: a.Rules, Shell: shell, SetBy: a.nameOf}.Mount(a.Table)
	rules.API{Service: a.Rules, SetBy: a.nameOf}.Mount(a.API)
	clients, apps := a.mountClients(shell)
	webhooks := webhook.Web{Service: a.Webhooks, Shell: shell}
	webhooks.Mount(a.Table)
	webhook.API{Service: a.Webhooks}.Mount(a.API)
	feed.API{DB: a.DB}.Mount(a.API)
	token.Web{Service: a.Tokens, Shell: shell, Sections: together(apps.Sections, clients.Sections, webhooks.Sections), Scopes: a.scopesOf("/")}.Mount(a.Table)
	token.API{Service: a.Tokens}.Mount(a.API)
	a.mountProviders(shell)
	domain.API{Service: a.Domains}.Mount(a.API)
	guide.Web{Pages: a.Guide, Files: docs.Guide, Shell: shell}.Mount(a.Table)
	reference.Web{Shell: shell, Document: a.API.Document}.Mount(a.Table)
	a.mountOwn(shell)
}

// sections makes parts of a page.
type sections func(r *http.Request) ([]templ.Component, error)

// together makes the parts of several features, one after the other.
func together(all ...sections) sections {
	return func(r *http.Request) (parts []templ.Component, err error) {
		for _, one := range all {
			more, err := one(r)
			if err != nil {
				return nil, err
			}
			parts = append(parts, more...)
		}
		return parts, nil
	}
}

// scopesOf are those that open any route whose pattern has this part.
func (a *App) scopesOf(part string) func() []string {
	return func() (open []string) {
		for _, scope := range identity.Scopes {
			if slices.ContainsFunc(a.Table.Routes(), func(r route.Route) bool { return r.Access.Scope == scope && strings.Contains(r.Pattern, part) }) {
				open = append(open, scope)
			}
		}
		return open
	}
}

// bearer asks whoever keeps tokens of that kind.
func (a *App) bearer(ctx context.Context, text, scope string) (session.Bearer, error) {
	if b, err := a.Tokens.Bearer(ctx, text, scope); !errors.Is(err, session.ErrNone) {
		return b, err
	}
	return a.Clients.Bearer(ctx, text, scope)
}

// signupMode is that of the settings, or what fits where the server stands.
func (a *App) signupMode() signup.Mode {
	switch {
	case a.Config.Signup != "":
		return signup.Mode(a.Config.Signup)
	case a.local():
		return signup.Open
	}
	return signup.Invite
}

// guarded reports whether a user has a second factor.
func (a *App) guarded(ctx context.Context, q db.Q, userID string) (bool, error) {
	methods, err := a.Factors.Offer(ctx, q, userID)
	return len(methods) > 0, err
}

func (a *App) maySignUp(r *http.Request) bool {
	_, err := a.SignUp.Allowed(r.Context(), signup.BrowserOf(r), "")
	return err == nil
}

// passkeyAlone asks the rules of all organizations of a person.
func (a *App) passkeyAlone(ctx context.Context, userID string) (bool, error) {
	memberships, err := identity.Memberships(ctx, a.DB, userID)
	if err != nil {
		return false, err
	}
	set, err := policy.Account(ctx, a.DB, memberships)
	return policy.PasskeyAs.Of(set) == policy.FullSignIn, err
}

// phones are those that a half sign-in can get a code on.
func (a *App) phones(ctx context.Context, c session.Caller) ([]signin.Phone, error) {
	found, err := a.Factors.Phones(ctx, c)
	all := make([]signin.Phone, len(found))
	for i, p := range found {
		all[i] = signin.Phone{ID: p.ID, Ending: p.Ending, SentAt: p.SentAt}
	}
	return all, err
}

// signOut ends the session of a request, and nothing else.
func (a *App) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.SignIn.SignOut(r.Context(), session.Of(r.Context())); err != nil {
		return err
	}
	signin.Leave(w, r)
	return nil
}

func (a *App) preview(ctx context.Context, p profile.Profile) (ui.CardView, string) {
	back, err := a.back(ctx, a.DB, p.User.ID)
	if err != nil {
		a.Log.Error("focus not looked up", "error", err)
	}
	c := card.Make(card.Source{
		User: p.User, Email: p.Email.Address, Membership: p.Current, All: p.Memberships, Sees: p.Shown, Now: a.Clock.Now(),
		Back: back,
	})
	return card.View(c), "/c/" + p.User.ID
}

// shell puts pages into the frame of the request.
func (a *App) shell() web.Shell {
	return web.Shell{Log: a.Log, Frame: a.frame, Gate: a.gate, Framed: framed}
}

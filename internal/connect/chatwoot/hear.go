package chatwoot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"nameplate/internal/platform/db"
	"nameplate/internal/platform/errs"
	"nameplate/internal/platform/secret"
)

// ErrSignature is a message whose key or signature is not good. Which of the
// two is not said.
var ErrSignature = errs.New(errs.NotFound, "chatwoot_signature")

// ErrPayload is a message that is not Chatwoot's.
var ErrPayload = errs.New(errs.Malformed, "malformed_request")

const (
	tolerance  = 5 * time.Minute // how far the clocks may be apart
	heardEvery = time.Minute     // how exactly the last message is noted

	// Bounds of what events hold, in characters.
	maxTitle, maxText = 200, 4000
)

// Event is something that happened in a conversation, as notifications take it.
type Event struct {
	ID           string
	Type         string
	OccurredAt   time.Time
	Conversation string
	Title        string
	URL          string
	ActorUser    string
	ActorName    string
	Assignee     string
	Mentioned    []string
	Text         string
	Reader       string
}

// Signed is what a message shows for itself.
type Signed struct {
	Key       string // in the address
	Timestamp string
	Signature string
}

// Hear takes a message of Chatwoot for an organization. It returns how many
// events it was, ErrSignature or ErrPayload.
func (s *Service) Hear(ctx context.Context, organizationID string, by Signed, body []byte) (int, error) {
	hash, ok := secret.ParseToken(keyKind, by.Key)
	if !ok {
		return 0, ErrSignature
	}
	r, found, err := byKey.Maybe(ctx, s.DB, hash, organizationID)
	if err != nil {
		return 0, err
	}
	now := s.Clock.Now()
	if !found {
		return 0, ErrSignature
	}
	if err := s.verify(r, by, body, now); err != nil {
		return 0, err
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil || m.Event == "" {
		return 0, ErrPayload
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := heard.Run(ctx, tx, organizationID, now, now.Add(-heardEvery))
		return err
	})
	if err != nil {
		return 0, err
	}
	t := telling{s: s, r: r, m: m, now: now}
	events, err := t.events(ctx)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	return len(events), s.Accept(ctx, organizationID, events)
}

// verify holds a message against its signature, where the secret is known:
// HMAC-SHA-256 of timestamp, a point and the body.
func (s *Service) verify(r row, by Signed, body []byte, now time.Time) error {
	if r.Secret == nil {
		return nil
	}
	key, err := s.Keys.Open(r.Secret, place(r.OrganizationID, "secret"))
	if err != nil {
		return err
	}
	at, err := strconv.ParseInt(by.Timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > tolerance {
		return ErrSignature
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s", by.Timestamp, body)
	given, err := hex.DecodeString(strings.TrimPrefix(by.Signature, "sha256="))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return ErrSignature
	}
	return nil
}

// person is a contact or an agent in a message.
type person struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // contact, user, agent_bot …
}

type conversation struct {
	ID   int64 `json:"id"` // as people see it
	Meta struct {
		Sender   person  `json:"sender"`
		Assignee *person `json:"assignee"`
	} `json:"meta"`
	CreatedAt any `json:"created_at"`
	Timestamp any `json:"timestamp"`
	UpdatedAt any `json:"updated_at"`
}

// message is what Chatwoot posts: of events about a conversation that itself,
// of others the message with the conversation in it.
type message struct {
	Event string `json:"event"`
	conversation
	Content      string       `json:"content"`
	MessageType  any          `json:"message_type"`
	Private      bool         `json:"private"`
	Sender       person       `json:"sender"`
	Conversation conversation `json:"conversation"`
	Changed      []map[string]struct {
		Current any `json:"current_value"`
	} `json:"changed_attributes"`
}

// telling is one message on its way to events.
type telling struct {
	s   *Service
	r   row
	m   message
	now time.Time
}

// events are those that a message is; none for what nobody is told of.
func (t telling) events(ctx context.Context) ([]Event, error) {
	switch {
	case t.m.Event == "conversation_created":
		return t.created(ctx)
	case t.m.Event == "conversation_updated" && t.assigned():
		return t.handed(ctx)
	case t.m.Event == "message_created":
		return t.said(ctx)
	}
	return nil, nil
}

func (t telling) created(ctx context.Context) ([]Event, error) {
	e, err := t.event(ctx, t.m.conversation, "conversation.created", strconv.FormatInt(t.m.ID, 10), t.m.CreatedAt)
	e.ActorName = clip(t.m.Meta.Sender.Name, maxTitle)
	return []Event{e}, err
}

// assigned reports whether an update is that somebody has got a conversation.
func (t telling) assigned() bool {
	if t.m.Meta.Assignee == nil {
		return false
	}
	for _, c := range t.m.Changed {
		if to, there := c["assignee_id"]; there && to.Current != nil {
			return true
		}
	}
	return false
}

func (t telling) handed(ctx context.Context) ([]Event, error) {
	id := fmt.Sprintf("%d:%d:%v", t.m.ID, t.m.Meta.Assignee.ID, t.m.UpdatedAt)
	e, err := t.event(ctx, t.m.conversation, "conversation.assigned", id, t.m.UpdatedAt)
	if e.Assignee == "" {
		return nil, err // to somebody who is no member
	}
	return []Event{e}, err
}

// said is a message of a customer, or of an agent, who has read what came before.
func (t telling) said(ctx context.Context) (all []Event, err error) {
	kind := fmt.Sprint(t.m.MessageType)
	if kind != "incoming" && kind != "outgoing" && kind != "0" && kind != "1" {
		return nil, nil
	}
	c := t.m.Conversation
	e, err := t.event(ctx, c, "message.created", strconv.FormatInt(t.m.ID, 10), t.m.CreatedAt)
	if err != nil {
		return nil, err
	}
	e.Text, e.ActorName = clip(mention.ReplaceAllString(t.m.Content, "$1"), maxText), clip(t.m.Sender.Name, maxTitle)
	for _, found := range mention.FindAllStringSubmatch(t.m.Content, -1) {
		id, _ := strconv.ParseInt(found[2], 10, 64) // too long is nobody's
		user, err := t.user(ctx, id)
		if err != nil {
			return nil, err
		}
		if user != "" {
			e.Mentioned = append(e.Mentioned, user)
		}
	}
	if t.m.Sender.Type != "user" {
		return []Event{e}, nil
	}
	if e.ActorUser, err = t.user(ctx, t.m.Sender.ID); err != nil || e.ActorUser == "" {
		return []Event{e}, err
	}
	read := e
	read.ID, read.Type, read.Reader, read.Text, read.Mentioned = e.ID+":read", "conversation.read", e.ActorUser, "", nil
	return []Event{read, e}, nil
}

// mention is how a message names an agent: [@Mei](mention://user/1/Mei).
var mention = regexp.MustCompile(`\[([^\]]*)\]\(mention://user/(\d+)/[^)]*\)`)

func (t telling) event(ctx context.Context, c conversation, kind, id string, at any) (e Event, err error) {
	e = Event{
		ID: "chatwoot:" + kind + ":" + id, Type: kind, OccurredAt: t.moment(at), Conversation: strconv.FormatInt(c.ID, 10),
		Title: clip(c.Meta.Sender.Name, maxTitle), URL: fmt.Sprintf("%s/app/accounts/%d/conversations/%d", t.r.URL, t.r.Account, c.ID),
	}
	if c.Meta.Assignee != nil {
		e.Assignee, err = t.user(ctx, c.Meta.Assignee.ID)
	}
	return e, err
}

// user is the member who is an agent; empty: there is none.
func (t telling) user(ctx context.Context, agentID int64) (string, error) {
	id, _, err := userOf.Maybe(ctx, t.s.DB, t.r.OrganizationID, agentID)
	return id, err
}

// moment reads a time as Chatwoot writes them: seconds, with or without a
// fraction, or text. What can't be read is now, and so is what is to come.
func (t telling) moment(v any) time.Time {
	at := t.now
	switch v := v.(type) {
	case float64:
		at = time.UnixMilli(int64(v * 1000))
	case string:
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05 MST"} {
			if read, err := time.Parse(layout, v); err == nil {
				at = read
			}
		}
	}
	if at.After(t.now) || at.Unix() <= 0 {
		return t.now
	}
	return at
}

// clip is a text with at most so many characters.
func clip(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}

package app

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"nameplate/internal/kernel/change"
	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/policy"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/db"
	"nameplate/internal/reach/notify"
	"nameplate/internal/reach/stream"
)

// signal tells the pages of a member.
func (a *App) signal(ctx context.Context, tx *db.Tx, organizationID, userID, name, about string, content any) error {
	return a.Stream.Send(ctx, tx, stream.Signal{OrganizationID: organizationID, UserID: userID, Name: name, About: about}, content)
}

// came hears that a signal has reached a page after all.
func (a *App) came(ctx context.Context, s stream.Signal) error {
	if s.Name != notify.RingSignal {
		return nil
	}
	return a.Notify.Came(ctx, s.OrganizationID, s.UserID, s.About)
}

// notificationsUpdated is a change that concerns nobody but the person.
const notificationsUpdated = "notifications.updated"

// pageState is what the pages of a person depend on, as versions by the type of
// the change that makes another one.
func (a *App) pageState(ctx context.Context, c session.Caller) (map[string]string, error) {
	m := c.Actor.Membership
	email, err := identity.PrimaryEmail(ctx, a.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	interaction, err := a.Prefers.Interaction(ctx, c.User.ID)
	if err != nil {
		return nil, err
	}
	focus, err := a.Focus.Get(ctx, a.DB, c.User.ID)
	if err != nil {
		return nil, err
	}
	rules, err := policy.Effective(ctx, a.DB, policy.Scope{OrganizationID: m.OrganizationID, Role: m.Role})
	if err != nil {
		return nil, err
	}
	told, err := a.Notify.Settings(ctx, c)
	if err != nil && !errors.Is(err, notify.ErrNoOrg) {
		return nil, err
	}
	taken, err := a.channelsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return versions(map[string]any{
		change.ProfileUpdated:      []any{c.User.Version, email.Address},
		change.AvatarUpdated:       c.User.Picture,
		change.OrganizationUpdated: c.Memberships,
		change.RoleChanged:         m.Role,
		change.InteractionUpdated:  interaction,
		change.AvailabilityChanged: []any{focus.Until.UnixMilli(), focus.Message, taken},
		change.PolicyUpdated:       fmt.Sprint(rules),
		notificationsUpdated:       told.Version,
	})
}

// channelsOf is what somebody takes on, but for what they have just now.
func (a *App) channelsOf(ctx context.Context, c session.Caller) (all []any, err error) {
	if c.Actor.Membership.OrganizationID == "" {
		return nil, nil
	}
	sheet, err := a.Channels.Get(ctx, c)
	for _, one := range sheet.Channels {
		all = append(all, []any{one.Name, one.Enabled, one.Capacity, one.Max})
	}
	return all, err
}

// versions are short marks that differ where the things do.
func versions(of map[string]any) (map[string]string, error) {
	all := map[string]string{}
	for name, thing := range of {
		text, err := json.Marshal(thing)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		all[name] = base64.RawURLEncoding.EncodeToString(sum[:6])
	}
	return all, nil
}

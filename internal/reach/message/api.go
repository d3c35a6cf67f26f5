package message

import (
	"context"
	"net/http"

	"nameplate/internal/kernel/identity"
	"nameplate/internal/kernel/session"
	"nameplate/internal/platform/api"
	"nameplate/internal/platform/route"
)

// API takes messages as JSON.
type API struct{ Service *Service }

type sendInput struct {
	Org  string `path:"org"`
	Body struct {
		ID       string `json:"id" doc:"The sender's own, unique in the organization, up to 128 characters. The same id twice is sent once."`
		Employee string `json:"digital_employee" doc:"In whose name."`
		User     string `json:"user" doc:"To whom: a member."`
		Channel  string `json:"channel,omitempty" doc:"email or whatsapp. Omitted: WhatsApp where the person has agreed to it, else e-mail."`
		Subject  string `json:"subject,omitempty" doc:"Of a mail, up to 120 characters."`
		Text     string `json:"text" doc:"Up to 4,000 characters of plain text."`
	}
}

type sendOutput struct {
	Body struct {
		ID        string `json:"id"`
		Duplicate bool   `json:"duplicate" doc:"It was taken before; what follows is what became of it."`
		Channel   string `json:"channel" enum:"email,whatsapp"`
		State     string `json:"state" enum:"queued,sent,failed" doc:"sent: the mail server, or Twilio, has taken it."`
		Reason    string `json:"reason,omitempty" doc:"Why it failed."`
	}
}

// Mount adds the operation.
func (h API) Mount(a *api.API) {
	api.Post(a, "/v1/orgs/{org}/messages", route.Allowed(identity.Report).WithScope(identity.EventsWrite), route.JSON, route.Plain, route.NoStore,
		api.Op{
			ID: "send-message", Tag: "Digital employees", Status: http.StatusAccepted,
			Summary: "Write to a member in the name of a digital employee, as the member has agreed to",
		}, h.send)
}

func (h API) send(ctx context.Context, in *sendInput) (*sendOutput, error) {
	b := in.Body
	t, err := h.Service.Send(ctx, session.Actor(ctx), Message{b.ID, b.Employee, b.User, b.Channel, b.Subject, b.Text})
	if err != nil {
		return nil, err
	}
	out := &sendOutput{}
	out.Body.ID, out.Body.Duplicate, out.Body.Channel, out.Body.State, out.Body.Reason = t.ID, t.Duplicate, t.Channel, t.State, t.Reason
	return out, nil
}

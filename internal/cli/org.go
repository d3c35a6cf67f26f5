package cli

import (
	"fmt"
	"strings"
	"time"

	"nameplate/internal/app"
	"nameplate/internal/kernel/identity"
)

// orgCommands are about organizations.
type orgCommands struct {
	List   orgList   `cmd:"" default:"withargs" help:"List the organizations, the oldest first."`
	Show   orgShow   `cmd:"" help:"Show one organization."`
	Create orgCreate `cmd:"" help:"Make an organization for a person who is there."`
	Delete orgDelete `cmd:"" help:"Delete an organization. Its members stay people, its record stays."`
	Policy orgPolicy `cmd:"" help:"Show the rules of an organization, or change them."`
}

type orgList struct {
	settings
}

// Help is shown behind the sentence of the command.
func (orgList) Help() string { return help("nameplate org", "nameplate org list --json") }

// Run lists the organizations.
func (c *orgList) Run(r *run, from *sources) error {
	var out app.Organizations
	if err := c.operation(r, from, "org.list", false, app.Nothing{}, &out); err != nil {
		return err
	}
	var b strings.Builder
	for _, o := range out.Items {
		fmt.Fprintf(&b, "%s  %s  %6d  %s\n", o.ID, o.CreatedAt.Format(time.DateOnly), o.Members, o.Name)
	}
	switch {
	case len(out.Items) == 0:
		b.WriteString("There is no organization.\n")
	case out.More:
		b.WriteString("There are more.\n")
	}
	return r.say(out, b.String())
}

type orgShow struct {
	Organization string `arg:"" help:"Name or id."`
	settings
}

// Help is shown behind the sentence of the command.
func (orgShow) Help() string { return help(`nameplate org show "Halden Energy"`) }

// Run shows the organization.
func (c *orgShow) Run(r *run, from *sources) error {
	var o app.ShownOrganization
	if err := c.operation(r, from, "org.show", false, app.OrganizationName{Organization: c.Organization}, &o); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nId: %s\nSince: %s\nOwners: %s\nMembers: %d\n", o.Name, o.ID, o.CreatedAt.Format(time.DateOnly), strings.Join(o.Owners, ", "), o.Members)
	for _, role := range identity.Roles {
		if n := o.Roles[string(role)]; n > 0 {
			fmt.Fprintf(&b, "  %-11s %d\n", role, n)
		}
	}
	return r.say(o, b.String())
}

type orgCreate struct {
	Name  string `arg:"" help:"Name. It need not be unique."`
	Owner string `name:"owner" required:"" placeholder:"ADDRESS" help:"Address of the person who shall own it."`
	settings
}

// Help is shown behind the sentence of the command.
func (orgCreate) Help() string {
	return help(`nameplate org create "Halden Energy" --owner nora@halden.example`)
}

// Run makes the organization.
func (c *orgCreate) Run(r *run, from *sources) error {
	var out identity.OrganizationRef
	if err := c.operation(r, from, "org.create", false, app.NewOrganization{Name: c.Name, Owner: c.Owner}, &out); err != nil {
		return err
	}
	return r.say(out, fmt.Sprintf("%s is %s, owned by %s.\n", out.Name, out.ID, c.Owner))
}

type orgDelete struct {
	Organization string `arg:"" help:"Name or id."`
	Confirm      string `name:"confirm" required:"" placeholder:"ID" help:"Its id once more, because this can't be undone."`
	settings
}

// Help is shown behind the sentence of the command.
func (orgDelete) Help() string {
	return help(`nameplate org delete "Halden Energy" --confirm org_01k9xq6c0efyvb2w4n8h3t5dpr`)
}

// Run deletes the organization.
func (c *orgDelete) Run(r *run, from *sources) error {
	var out identity.OrganizationRef
	if err := c.operation(r, from, "org.delete", false, app.EndOrganization{Organization: c.Organization, Confirm: c.Confirm}, &out); err != nil {
		return err
	}
	return r.say(out, out.Name+" is deleted. Its members keep their accounts.\n")
}

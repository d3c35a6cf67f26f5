package password

import (
	"context"

	"nameplate/internal/access/password/rules"
	"nameplate/internal/platform/web/ui"
)

// LiveRules are the rules as the page ticks them off. What only the server can
// tell is left out.
func LiveRules(ctx context.Context, p rules.Policy) []ui.Rule {
	var all []ui.Rule
	for _, item := range p.Items() {
		if item.Pattern != "" {
			all = append(all, ui.Rule{Text: item.Text(ctx), Pattern: item.Pattern})
		}
	}
	return all
}

package organization

import (
	"context"

	"nameplate/internal/platform/db"
)

// Zone is the IANA name of the organization's time zone; empty: not told.
func (s *Service) Zone(ctx context.Context, organizationID string) (string, error) {
	name, _, err := zoneOf.Maybe(ctx, s.DB, organizationID)
	return name, err
}

var zoneOf = db.Rows[string](`SELECT time_zone FROM organization_details WHERE organization_id = $1`)

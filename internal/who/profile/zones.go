package profile

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"nameplate/internal/platform/web/ui"
)

// zoneNames are the zones of the IANA database that differ since 1970, and UTC.
//
//go:embed zones.txt
var zoneNames string

// zoneOptions offers every zone with its present offset, and the chosen one
// if it is another spelling.
func zoneOptions(chosen, none string, now time.Time) []ui.Option {
	names := strings.Fields(zoneNames)
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	options := []ui.Option{{Label: none}}
	for _, name := range names {
		place, err := time.LoadLocation(name)
		if err != nil {
			continue
		}
		options = append(options, ui.Option{Value: name, Label: zoneLabel(name, now.In(place))})
	}
	return options
}

// zoneLabel reads "Europe/Oslo (UTC+1)".
func zoneLabel(name string, now time.Time) string {
	_, seconds := now.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	offset := fmt.Sprintf("UTC%s%d", sign, seconds/3600)
	if minutes := seconds / 60 % 60; minutes != 0 {
		offset += fmt.Sprintf(":%02d", minutes)
	}
	return strings.ReplaceAll(name, "_", " ") + " (" + offset + ")"
}

package ui

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// zoneNames are the zones of the IANA database that differ since 1970, and UTC.
//
//go:embed zones.txt
var zoneNames string

// ZoneOptions offers every zone with its present offset, and the chosen one
// if it is another spelling.
func ZoneOptions(chosen, none string, now time.Time) []Option {
	known := offered(now)
	options := append(make([]Option, 0, len(known)+2), Option{Label: none})
	options = append(options, known...)
	if chosen != "" && !slices.ContainsFunc(known, func(o Option) bool { return o.Value == chosen }) {
		options = appendZone(options, chosen, now)
	}
	return options
}

// zones are the options of a quarter of an hour, in which no offset changes.
// Reading the database of zones for each page would cost more than the page.
type zones struct {
	quarter time.Time
	options []Option
}

var latest atomic.Pointer[zones]

func offered(now time.Time) []Option {
	quarter := now.Truncate(15 * time.Minute)
	if z := latest.Load(); z != nil && z.quarter.Equal(quarter) {
		return z.options
	}
	z := &zones{quarter: quarter}
	for name := range strings.FieldsSeq(zoneNames) {
		z.options = appendZone(z.options, name, now)
	}
	latest.Store(z)
	return z.options
}

// appendZone leaves out what this machine's database does not have.
func appendZone(to []Option, name string, now time.Time) []Option {
	place, err := time.LoadLocation(name)
	if err != nil {
		return to
	}
	return append(to, Option{Value: name, Label: zoneLabel(name, now.In(place))}.Written())
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

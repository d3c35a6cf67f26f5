package i18n

import (
	"context"
	"sync"
	"time"
)

// What these functions say is in the place of the time they are given: turn it
// into the person's own zone first.

var months = [...]string{
	"time.january", "time.february", "time.march", "time.april", "time.may", "time.june",
	"time.july", "time.august", "time.september", "time.october", "time.november", "time.december",
}

// Date says the day: "6 March 2023".
func Date(ctx context.Context, t time.Time) string {
	return T(ctx, "time.date", "Day", t.Day(), "Month", T(ctx, months[t.Month()-1]), "Year", t.Year())
}

// DateTime says the day and the minute: "6 March 2023, 14:17".
func DateTime(ctx context.Context, t time.Time) string {
	return T(ctx, "time.datetime", "Date", Date(ctx, t), "Clock", Clock(ctx, t))
}

// Clock says the minute: "14:17", or "2:17 PM" to whoever reads a clock of
// twelve hours.
func Clock(ctx context.Context, t time.Time) string {
	key, hour := "time.clock", "15"
	if TwelveHours(ctx) {
		hour = "3"
		if key = "time.clock_am"; t.Hour() >= 12 {
			key = "time.clock_pm"
		}
	}
	return T(ctx, key, "Hour", t.Format(hour), "Minute", t.Format("04"))
}

type clockKey struct{}

// WithTwelveHours returns a context in which times are told on a clock of
// twelve hours if ask says so. It is asked once, when a time is first told.
func WithTwelveHours(ctx context.Context, ask func() bool) context.Context {
	return context.WithValue(ctx, clockKey{}, sync.OnceValue(ask))
}

// TwelveHours reports whether times are told on a clock of twelve hours.
func TwelveHours(ctx context.Context) bool {
	ask, ok := ctx.Value(clockKey{}).(func() bool)
	return ok && ask()
}

// Relative says how long before now t was, in the words people use: "just now",
// "12 minutes ago", "3 hours ago" for the same day, "yesterday, 17:42", and the
// date of what is older. A time ahead of now by more than a minute is said in
// full.
func Relative(ctx context.Context, now, t time.Time) string {
	now = now.In(t.Location())
	ago := now.Sub(t)
	switch {
	case ago < -time.Minute:
		return DateTime(ctx, t)
	case ago < time.Minute:
		return T(ctx, "time.just_now")
	case ago < time.Hour:
		return T(ctx, "time.minutes_ago", "Count", int(ago.Minutes()))
	case sameDay(t, now):
		return T(ctx, "time.hours_ago", "Count", int(ago.Hours()))
	case sameDay(t, now.AddDate(0, 0, -1)):
		return T(ctx, "time.yesterday", "Clock", Clock(ctx, t))
	default:
		return Date(ctx, t)
	}
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

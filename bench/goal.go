package main

import (
	"fmt"
	"time"
)

// goal is what an operation should reach, and whether it does.
type goal struct {
	Text string `json:"text"`
	Met  bool   `json:"met"`
}

// ofFloor asks for a share of the floor's rate.
func ofFloor(share float64) func(*result) goal {
	return func(r *result) goal {
		return goal{fmt.Sprintf("≥ %.0f %% of floor", share*100), r.Ratio.Median >= share}
	}
}

// ofFloorWithin asks for a share of the floor's rate and a bound on p99.
func ofFloorWithin(share float64, p99 time.Duration) func(*result) goal {
	return func(r *result) goal {
		g := ofFloor(share)(r)
		return goal{fmt.Sprintf("%s, p99 < %d ms", g.Text, p99.Milliseconds()), g.Met && r.Ours.P99 < micros(p99)}
	}
}

func pageGoal(r *result) goal {
	return goal{"≤ 120 µs CPU", r.Ours.CPU <= 120}
}

// below bounds a single figure.
func below(value, limit float64, text string) goal { return goal{text, value < limit} }

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

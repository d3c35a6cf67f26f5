package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// report is everything that was measured.
type report struct {
	Durability string    `json:"durability"`
	People     int       `json:"people"`
	Operations []*result `json:"operations"`
	Live       []*live   `json:"live,omitempty"`
	Ringing    *ringing  `json:"ringing,omitempty"`
	Pages      []*page   `json:"pages,omitempty"` // over much
	Start      *started  `json:"start,omitempty"`
	IdleMemory int64     `json:"idle_memory_bytes"` // RssAnon of a server that has only started
	BusyMemory int64     `json:"busy_memory_bytes"` // and of one after all of the above
	Binary     int64     `json:"binary_bytes"`
}

// side is what one server did in all rounds. Times are in microseconds.
type side struct {
	Rate   float64 `json:"per_second"`
	CPU    float64 `json:"cpu_us"`
	P50    float64 `json:"p50_us"`
	P99    float64 `json:"p99_us"`
	Errors int     `json:"errors"`
}

type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

type result struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Ours     side   `json:"nameplate"`
	Floor    side   `json:"floor"`
	Ratio    spread `json:"ratio"`     // of the rates, round by round
	CPURatio spread `json:"cpu_ratio"` // of the processor time for each answer
	Goal     goal   `json:"goal"`
}

func sideOf(rounds []round) side {
	var rates, cpus []float64
	var latencies []time.Duration
	s := side{}
	for _, r := range rounds {
		rates, cpus = append(rates, r.rate()), append(cpus, r.cpuEach())
		latencies = append(latencies, r.latencies...)
		s.Errors += r.errors
	}
	slices.Sort(latencies)
	s.Rate, s.CPU = median(rates), median(cpus)
	s.P50, s.P99 = micros(share(latencies, 0.5)), micros(share(latencies, 0.99))
	return s
}

func (r *result) compare(ours, floor []round) {
	var rates, cpus []float64
	for i := range ours {
		rates = append(rates, ours[i].rate()/floor[i].rate())
		cpus = append(cpus, ours[i].cpuEach()/floor[i].cpuEach())
	}
	r.Ratio, r.CPURatio = spreadOf(rates), spreadOf(cpus)
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	return spread{median(values), slices.Min(values), slices.Max(values)}
}

func (r *report) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) table(w io.Writer) error {
	fmt.Fprintf(w, "%d people; %s\n\n", r.People, r.Durability)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "operation\tours/s\tfloor/s\tratio\tmin … max\tCPU µs\tfloor\tp50 ms\tp99 ms\tfloor p99\terrors\tgoal\t\t")
	for _, o := range r.Operations {
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.2f\t%.2f … %.2f\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%d\t%s\t%s\t\n", o.Title, o.Ours.Rate, o.Floor.Rate,
			o.Ratio.Median, o.Ratio.Min, o.Ratio.Max, o.Ours.CPU, o.Floor.CPU, o.Ours.P50/1e3, o.Ours.P99/1e3, o.Floor.P99/1e3,
			o.Ours.Errors+o.Floor.Errors, o.Goal.Text, met(o.Goal.Met))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return r.figures(w)
}

// figures prints what has no rate.
func (r *report) figures(w io.Writer) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range r.Live {
		fmt.Fprintf(t, "save → %d open cards\tfirst %.1f ms, p99 %.1f ms, last %.1f ms (floor %.1f ms)\t%s\t%s\n",
			l.Streams, l.Ours.First, l.Ours.P99, l.Ours.Last, l.Floor.Last, l.Goal.Text, met(l.Goal.Met))
	}
	if g := r.Ringing; g != nil {
		fmt.Fprintf(t, "%d events, 50 a second → %d agents\tp50 %.1f ms, p99 %.1f ms, last %.1f ms; %d lost, %d doubled\t%s\t%s\n",
			g.Events, agents, g.P50, g.P99, g.Last, g.Lost, g.Doubled, g.Goal.Text, met(g.Goal.Met))
	}
	if s := r.Start; s != nil {
		fmt.Fprintf(t, "start → first 200\t%.0f ms, %.0f … %.0f (floor %.0f ms)\t%s\t%s\n",
			s.Ours.Median, s.Ours.Min, s.Ours.Max, s.Floor.Median, s.Goal.Text, met(s.Goal.Met))
	}
	for _, p := range r.Pages {
		fmt.Fprintf(t, "%s\tp50 %.1f ms, p99 %.1f ms\t%s\t%s\n", p.Title, p.P50/1e3, p.P99/1e3, p.Goal.Text, met(p.Goal.Met))
	}
	for _, f := range []struct {
		name  string
		bytes int64
		unit  int64
		limit float64
		text  string
	}{
		{"memory, idle (RssAnon)", r.IdleMemory, 1 << 20, 32, "< 32 MiB"},
		{"memory, after all of it", r.BusyMemory, 1 << 20, 64, "< 64 MiB"},
		{"binary", r.Binary, 1e6, 40, "< 40 MB"},
	} {
		if f.bytes == 0 {
			continue
		}
		v := float64(f.bytes) / float64(f.unit)
		g := below(v, f.limit, f.text)
		fmt.Fprintf(t, "%s\t%.1f\t%s\t%s\n", f.name, v, g.Text, met(g.Met))
	}
	return t.Flush()
}

func met(ok bool) string {
	if ok {
		return "reached"
	}
	return "MISSED"
}

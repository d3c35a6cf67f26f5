package main

import "time"

// started is how long servers take from their start to the first answer, in
// milliseconds.
type started struct {
	Ours  spread `json:"nameplate"`
	Floor spread `json:"floor"`
	Goal  goal   `json:"goal"`
}

const startLimit = 120 * time.Millisecond

// starts starts both servers again and again, in turn.
func (w *world) starts(r *report) error {
	w.say("starting")
	var ours, floor []float64
	for range w.settings.starts {
		for _, s := range []struct {
			at    **process
			again func() (*process, error)
			took  *[]float64
		}{{&w.ours, w.startOurs, &ours}, {&w.floor, w.startFloor, &floor}} {
			if err := (*s.at).stop(); err != nil {
				return err
			}
			p, err := s.again()
			if err != nil {
				return err
			}
			*s.at, *s.took = p, append(*s.took, micros(p.took)/1e3)
		}
	}
	s := &started{Ours: spreadOf(ours), Floor: spreadOf(floor)}
	s.Goal = below(s.Ours.Median, float64(startLimit.Milliseconds()), "< 120 ms")
	r.Start = s
	return nil
}

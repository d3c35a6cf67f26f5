package picture

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkMake3000 makes the four sizes out of a JPEG of 3000² and 2 MB. The
// goal is 200 ms of CPU and 64 MiB.
func BenchmarkMake3000(b *testing.B) {
	benchmark(b, asJPEG(b, photograph(3000, 24), 72))
}

func benchmark(b *testing.B, data []byte) {
	m := newMaker()
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		if _, err := m.Make(b.Context(), data, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

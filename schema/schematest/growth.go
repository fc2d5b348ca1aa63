package schematest

import (
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// NearLinear fails the test where work on n things takes forty times the CPU time of a tenth
// of them: quadratic work takes a hundred times as long on any machine, however busy it is.
// What prepare does is not measured. CPU time is that of the process, so that no parallel
// test may run meanwhile.
func NearLinear(t *testing.T, n int, prepare func(n int) (work func())) {
	t.Helper()
	small, large := cpuOf(t, 3, prepare(n/10)), cpuOf(t, 1, prepare(n))
	if t.Logf("%d in %v, %d in %v", n/10, small, n, large); large > 40*small {
		t.Errorf("ten times as much takes %.0f times as long, want about 10", float64(large)/float64(small))
	}
}

// cpuOf is the least of some times.
func cpuOf(t *testing.T, times int, work func()) time.Duration {
	t.Helper()
	least := time.Duration(math.MaxInt64)
	for range times {
		runtime.GC()
		begin := cpuTime(t)
		work()
		least = min(least, cpuTime(t)-begin)
	}
	return max(least, time.Microsecond)
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

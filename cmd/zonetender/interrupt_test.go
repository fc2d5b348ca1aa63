package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A longRun is an apply that takes many calls: of each owner name, two.
type longRun struct {
	*vpsorgtest.Server
	environ  []string
	dir      string
	want     []string       // the live records when it is done
	inFlight sync.WaitGroup // calls that are not over
}

// newLongRun starts an API in which a record that is sent twice would stand twice. Six
// owner names are to change, six to come and two to go: 28 writes.
func newLongRun(t *testing.T) *longRun {
	t.Helper()
	r := &longRun{Server: vpsorgtest.New(vpsorgtest.Options{
		Token: testToken, Dialect: vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied},
	})}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.inFlight.Add(1)
		defer r.inFlight.Done()
		r.ServeHTTP(w, q)
	}))
	t.Cleanup(listener.Close)
	r.environ = []string{"VPS_API_URL=" + listener.URL + r.Prefix(), "VPS_API_TOKEN=" + testToken}
	text := "zone: example.com\nsafety: {max_deletes: 100%, max_updates: 100%}\nttl: 300\nrecords:\n"
	var before []string
	for i := range 6 {
		before = append(before, fmt.Sprintf("changed%d 300 A 192.0.2.1", i), fmt.Sprintf("changed%d 300 A 192.0.2.2", i))
		for _, name := range []string{"changed", "new"} {
			text += fmt.Sprintf("  %s%d: {A: [198.51.100.1, 198.51.100.2]}\n", name, i)
			r.want = append(r.want,
				fmt.Sprintf("%s%d.example.com 300 A 198.51.100.1", name, i),
				fmt.Sprintf("%s%d.example.com 300 A 198.51.100.2", name, i))
		}
	}
	for _, name := range []string{"old0", "old1"} {
		before = append(before, name+" 300 A 192.0.2.1", name+" 300 A 192.0.2.2")
	}
	slices.Sort(r.want)
	live(t, r.Server, "example.com", before...)
	r.dir = writeFiles(t, "example.com.yaml", text)
	return r
}

const longRunWrites = 28

// atWrite has do called as the k-th write arrives, before it is performed.
func (r *longRun) atWrite(k int, do func()) {
	var n atomic.Int64
	r.OnCall(func(c vpsorgtest.Call) {
		if c.Kind.Writes() && n.Add(1) == int64(k) {
			do()
		}
	})
}

// completes fails the test unless the next apply ends in the desired state, with every
// record once.
func (r *longRun) completes(t *testing.T) {
	t.Helper()
	r.OnCall(nil)
	r.ClearRules()
	if got := runs(t, r.environ, "apply", "--yes", r.dir); got.code != exitOK {
		t.Errorf("the next apply: got %+v, want exit code 0", got)
	}
	if got := recordLines(r.Server, "example.com"); !slices.Equal(got, r.want) {
		t.Errorf("after the next apply: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(r.want, "\n"))
	}
	if got := runs(t, r.environ, "plan", "--detailed-exitcode", r.dir); got.code != exitOK {
		t.Errorf("the plan after it: got %+v, want nothing to do", got)
	}
}

// halves fails the test where one record of an owner name is changed and the other not.
func (r *longRun) halves(t *testing.T) {
	t.Helper()
	states := make(map[string]map[string]bool)
	count := make(map[string]int)
	for _, record := range r.Records("example.com") {
		if states[record.Name] == nil {
			states[record.Name] = make(map[string]bool)
		}
		states[record.Name][record.Value[:3]] = true
		count[record.Name]++
	}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		if len(states[name]) != 1 || count[name] != 2 {
			t.Errorf("%s was left half done", name)
		}
	}
}

// C10: a signal lets the owner name in flight be finished, and no other be begun; the
// summary says so, and the next run does the rest.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		for _, k := range []int{1, 2, 7, 12} {
			t.Run(fmt.Sprintf("%v at write %d", signal, k), func(t *testing.T) {
				t.Parallel()
				r := newLongRun(t)
				// From the signal on the service is slow, so that the process hears of it
				// well before the last of its calls is answered.
				r.AddRule(vpsorgtest.Rule{
					When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() },
					Skip: k - 1, Do: vpsorgtest.Latency(100 * time.Millisecond),
				})
				p := newProcess(t, r.environ, "apply", "--yes", r.dir)
				r.atWrite(k, func() { p.signal(signal) })
				p.start(t)
				if code := p.code(t); code != exitFailed {
					t.Errorf("got exit code %d, want %d:\n%s", code, exitFailed, p.output())
				}
				r.halves(t)
				lines := strings.Split(strings.TrimSpace(p.stdout.String()), "\n")
				if last := lines[len(lines)-1]; !strings.HasPrefix(last, "0 zones brought up to date: ") || !strings.HasSuffix(last, "; 1 zone failed") {
					t.Errorf("got the last line %q, want the summary of an unfinished run", last)
				}
				if !strings.Contains(p.stdout.String(), "not attempted: the run was stopped") {
					t.Errorf("got\n%s\nwant it to say that the run was stopped", p.output())
				}
				r.completes(t)
			})
		}
	}
}

// C6: SIGKILL at any write loses nothing: whether the call was performed or not, the
// next run ends in the desired state, with every record once.
func TestKill(t *testing.T) {
	t.Parallel()
	for i, k := range []int{1, 2, 3, 5, 8, 12, 13, 17, 20, 22, 24, 25, 27, longRunWrites} {
		for performed := range 2 {
			if (i+performed)%2 == 0 && k != 1 && k != longRunWrites {
				continue // a process takes a while: half of the pairs tell enough
			}
			t.Run(fmt.Sprintf("write %d, performed %d", k, performed), func(t *testing.T) {
				t.Parallel()
				r := newLongRun(t)
				if performed == 0 {
					r.AddRule(vpsorgtest.Rule{
						When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() },
						Skip: k - 1, Do: vpsorgtest.CutBefore(),
					})
				}
				p := newProcess(t, r.environ, "apply", "--yes", r.dir)
				died := make(chan struct{})
				r.atWrite(k, func() {
					p.signal(os.Kill)
					<-died // the answer must not reach it
				})
				p.start(t)
				code := p.code(t)
				close(died)
				if code != -1 {
					t.Fatalf("got exit code %d, want the end by a signal:\n%s", code, p.output())
				}
				r.inFlight.Wait()
				r.completes(t)
			})
		}
	}
}

// A signal while nothing has been written yet ends the run at once.
func TestInterruptPlan(t *testing.T) {
	t.Parallel()
	for _, kind := range []vpsorgtest.Kind{vpsorgtest.Account, vpsorgtest.ListZones, vpsorgtest.ListRecords} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := newLongRun(t)
			r.AddRule(vpsorgtest.Rule{Kind: kind, Do: vpsorgtest.HangBefore()})
			r.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.HangBefore()})
			p := newProcess(t, r.environ, "apply", "--yes", r.dir)
			var once sync.Once
			r.OnCall(func(c vpsorgtest.Call) {
				if c.Kind == kind || c.Kind == vpsorgtest.GetZone {
					once.Do(func() { p.signal(os.Interrupt) })
				}
			})
			p.start(t)
			if code := p.code(t); code != exitFailed {
				t.Errorf("got exit code %d, want %d", code, exitFailed)
			}
			if got, want := p.stderr.String(), "zonetender: stopped before anything was changed\n"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			unwritten(t, r.Server)
		})
	}
}

// A second signal ends a run that does not end by itself, as when the service hangs.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	r := newLongRun(t)
	r.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.HangAfter()})
	p := newProcess(t, r.environ, "apply", "--yes", r.dir)
	ended := make(chan struct{})
	r.atWrite(1, func() {
		go func() {
			// Two signals that come at once count as one, so more are sent until it heeds them.
			for {
				select {
				case <-ended:
					return
				case <-time.After(20 * time.Millisecond):
					p.signal(os.Interrupt)
				}
			}
		}()
	})
	p.start(t)
	p.code(t)
	close(ended)
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("got %v, want the end by the signal", p.ProcessState)
	}
	r.completes(t)
}

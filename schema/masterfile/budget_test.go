package masterfile

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

// Files that ask for much more than a zone has are refused, in bounded memory.
func TestBudget(t *testing.T) {
	t.Parallel()
	head := "$ORIGIN example.com.\n@ 60 SOA a. b. 1 2 3 4 5\n"
	records := strings.Repeat(`{"type": "A", "name": "a", "target": "192.0.2.1"},`, maxRecords)
	for name, data := range map[string]string{
		"generate":   head + strings.Repeat("$GENERATE 0-65535 h$ A 192.0.2.1\n", 10_000),
		"left out":   head + strings.Repeat("$GENERATE 0-65535 h$ CAA 5 issue x\n", 10_000),
		"foreign":    head + strings.Repeat("a HTTPS 1 .\nb HTTPS 1 .\n", maxRecords),
		"dnscontrol": `{"domains": [{"name": "example.com", "records": [` + records + records + `{}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			zones, err := Read("file", []byte(data), schema.Name{})
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("zone of more than %d records", maxRecords)
			if got := zones[0].Problems.Errors(); len(got) != 1 || !strings.Contains(got[0].Message, want) || len(zones[0].Problems) > maxListed+1 {
				t.Errorf("got %d problems, %v, want %s", len(zones[0].Problems), got, want)
			}
			if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 512<<20 {
				t.Errorf("got %d MiB", held>>20)
			}
		})
	}
	if _, err := Read("file", make([]byte, MaxBytes+1), schema.Name{}); err == nil {
		t.Error("a file beyond the bound is read")
	}
}

package zonefile

import (
	"maps"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
)

func TestRisk(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"zonetender.yaml": {Data: []byte("risk: {apex-mx: low, wildcard: off, same-edit: high, glue: medium}\n")}}
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	want := map[string]schema.RiskLevel{
		schema.RiskApexMX: schema.RiskLow, schema.RiskWildcard: schema.RiskOff,
		schema.RiskSameEdit: schema.RiskHigh, schema.RiskGlue: schema.RiskMedium,
	}
	if !maps.Equal(f.Settings.Risk, want) {
		t.Errorf("got %v, want %v", f.Settings.Risk, want)
	}
}

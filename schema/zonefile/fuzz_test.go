package zonefile

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
)

// FuzzZoneFile reads any text as a zone file: a zone or problems come out of it,
// never both and never nothing, and the same each time.
func FuzzZoneFile(f *testing.F) {
	f.Add([]byte(bareZone(5)))
	f.Add([]byte("zone: example.com\nvars: {a: b}\nrecords:\n  '@': {MX: 10 mail, TXT: '${a}'}\n  b: [{type: A, value: 192.0.2.1}]\n"))
	f.Add([]byte("a: &a {type: A, value: 192.0.2.1}\nb: {<<: *a, ttl: 5}\n<<: !include x.yaml\n"))
	f.Add([]byte("a: &a [*a]\n---\n...\n"))
	f.Add([]byte("? [a]\n: !!binary b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"example.com.yaml": {Data: data}, "x.yaml": {Data: []byte("c: {type: A, value: 192.0.2.2}\n")}, "zonetender.yaml": {Data: []byte("exclude: [x.yaml]\n")}}
		z, problems := readOne(t, fsys)
		if (z == nil) != (len(problems.Errors()) > 0) {
			t.Fatalf("got zone %v with %v", z, problems)
		}
		for _, p := range problems {
			if p.Pos.File == "" || p.Pos.Line < 1 || p.Code == "" || p.Message == "" || CodeHelp(p.Code) == "" {
				t.Errorf("got problem %+v, want a place, a known rule and a message", p)
			}
		}
		if z == nil {
			return
		}
		checkBuilt(t, z)
		if again, _ := readOne(t, fsys); zoneText(again) != zoneText(z) {
			t.Errorf("got another zone from the same file:\n%s\n%s", zoneText(z), zoneText(again))
		}
	})
}

// checkBuilt holds a zone to what its documentation says.
func checkBuilt(t *testing.T, z *schema.Zone) {
	t.Helper()
	for i, s := range z.RRsets() {
		if i > 0 && z.RRsets()[i-1].Key().Compare(s.Key()) >= 0 {
			t.Errorf("RRsets %v and %v out of order", z.RRsets()[i-1].Key(), s.Key())
		}
		if !s.Name.In(z.Name()) || !s.Type.Managed() || len(s.Values) == 0 || s.TTL > schema.MaxTTL {
			t.Errorf("got RRset %+v", s)
		}
		for j, v := range s.Values {
			if j > 0 && s.Values[j-1].Data.Compare(v.Data) >= 0 {
				t.Errorf("%v: values out of order", s.Key())
			}
			if v.Data.Type() != s.Type || v.Pos.Line < 1 || v.Pos.Col < 1 || !slices.Contains(z.Files(), v.Pos.File) {
				t.Errorf("%v: got value %+v", s.Key(), v)
			}
		}
	}
}

package state
import ("testing";"slices";"strings")
func TestZZ(t *testing.T) {
 var _ = strings.Cut
	template, remembered := filled(t)
	whole := readFile(t, template, database)
	r := newRandom(9)
	seen := map[string]int{}
	for off := 0; off < 4096; off++ {
		if off>120 && whole[off]==0 {continue}
		for b := range 1 {
		db := slices.Clone(whole)
		bit := r.IntN(8)
		_ = b
		db[off] ^= 1 << bit
		dir := t.TempDir()
		writeFile(t, db, dir, database)
		d, err := Open(t.Context(), dir, Options{})
		if err != nil {
			k := strings.ReplaceAll(err.Error(), dir, "D")
			if i := strings.Index(k, "version is"); i > 0 { k = "newer" }
			seen["open: "+k]++; if seen["open: "+k] < 4 { _=k }
			continue
		}
		got, err := d.Load(t.Context())
		if err != nil { k := "load: "+strings.ReplaceAll(err.Error(), dir, "D"); seen[k]++;  if seen[k] < 4 { _=k }}
		if diff := same(got.Progress, remembered.Progress); diff != "" && got.Progress.Read != "" { t.Error(off,bit,"progress") }
		for n, z := range got.Zones { if same(z, remembered.Zones[n]) != "" { t.Error(off, bit, "zone", n) } }
		if err := d.Save(t.Context(), numbered(1)); err != nil { k := "save: "+strings.ReplaceAll(err.Error(), dir, "D"); seen[k]++; if seen[k] < 4 { _=k } }
		if _, err := d.History(t.Context(), Query{Zone:"z1.example"}); err != nil { k := "history: "+strings.ReplaceAll(err.Error(), dir, "D"); seen[k]++; if seen[k] < 4 { _=k }}
		d.Close()
		}
	}
	for k, v := range seen { t.Log(v, k) }
}

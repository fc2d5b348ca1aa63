package schema

import (
	"testing"
)

func TestLimit(t *testing.T) {
	for text, want := range map[string]string{"30%": "30%", "0%": "0%", "100%": "100%", "50": "50", "0": "0", "101%": "", "": "", "%": "", "-1": "", "1.5%": "", "050": ""} {
		l, err := ParseLimit(text)
		if (err != nil) != (want == "") || err == nil && l.String() != want {
			t.Errorf("ParseLimit(%q) = %s, %v, want %q", text, l, err, want)
		}
	}
	for _, c := range []struct {
		limit    Limit
		n, total int
		want     bool
	}{
		{Percent(30), 3, 10, false}, {Percent(30), 4, 10, true}, {Percent(0), 0, 10, false}, {Percent(0), 1, 10, true}, {Percent(100), 10, 10, false},
		{Count(5), 5, 1, false}, {Count(5), 6, 1000, true}, {Limit{}, 1000, 1000, false},
	} {
		if got := c.limit.Exceeded(c.n, c.total); got != c.want {
			t.Errorf("%s exceeded by %d of %d: got %v, want %v", c.limit, c.n, c.total, got, c.want)
		}
	}
	own, all := Safety{MaxDeletes: Percent(50)}, Safety{MaxDeletes: Percent(10), MaxUpdates: Count(3)}
	if got, want := own.Or(all), (Safety{MaxDeletes: Percent(50), MaxUpdates: Count(3)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

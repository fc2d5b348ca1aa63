package lookup

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// A Report is what the name servers of several zones answer.
type Report struct {
	Results []*Result // by zone; nil for a zone that was left out
	// Waited is how long it took; it is written where the run was one that waits.
	Waited Waited
	Waits  bool
}

// Counts returns how many zones are in each state.
func (r *Report) Counts() map[State]int {
	counts := make(map[State]int)
	for _, z := range r.Results {
		if z != nil {
			counts[z.State()]++
		}
	}
	return counts
}

// Incomplete reports whether something could not be asked.
func (r *Report) Incomplete() bool {
	for _, z := range r.Results {
		if z != nil && z.Incomplete() {
			return true
		}
	}
	return false
}

// Text writes, for people, what there is to say of each zone, and a summary.
func (r *Report) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, z := range r.Results {
		if z != nil {
			z.text(b)
		}
	}
	fmt.Fprintln(b, r.Summary())
	return b.Flush()
}

func (r *Result) text(w io.Writer) {
	lines := r.lines()
	if len(lines) == 0 {
		return
	}
	state := map[State]string{Answers: "answers as declared", Differs: "differs", Unknown: "could not be asked completely"}[r.State()]
	fmt.Fprintf(w, "%s: %s\n", schema.Display(r.Zone.Undotted()), state)
	for _, l := range lines {
		fmt.Fprintf(w, "  %s\n", schema.Printable(l))
	}
}

// lines says what differs and what is not known, a line each, and what is worth a note.
func (r *Result) lines() []string {
	out := r.trouble()
	for _, n := range r.Notes {
		out = append(out, "note: "+n)
	}
	return out
}

// Trouble returns the first of what differs or is not known, a sentence each, and how many
// more there are.
func (r *Result) Trouble(most int) []string {
	out := r.trouble()
	if more := len(out) - most; more > 0 {
		out = append(out[:most:most], fmt.Sprintf("and %d more", more))
	}
	return out
}

func (r *Result) trouble() []string {
	var out []string
	if r.Err != nil {
		out = append(out, "not asked: "+r.Err.Error())
	}
	for _, d := range r.Differs {
		out = append(out, d.In(r.Zone))
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		for _, d := range s.Differs {
			out = append(out, s.Name()+": "+d.In(r.Zone))
		}
		if s.Trouble != "" {
			out = append(out, s.Name()+": not asked: "+s.Trouble)
		}
		for _, d := range s.Unknown {
			out = append(out, s.Name()+": unknown: "+d.In(r.Zone))
		}
	}
	return out
}

// In says the difference in a sentence, its name relative to the zone.
func (d Difference) In(zone schema.Name) string {
	words := []string{d.Name.DisplayIn(zone)}
	if d.Type != "" {
		words = append(words, string(d.Type))
	}
	return strings.Join(append(words, d.Message), " ")
}

// Summary returns the counts of zones in one sentence.
func (r *Report) Summary() string {
	c := r.Counts()
	text := plural(c[Answers], "zone answers", "zones answer") + " as declared"
	if n := c[Differs]; n > 0 {
		text += "; " + plural(n, "zone differs", "zones differ")
	}
	if n := c[Unknown]; n > 0 {
		text += "; " + plural(n, "zone", "zones") + " could not be asked completely"
	}
	if r.Waits {
		text += ", after " + r.Waited.For.Round(100*time.Millisecond).String()
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The types are the report as JSON. Names are relative to their zone, "@" at the apex.
type (
	jsonReport struct {
		Summary jsonSummary  `json:"summary"`
		Zones   []jsonResult `json:"zones"`
	}
	jsonSummary struct {
		Zones   int     `json:"zones"`
		Answers int     `json:"answers"`
		Differs int     `json:"differs"`
		Unknown int     `json:"unknown"`
		Seconds float64 `json:"seconds"`
	}
	jsonResult struct {
		Zone        string           `json:"zone"`
		State       State            `json:"state"`
		Error       string           `json:"error"`
		Questions   int              `json:"questions"`
		Differences []jsonDifference `json:"differences"`
		Servers     []jsonServer     `json:"servers"`
		Notes       []string         `json:"notes"`
	}
	jsonServer struct {
		Host        string           `json:"host"`
		Address     string           `json:"address"`
		Serial      *uint32          `json:"serial"`
		Error       string           `json:"error"`
		Skipped     bool             `json:"skipped"`
		Differences []jsonDifference `json:"differences"`
		Unknown     []jsonDifference `json:"unknown"`
	}
	jsonDifference struct {
		Name    string   `json:"name"`
		Type    string   `json:"type"`
		Want    []string `json:"want"`
		Got     []string `json:"got"`
		Message string   `json:"message"`
	}
)

// JSON writes the report for programs.
func (r *Report) JSON(w io.Writer) error {
	c := r.Counts()
	out := jsonReport{
		Summary: jsonSummary{c[Answers] + c[Differs] + c[Unknown], c[Answers], c[Differs], c[Unknown], r.Waited.For.Seconds()},
		Zones:   []jsonResult{},
	}
	for _, z := range r.Results {
		if z != nil {
			out.Zones = append(out.Zones, z.json())
		}
	}
	text, err := schema.IndentedJSON(out)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (r *Result) json() jsonResult {
	out := jsonResult{
		Zone: r.Zone.Undotted(), State: r.State(), Questions: r.Questions,
		Differences: jsonDifferences(r.Zone, r.Differs), Servers: []jsonServer{}, Notes: append([]string{}, r.Notes...),
	}
	if r.Err != nil {
		out.Error = r.Err.Error()
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		server := jsonServer{
			Host: s.Host, Error: s.Trouble, Skipped: s.Skipped,
			Differences: jsonDifferences(r.Zone, s.Differs), Unknown: jsonDifferences(r.Zone, s.Unknown),
		}
		if s.Addr.IsValid() {
			server.Address = s.Addr.String()
		}
		if s.asked && s.Trouble == "" && !s.Skipped {
			server.Serial = &s.Serial
		}
		out.Servers = append(out.Servers, server)
	}
	return out
}

func jsonDifferences(zone schema.Name, ds []Difference) []jsonDifference {
	out := []jsonDifference{}
	for _, d := range ds {
		out = append(out, jsonDifference{
			d.Name.Relative(zone), string(d.Type), append([]string{}, d.Want...), append([]string{}, d.Got...), d.Message,
		})
	}
	return out
}

package web

import (
	"bytes"
	_ "embed" // for the page and its style sheet
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed page.css
	pageStyle string
)

// maxRows bounds what the page shows of a list. The status has all of it.
const maxRows = 200

// newPage parses the page. The functions keep what comes from outside to what can be read;
// the template escapes it.
func newPage() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"plain":  schema.Printable,
		"commit": func(hash string) string { return schema.Printable(hash[:min(len(hash), 12)]) },
		"class":  func(s daemon.State) string { return strings.ReplaceAll(string(s), " ", "-") },
		"utc":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	}).Parse(pageSource))
}

// A pageView is what the template shows.
type pageView struct {
	Status daemon.Status
	Alive  string // what is wrong with the loop, "" where it turns
	States []stateCount
	// Troubled are the first zones that are not as their files say, More is how many there are
	// besides.
	Troubled []daemon.ZoneStatus
	More     int
	// MoreFindings is how many findings the last audit has that the status does not list.
	MoreFindings int
	// Unmanaged are the first live zones that no file names, MoreLoose is how many there are
	// besides.
	Unmanaged []string
	MoreLoose int
}

type stateCount struct {
	State daemon.State
	Zones int
}

// newView turns a status into what the page shows of it.
func newView(status daemon.Status) *pageView {
	p := &pageView{Status: status}
	for _, state := range daemon.States() {
		if n := status.Counts[state]; n > 0 || state == daemon.StateInSync {
			p.States = append(p.States, stateCount{state, n})
		}
	}
	for _, z := range status.Zones {
		if z.State != daemon.StateInSync {
			p.Troubled = append(p.Troubled, z)
		}
	}
	slices.SortStableFunc(p.Troubled, func(a, b daemon.ZoneStatus) int { return urgency(a.State) - urgency(b.State) })
	p.Troubled, p.More = first(p.Troubled)
	p.Unmanaged, p.MoreLoose = first(status.Unmanaged)
	if a := status.Audit; a != nil {
		for _, n := range a.Codes {
			p.MoreFindings += n
		}
		p.MoreFindings -= len(a.Findings)
	}
	return p
}

// first returns the rows that the page shows, and how many it leaves out.
func first[T any](rows []T) ([]T, int) {
	shown := rows[:min(len(rows), maxRows)]
	return shown, len(rows) - len(shown)
}

// urgency sorts states: what needs a person comes first.
func urgency(s daemon.State) int {
	return slices.Index([]daemon.State{
		daemon.StateFailed, daemon.StateRefused, daemon.StateQuarantined, daemon.StateDrifted, daemon.StatePending, daemon.StateOrphaned,
	}, s)
}

// page shows how the daemon and its zones stand, and what the last audit has found. It has
// no script, and asks for nothing but its style sheet.
func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	view := newView(s.options.Status())
	if ok, why := s.options.Alive(); !ok {
		view.Alive = oneLine(why)
	}
	var body bytes.Buffer // whole before the first byte is sent, so that an error can still be a 500
	if err := s.pageTemplate.Execute(&body, view); err != nil {
		s.options.Logger.Error("http: page: write", "error", err)
		say(w, http.StatusInternalServerError, "the page cannot be shown; the log says why")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	// An error here means that the client has gone, and nobody is left to tell.
	_, _ = w.Write(body.Bytes())
}

// style answers with the page's style sheet.
func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(pageStyle)) // as in page
}

package forge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

type annotationJSON struct {
	Path    string `json:"path"`
	Start   int    `json:"start_line"`
	End     int    `json:"end_line"`
	Level   Level  `json:"annotation_level"`
	Message string `json:"message"`
	Title   string `json:"title,omitempty"`
}

type outputJSON struct {
	Title       string           `json:"title"`
	Summary     string           `json:"summary"`
	Text        string           `json:"text,omitempty"`
	Annotations []annotationJSON `json:"annotations,omitempty"`
}

// A runJSON is what is written of a check run.
type runJSON struct {
	Name       string     `json:"name"`
	HeadSHA    string     `json:"head_sha,omitempty"` // to create it only
	Status     string     `json:"status"`
	Conclusion Conclusion `json:"conclusion"`
	DetailsURL string     `json:"details_url,omitempty"`
	ExternalID string     `json:"external_id"`
	// Output, where it is nil, stays as it is.
	Output *outputJSON `json:"output,omitempty"`
}

// A checkRun is what is read of one.
type checkRun struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id"`
	URL        string `json:"html_url"`
	DetailsURL string `json:"details_url"`
	App        *struct {
		Slug string `json:"slug"`
	} `json:"app"`
	Output struct {
		Annotations int `json:"annotations_count"`
	} `json:"output"`
}

// setRun makes a check run, or updates the latest of the same name, commit and App. GitHub
// only ever adds annotations to a run, so a run that has some is not updated: a new one
// takes its place on the page.
//
// The external id of a run is a hash of what it says, without its link, and how many
// annotations have been sent. It tells whether a call whose answer was lost was performed,
// and whether there is anything to do at all.
func (g *github) setRun(ctx context.Context, commit string, k Check, self account) (Result, error) {
	steps, err := g.steps(commit, k)
	if err != nil {
		return Result{}, err
	}
	last := steps[len(steps)-1].ExternalID
	old, err := g.latestRun(ctx, commit, k.Name, self, "")
	switch {
	case err != nil:
		return Result{}, err
	case old.ID != 0 && old.ExternalID == last && (k.URL == "" || old.DetailsURL == k.URL):
		return Result{Action: Unchanged, URL: old.URL}, nil
	case old.ID != 0 && old.ExternalID == last:
		link := steps[len(steps)-1]
		link.Output = nil
		run, err := g.updateRun(ctx, old.ID, link, false)
		return Result{Action: Updated, URL: run.URL}, err
	}
	run, action := old, Updated
	if old.ID == 0 || old.Output.Annotations > 0 {
		action = Created
		if run, err = g.createRun(ctx, commit, steps[0], self); err != nil {
			return Result{}, err
		}
		steps = steps[1:]
	}
	for _, step := range steps {
		if run, err = g.updateRun(ctx, run.ID, step, true); err != nil {
			return Result{}, err
		}
	}
	return Result{Action: action, URL: run.URL}, nil
}

// steps returns the calls that a check takes: one, and one more for every further batch of
// annotations.
func (g *github) steps(commit string, k Check) ([]runJSON, error) {
	var all []annotationJSON
	for _, a := range k.Annotations[:min(len(k.Annotations), MaxAnnotations)] {
		all = append(all, a.json())
	}
	output := outputJSON{Title: k.Title, Summary: k.Summary, Text: k.Text, Annotations: all}
	run := runJSON{Name: k.Name, HeadSHA: commit, Status: "completed", Conclusion: k.Conclusion, Output: &output}
	data, err := json.Marshal(run)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	sum := sha256.Sum256(data)
	var steps []runJSON
	for sent := 0; sent < len(all) || sent == 0; sent += maxBatch {
		upTo := min(sent+maxBatch, len(all))
		step, part := run, output
		part.Annotations = all[sent:upTo]
		step.Output, step.DetailsURL = &part, k.URL
		step.ExternalID = fmt.Sprintf("zonetender %s %s %d/%d", g.key, hex.EncodeToString(sum[:8]), upTo, len(all))
		steps = append(steps, step)
	}
	return steps, nil
}

func (a Annotation) json() annotationJSON {
	start := max(a.Start, 1)
	level := a.Level
	if level != Notice && level != Warning {
		level = Problem
	}
	message := clipBytes(a.Message, maxMessage)
	if message == "" {
		message = string(level) // GitHub refuses an empty one
	}
	return annotationJSON{
		Path: a.Path, Start: start, End: max(a.End, start), Level: level,
		Message: message, Title: clip(oneLine(a.Title), maxTitle),
	}
}

// latestRun returns the newest check run of a name that is our own, with an external id
// unless that is "". A run without id means that there is none.
func (g *github) latestRun(ctx context.Context, commit, name string, self account, id string) (checkRun, error) {
	var latest checkRun
	if self.login == "" {
		return latest, nil
	}
	first := with(g.path("commits", commit, "check-runs"), "check_name", name, "filter", "all", "per_page", "100")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page struct {
			Runs []checkRun `json:"check_runs"`
		}
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, run := range page.Runs {
			own := run.App != nil && self.is(account{login: run.App.Slug, bot: true})
			if own && run.Name == name && (id == "" || run.ExternalID == id) && run.ID > latest.ID {
				latest = run
			}
		}
		return false, err
	})
	return latest, err
}

func (g *github) createRun(ctx context.Context, commit string, step runJSON, self account) (checkRun, error) {
	return settle(ctx, func() (checkRun, error) {
		var made checkRun
		err := g.api.send(ctx, http.MethodPost, g.path("check-runs"), step, &made, true)
		return made, err
	}, func() (checkRun, bool, error) {
		found, err := g.latestRun(ctx, commit, step.Name, self, step.ExternalID)
		return found, found.ID != 0, err
	})
}

// updateRun changes a check run. With once it adds annotations, and does so just once.
func (g *github) updateRun(ctx context.Context, id int64, step runJSON, once bool) (checkRun, error) {
	step.HeadSHA = ""
	u := g.path("check-runs", strconv.FormatInt(id, 10))
	return settle(ctx, func() (checkRun, error) {
		var made checkRun
		err := g.api.send(ctx, http.MethodPatch, u, step, &made, once)
		return made, err
	}, func() (checkRun, bool, error) {
		var found checkRun
		err := g.api.get(ctx, u, &found)
		return found, found.ExternalID == step.ExternalID, err
	})
}

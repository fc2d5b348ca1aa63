package forgetest

import (
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

const (
	maxOutput      = 65_535   // characters of a summary or text
	maxAnnotations = 50       // in a request
	maxMessage     = 64 << 10 // bytes
	maxTitle       = 255      // characters
	maxDescription = 140      // characters
)

type annotationJSON struct {
	Path    string `json:"path"`
	Start   int    `json:"start_line"`
	End     int    `json:"end_line"`
	Level   string `json:"annotation_level"`
	Message string `json:"message"`
	Title   string `json:"title"`
}

type runJSON struct {
	Name       string `json:"name"`
	HeadSHA    string `json:"head_sha"`
	Status     string `json:"status"`
	Conclusion string `json:"conclusion"`
	DetailsURL string `json:"details_url"`
	ExternalID string `json:"external_id"`
	Output     *struct {
		Title       string           `json:"title"`
		Summary     string           `json:"summary"`
		Text        string           `json:"text"`
		Annotations []annotationJSON `json:"annotations"`
	} `json:"output"`
}

// check returns what is wrong with a check run, or "".
func (in runJSON) check() (field, message string) {
	conclusions := []string{"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}
	switch {
	case in.Status != "completed" || !slices.Contains(conclusions, in.Conclusion):
		return "conclusion", "a completed run needs a conclusion"
	case !validURL(in.DetailsURL):
		return "details_url", "must be a URL"
	case in.Output == nil:
		return "", ""
	case in.Output.Title == "" || in.Output.Summary == "":
		return "output", "title and summary are required"
	case utf8.RuneCountInString(in.Output.Summary) > maxOutput, utf8.RuneCountInString(in.Output.Text) > maxOutput:
		return "output", "Only 65535 characters are allowed"
	case len(in.Output.Annotations) > maxAnnotations:
		return "annotations", "No more than 50 annotations are allowed"
	}
	for _, a := range in.Output.Annotations {
		if message := a.check(); message != "" {
			return "annotations", message
		}
	}
	return "", ""
}

func (a annotationJSON) check() string {
	switch {
	case a.Path == "" || a.Path[0] == '/':
		return "path is required, relative to the repository"
	case a.Start < 1 || a.End < a.Start:
		return "start_line and end_line are required, in order"
	case !slices.Contains([]string{"notice", "warning", "failure"}, a.Level):
		return "annotation_level is not included in the list"
	case a.Message == "" || len(a.Message) > maxMessage:
		return "message is required, of at most 64 KB"
	case utf8.RuneCountInString(a.Title) > maxTitle:
		return "title is too long (maximum is 255 characters)"
	}
	return ""
}

// apply writes a request into a run. Annotations are added to those that it has.
func (r *CheckRun) apply(in runJSON) {
	r.Conclusion, r.ExternalID, r.DetailsURL = in.Conclusion, in.ExternalID, in.DetailsURL
	if in.Name != "" {
		r.Name = in.Name
	}
	if in.Output == nil {
		return
	}
	r.Title, r.Summary, r.Text = in.Output.Title, in.Output.Summary, in.Output.Text
	for _, a := range in.Output.Annotations {
		r.Annotations = append(r.Annotations, Annotation(a))
	}
}

func (x *exchange) runJSON(r *CheckRun) map[string]any {
	return map[string]any{
		"id": r.ID, "name": r.Name, "head_sha": r.Commit, "external_id": r.ExternalID,
		"status": "completed", "conclusion": r.Conclusion, "details_url": r.DetailsURL,
		"html_url": fmt.Sprintf("https://forge.example/%s/runs/%d", x.server.opts.Repository, r.ID),
		"app":      map[string]any{"slug": r.App},
		"output":   map[string]any{"title": r.Title, "summary": r.Summary, "annotations_count": len(r.Annotations)},
	}
}

// mayCheck refuses tokens that are not an App's, or may not write check runs.
func (x *exchange) mayCheck() (reply, bool) {
	switch {
	case x.who.Kind == Personal:
		return refuse(http.StatusForbidden, "You must authenticate via a GitHub App."), false
	case !x.may(PermChecks):
		return x.forbidden(), false
	}
	return reply{}, true
}

// readRun reads and checks the body of a request.
func (x *exchange) readRun() (runJSON, reply, bool) {
	var in runJSON
	if err := x.decode(&in); err != nil {
		return in, refuse(http.StatusBadRequest, "Problems parsing JSON: "+err.Error()), false
	}
	if field, message := in.check(); message != "" {
		return in, invalid(field, message), false
	}
	return in, reply{}, true
}

func githubCreateRun(x *exchange) reply {
	if no, may := x.mayCheck(); !may {
		return no
	}
	in, no, fine := x.readRun()
	switch {
	case !fine:
		return no
	case in.Name == "":
		return invalid("name", "name is required")
	case !x.hasCommit(in.HeadSHA):
		return refuse(http.StatusUnprocessableEntity, "No commit found for SHA: "+in.HeadSHA)
	}
	run := &CheckRun{ID: x.server.store.id(), App: x.who.slug(), Commit: in.HeadSHA}
	run.apply(in)
	x.server.store.runs = append(x.server.store.runs, run)
	return created(x.runJSON(run))
}

func githubUpdateRun(x *exchange) reply {
	if no, may := x.mayCheck(); !may {
		return no
	}
	run := x.server.store.run(x.id())
	if run == nil {
		return refuse(http.StatusNotFound, "Not Found")
	}
	if run.App != x.who.slug() {
		return refuse(http.StatusForbidden, "Invalid app_id - check run can only be modified by the GitHub App that created it.")
	}
	in, no, fine := x.readRun()
	switch {
	case !fine:
		return no
	case in.HeadSHA != "":
		return invalid("head_sha", "cannot be changed")
	}
	run.apply(in)
	return ok(x.runJSON(run))
}

func githubRun(x *exchange) reply {
	if run := x.server.store.run(x.id()); run != nil {
		return ok(x.runJSON(run))
	}
	return refuse(http.StatusNotFound, "Not Found")
}

func githubRuns(x *exchange) reply {
	q, sha := x.r.URL.Query(), x.r.PathValue("sha")
	if !x.hasCommit(sha) {
		return refuse(http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
	}
	var list []map[string]any
	seen := map[string]bool{}
	for _, r := range slices.Backward(x.server.store.runs) {
		id := r.App + "/" + r.Name
		if r.Commit != sha || q.Has("check_name") && q.Get("check_name") != r.Name || q.Get("filter") != "all" && seen[id] {
			continue
		}
		seen[id] = true
		list = append(list, x.runJSON(r))
	}
	out, header, err := page(x, "per_page", 100, list)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	return reply{status: http.StatusOK, header: header, body: map[string]any{"total_count": len(list), "check_runs": out}}
}

// statusIn is a commit status as GitHub and Gitea read it.
type statusIn struct {
	State       string `json:"state"`
	Context     string `json:"context"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
}

func (x *exchange) addStatus(in statusIn) *Status {
	st := &Status{
		ID: x.server.store.id(), Commit: x.r.PathValue("sha"), Context: in.Context,
		State: in.State, Description: in.Description, TargetURL: in.TargetURL,
	}
	x.server.store.statuses = append(x.server.store.statuses, st)
	return st
}

func githubStatus(x *exchange) reply {
	var in statusIn
	switch err := x.decode(&in); {
	case err != nil:
		return refuse(http.StatusBadRequest, "Problems parsing JSON: "+err.Error())
	case !x.may(PermStatuses):
		return x.forbidden()
	case !x.hasCommit(x.r.PathValue("sha")):
		return refuse(http.StatusUnprocessableEntity, "No commit found for SHA: "+x.r.PathValue("sha"))
	case !slices.Contains([]string{"error", "failure", "pending", "success"}, in.State):
		return invalid("state", "state is not included in the list")
	case utf8.RuneCountInString(in.Description) > maxDescription:
		return invalid("description", "description is too long (maximum is 140 characters)")
	case !validURL(in.TargetURL):
		return invalid("target_url", "target_url must use http(s) scheme")
	}
	st := x.addStatus(in)
	return created(map[string]any{"id": st.ID, "state": st.State, "context": st.Context})
}

func githubCombined(x *exchange) reply {
	sha := x.r.PathValue("sha")
	if !x.hasCommit(sha) {
		return refuse(http.StatusUnprocessableEntity, "No commit found for SHA: "+sha)
	}
	list, header, err := page(x, "per_page", 100, x.server.store.latest(sha))
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	out := make([]map[string]any, len(list))
	for i, st := range list {
		out[i] = map[string]any{"id": st.ID, "state": st.State, "context": st.Context, "description": st.Description, "target_url": st.TargetURL}
	}
	return reply{status: http.StatusOK, header: header, body: map[string]any{"state": "success", "sha": sha, "statuses": out}}
}

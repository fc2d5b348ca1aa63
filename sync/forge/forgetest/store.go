package forgetest

import "slices"

// A Comment is a comment on a pull request.
type Comment struct {
	ID     int64
	Author string
	Body   string
	// Edits is how often it was changed.
	Edits int

	pull int
	bot  bool
}

// An Annotation is a remark of a check run on lines of a file.
type Annotation struct {
	Path    string
	Start   int
	End     int
	Level   string
	Message string
	Title   string
}

// A CheckRun is a check run at GitHub.
type CheckRun struct {
	ID          int64
	App         string // the slug of the App that made it
	Name        string
	Commit      string
	Conclusion  string
	ExternalID  string
	DetailsURL  string
	Title       string
	Summary     string
	Text        string
	Annotations []Annotation
}

// A Status is a commit status.
type Status struct {
	ID          int64
	Commit      string
	Context     string
	State       string
	Description string
	TargetURL   string
	Ref         string // GitLab
	Pipeline    int64  // GitLab
}

// A Call is a request that was received, faults included.
type Call struct {
	Method string
	Path   string // below the prefix, with the query
	Status int    // 0 where the connection was cut
}

// A store is what a server remembers. The server's mutex guards it.
type store struct {
	lastID   int64
	comments []*Comment
	runs     []*CheckRun
	statuses []*Status
	orders   []string
	calls    []Call
	minted   []Token // of Apps
}

func (s *store) id() int64 {
	s.lastID++
	return s.lastID
}

func (s *store) comment(id int64) *Comment {
	i := slices.IndexFunc(s.comments, func(c *Comment) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return s.comments[i]
}

func (s *store) run(id int64) *CheckRun {
	i := slices.IndexFunc(s.runs, func(r *CheckRun) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return s.runs[i]
}

// latest returns the newest status of each context on a commit, newest first.
func (s *store) latest(commit string) []*Status {
	var list []*Status
	for _, st := range slices.Backward(s.statuses) {
		seen := slices.ContainsFunc(list, func(l *Status) bool { return l.Context == st.Context && l.Ref == st.Ref })
		if st.Commit == commit && !seen {
			list = append(list, st)
		}
	}
	return list
}

// Comments returns the comments of a pull request, oldest first.
func (s *Server) Comments(pull int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Comment
	for _, c := range s.store.comments {
		if c.pull == pull {
			list = append(list, *c)
		}
	}
	return list
}

// AddComment adds a comment as somebody would; a login that ends in "[bot]" is an App's.
func (s *Server) AddComment(pull int, login, body string) Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.addComment(pull, login, body)
}

func (s *Server) addComment(pull int, login, body string) *Comment {
	c := &Comment{ID: s.store.id(), Author: login, Body: body, pull: pull, bot: isBot(login)}
	s.store.comments = append(s.store.comments, c)
	return c
}

// Checks returns the check runs, oldest first.
func (s *Server) Checks() []CheckRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []CheckRun
	for _, r := range s.store.runs {
		run := *r
		run.Annotations = slices.Clone(r.Annotations)
		list = append(list, run)
	}
	return list
}

// Statuses returns the commit statuses, oldest first.
func (s *Server) Statuses() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Status
	for _, st := range s.store.statuses {
		list = append(list, *st)
	}
	return list
}

// QuickActions returns the lines of notes that GitLab took for orders and carried out, such
// as "/close".
func (s *Server) QuickActions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.store.orders)
}

// Calls returns the requests received, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.store.calls)
}

// Writes returns the requests received that were not GET, HEAD or a GraphQL query.
func (s *Server) Writes() []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool {
		return c.Method == "GET" || c.Method == "HEAD" || c.Path == graphQLPath
	})
}

package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// settingsFile is the name of the settings beside the zone files.
const settingsFile = "zonetender.yaml"

// Settings are what zonetender.yaml says for every zone below its folder.
type Settings struct {
	// TTL is the default TTL; DefaultTTL where the file gives none.
	TTL TTL
	// Vars are variables for every zone in the zone form; a zone's own go first.
	Vars map[string]string
	// Ignore holds for every zone, besides the zone's own rules.
	Ignore []IgnoreRule
	// Safety holds the limits for every zone that sets none of its own, and those
	// for the whole run.
	Safety Safety
	// Approve lists approval codes of refused plans.
	Approve []string
	// Exclude lists globs of files and folders that are no zone files, relative to
	// the zones folder: "*" is any run of characters within a name, "**" any number
	// of folders. A glob without a slash matches names at any depth.
	Exclude []string
	// UnsupportedTypes says what an RRset of a type outside Types is.
	UnsupportedTypes UnsupportedTypes
}

// UnsupportedTypes says what an RRset of a type that the service does not have is.
type UnsupportedTypes string

const (
	// UnsupportedError is the default: an error that stops the zone.
	UnsupportedError UnsupportedTypes = "error"
	// UnsupportedWarn makes it a warning: the RRset is neither written nor deleted.
	UnsupportedWarn UnsupportedTypes = "warn"
)

var errNoSettings = errors.New("no settings file")

// readSettings reads zonetender.yaml in dir. Without one the defaults hold.
func readSettings(fsys fs.FS, dir string) (Settings, Problems) {
	s := Settings{TTL: DefaultTTL, Vars: map[string]string{}, UnsupportedTypes: UnsupportedError}
	t := &tree{fsys: fsys, dir: dir, shared: &includes{}}
	root, err := t.settingsRoot()
	switch {
	case errors.Is(err, errNoSettings):
		return s, nil
	case err != nil:
		t.problem(Error, Position{settingsFile, 1, 1}, ruleUnreadable, "%v", []any{err})
	case root.Node != nil && t.isMapping(root, settingsFile, "a mapping of settings"):
		t.readSettings(root, &s)
	}
	return s, t.problems.Sorted()
}

// settingsRoot finds and loads the file; a root without node is one that could not
// be read, which is said in the problems.
func (t *tree) settingsRoot() (node, error) {
	p := path.Join(t.dir, settingsFile)
	info, err := fs.Lstat(t.fsys, p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return node{}, errNoSettings
	case err != nil:
		return node{}, plainCause(err)
	case info.Mode()&fs.ModeSymlink != 0:
		return node{}, errors.New("symbolic link, expected the file itself")
	}
	root, ok := t.load(p, settingsFile)
	if !ok {
		return node{}, nil
	}
	return t.resolve(root), nil
}

func (t *tree) readSettings(root node, s *Settings) {
	for k, v := range t.fields(root) {
		switch k.Value {
		case "ttl":
			if text, ok := t.text(v, "ttl"); ok {
				if ttl, ok := t.ttl(v, text, true); ok {
					s.TTL = ttl
				}
			}
		case "vars":
			s.Vars = t.readVars(v)
		case "ignore":
			s.Ignore = t.readIgnore(v)
		case "safety":
			s.Safety = t.readSafety(v, true)
		case "approve":
			s.Approve = t.readList(v, "approval code")
		case "exclude":
			s.Exclude = t.readList(v, "exclude")
		case "unsupported_types":
			s.UnsupportedTypes = UnsupportedTypes(t.oneOf(v, k.Value, string(UnsupportedError), string(UnsupportedWarn)))
		default:
			t.unknownKey(k, "in "+settingsFile, "ttl", "vars", "ignore", "safety", "approve", "exclude", "unsupported_types")
		}
	}
}

// oneOf reads a word; the first is given where the text is none of them.
func (t *tree) oneOf(n node, what string, words ...string) string {
	text, ok := t.text(n, what)
	if ok && !slices.Contains(words, text) {
		t.errorf(n, ruleShape, "%s is %s, expected %s%s", what, show(n), strings.Join(words, " or "), didYouMean(text, words...))
		return words[0]
	}
	if !ok {
		return words[0]
	}
	return text
}

func (t *tree) readList(n node, what string) []string {
	var out []string
	for _, item := range t.texts(n, what) {
		out = append(out, item.Value)
	}
	return out
}

// readSafety reads "safety:". The limits for the whole run stand in zonetender.yaml
// only, where fleet is true.
func (t *tree) readSafety(n node, fleet bool) (s Safety) {
	known := []string{"max_deletes", "max_updates"}
	if fleet {
		known = append(known, "max_fleet_deletes", "max_fleet_percent")
	}
	if !t.isMapping(n, "safety", "a mapping of limits such as max_deletes: 50%") {
		return s
	}
	limits := map[string]*Limit{
		"max_deletes": &s.MaxDeletes, "max_updates": &s.MaxUpdates,
		"max_fleet_deletes": &s.MaxFleetDeletes, "max_fleet_percent": &s.MaxFleetPercent,
	}
	for k, v := range t.fields(n) {
		limit, ok := limits[k.Value]
		switch {
		case !ok:
			t.unknownKey(k, "in safety", known...)
		case !fleet && !slices.Contains(known, k.Value):
			t.errorf(k, ruleUnknownKey, "%s is a limit for the whole run, expected it in %s", k.Value, settingsFile)
		default:
			if text, ok := t.text(v, k.Value); ok {
				var err error
				if *limit, err = parseLimitOf(k.Value, text); err != nil {
					t.errorf(v, ruleSafety, "%s: %v", k.Value, err)
				}
			}
		}
	}
	return s
}

// parseLimitOf reads a limit and holds the two of the whole run to their kind.
func parseLimitOf(key, text string) (Limit, error) {
	l, err := ParseLimit(text)
	switch {
	case err != nil:
		return Limit{}, err
	case key == "max_fleet_deletes" && l.IsPercent():
		return Limit{}, fmt.Errorf("limit %s, expected a number of records such as 100", text)
	case key == "max_fleet_percent" && !l.IsPercent():
		return Limit{}, fmt.Errorf("limit %s, expected a share such as 10%%", text)
	}
	return l, nil
}

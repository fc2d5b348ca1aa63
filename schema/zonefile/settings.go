package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// settingsFile is the name of the settings beside the zone files.
const settingsFile = "zonetender.yaml"

// Settings are what zonetender.yaml says for every zone below its folder.
type Settings struct {
	// TTL is the default TTL; DefaultTTL where the file sets none.
	TTL schema.TTL
	// Vars are variables for every zone in the zone form; a zone's own go first.
	Vars map[string]string
	// Ignore holds for every zone, besides the zone's own rules.
	Ignore []schema.IgnoreRule
	// Safety holds the limits for every zone that sets none of its own, and those
	// for the whole run.
	Safety schema.Safety
	// Approve lists approval codes of refused plans.
	Approve []string
	// UnsupportedTypes says what an RRset of a type outside Types is.
	UnsupportedTypes UnsupportedTypes
	// Checks says what becomes of warnings, by their code; a zone's own go first.
	Checks map[string]Level
	// Risk says what a reason makes of a change, by the code of [schema.RiskReasons], where
	// that is not the reason's own level.
	Risk map[string]schema.RiskLevel

	rules   []placedRule // those of Ignore with their places
	exclude []fileGlob   // files and folders that are not zone files
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

func defaultSettings() Settings {
	return Settings{TTL: schema.DefaultTTL, UnsupportedTypes: UnsupportedError}
}

// readSettings reads zonetender.yaml in dir. Without one the defaults hold. Where base is
// not nil, its checks and risk hold, whatever the file says.
func readSettings(fsys fs.FS, dir string, base *Settings) (Settings, schema.Problems) {
	s := defaultSettings()
	t := &tree{fsys: fsys, dir: dir, shared: &includes{}}
	root, err := t.settingsRoot()
	switch {
	case errors.Is(err, errNoSettings):
	case err != nil:
		t.problem(schema.Error, schema.Position{File: settingsFile, Line: 1, Col: 1}, codeUnreadable, "%v", []any{err})
	case root.yaml != nil && t.isMapping(root, settingsFile, "a mapping of settings"):
		t.readSettings(root, &s)
	}
	if base != nil {
		s.Checks, s.Risk = base.Checks, base.Risk
	}
	return s, atLevel(t.problems, s.Checks).Sorted()
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
		switch k.yaml.Value {
		case "ttl":
			t.readTTL(v, &s.TTL)
		case "vars":
			s.Vars = t.readVars(v)
		case "ignore":
			s.rules = t.readIgnore(v)
			s.Ignore = rulesOf(s.rules)
		case "safety":
			s.Safety = t.readSafety(v, allLimits())
		case "approve":
			s.Approve = t.readApprove(v)
		case "exclude":
			s.exclude = t.readExclude(v)
		case "checks":
			s.Checks = t.readChecks(v)
		case "risk":
			s.Risk = t.readRisk(v)
		case "unsupported_types":
			s.UnsupportedTypes = UnsupportedTypes(t.oneOf(v, k.yaml.Value, string(UnsupportedError), string(UnsupportedWarn)))
		default:
			t.unknownKey(k, "in "+settingsFile, settingsKeys()...)
		}
	}
}

// settingsKeys are the keys of zonetender.yaml.
func settingsKeys() []string {
	return []string{"ttl", "vars", "ignore", "safety", "approve", "checks", "risk", "exclude", "unsupported_types"}
}

// oneOf reads one of some words; it returns the first where the text is none of them.
func (t *tree) oneOf(n node, what string, words ...string) string {
	text, ok := t.text(n, what)
	switch {
	case !ok:
		return words[0]
	case !slices.Contains(words, text):
		t.errorf(n, codeShape, "%s is %s, expected %s%s", what, show(n), schema.SentenceList(words, "or"), schema.DidYouMean(text, words...))
		return words[0]
	}
	return text
}

func (t *tree) readApprove(n node) []string {
	if t.tooMany(n, "approve", len(n.yaml.Content), maxCodes) {
		return nil
	}
	var out []string
	for _, item := range t.texts(n, "approval code") {
		out = append(out, item.yaml.Value)
	}
	return out
}

func (t *tree) readExclude(n node) []fileGlob {
	var out []fileGlob
	if t.tooMany(n, "exclude", len(n.yaml.Content), maxGlobs) {
		return nil
	}
	for _, item := range t.texts(n, "exclude") {
		glob, err := parseFileGlob(item.yaml.Value)
		if err != nil {
			t.errorf(item, codeExclude, "exclude %s: %v", show(item), err)
			continue
		}
		out = append(out, glob)
	}
	return out
}

// zoneLimits lists the limits that a zone may set; zonetender.yaml also has those of a whole
// run.
func zoneLimits() []string { return []string{"max_deletes", "max_updates"} }

func allLimits() []string { return append(zoneLimits(), "max_fleet_deletes", "max_fleet_percent") }

// readSafety reads "safety:", of which some limits are allowed.
func (t *tree) readSafety(n node, allowed []string) (s schema.Safety) {
	if !t.isMapping(n, "safety", "a mapping of limits such as max_deletes: 50%") {
		return s
	}
	limits := map[string]*schema.Limit{
		"max_deletes": &s.MaxDeletes, "max_updates": &s.MaxUpdates,
		"max_fleet_deletes": &s.MaxFleetDeletes, "max_fleet_percent": &s.MaxFleetPercent,
	}
	for k, v := range t.fields(n) {
		limit, ok := limits[k.yaml.Value]
		switch {
		case !ok:
			t.unknownKey(k, "in safety", allowed...)
		case !slices.Contains(allowed, k.yaml.Value):
			t.errorf(k, codeUnknownKey, "%s is a limit for the whole run, expected it in %s", k.yaml.Value, settingsFile)
		default:
			if text, ok := t.text(v, k.yaml.Value); ok {
				var err error
				if *limit, err = parseLimitOf(k.yaml.Value, text); err != nil {
					t.errorf(v, codeSafety, "%s: %v", k.yaml.Value, err)
				}
			}
		}
	}
	return s
}

// parseLimitOf reads a limit; those of the whole run are of one kind each.
func parseLimitOf(key, text string) (schema.Limit, error) {
	l, err := schema.ParseLimit(text)
	switch {
	case err != nil:
		return schema.Limit{}, err
	case key == "max_fleet_deletes" && l.IsPercent():
		return schema.Limit{}, fmt.Errorf("limit %s, expected a number of records such as 100", text)
	case key == "max_fleet_percent" && !l.IsPercent():
		return schema.Limit{}, fmt.Errorf("limit %s, expected a share such as 10%%", text)
	}
	return l, nil
}

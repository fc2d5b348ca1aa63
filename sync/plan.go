package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// SurveySize is the number of zones, the first by name, that are read ahead to learn how
// the account spells.
const SurveySize = 20

// Plan reads the zone files and the live zones and returns what would change. It never
// writes. An error means that nothing could be planned; the error of a single zone is in
// the plan of that zone.
func (p *Pass) Plan(ctx context.Context) (*Draft, error) {
	spec := p.spec()
	list, err := p.API.Zones(ctx)
	if err != nil {
		return nil, fmt.Errorf("zones: list: %w", err)
	}
	results, err := p.planAll(ctx, p.sources(), newIndex(list))
	if err != nil {
		return nil, err
	}
	attributed := p.attribute(ctx, results)
	draft := &Draft{
		Facts: make(map[schema.Name]ZoneFacts), ListWarnings: list.Warnings, desired: make(map[schema.Name]desired),
		safety: spec.Safety, recheck: p.Saved != nil,
	}
	for _, r := range results {
		spec.Zones = append(spec.Zones, r.plan)
		draft.add(r, p.Keep)
	}
	draft.Problems = draft.Problems.Sorted()
	if spec.Reach, err = p.reach(ctx, results); err != nil {
		return nil, err
	}
	spec.Warnings = slices.Concat(p.Warnings, attributed, list.Warnings, openQuestions(results))
	if p.Saved == nil {
		spec.Unmanaged, spec.Problems = p.unmanaged(list), p.located(draft.Problems)
	}
	if p.empty() {
		spec.Blocked = append(spec.Blocked, diff.Refusal{
			Guard:   diff.GuardEmpty,
			Message: "no zone files found, expected at least one such as example.com.yaml; nothing is changed: a missing file never deletes anything",
		})
	}
	if p.Known.Review != nil {
		p.Known.Review(spec.Zones)
	}
	draft.Plan = diff.NewPlan(spec)
	return draft, nil
}

// spec begins the plan with what does not depend on live zones.
func (p *Pass) spec() diff.PlanSpec {
	if p.Saved != nil {
		return p.savedSpec()
	}
	return diff.PlanSpec{
		Commit: p.Commit, Base: p.Base, Path: p.Folder.PathOf(""), GeneratedAt: p.now(), LiveFrom: p.LiveFrom, Settings: p.Settings,
		Safety: p.Folder.Settings.Safety, Risk: p.Folder.Settings.Risk,
		Approve: slices.Concat(p.Approve, p.Folder.Settings.Approve), Vital: p.Vital,
	}
}

// empty reports whether there is no zone file, or was none when the plan was made.
func (p *Pass) empty() bool {
	if p.Saved != nil {
		return len(p.Saved.Plan.Zones()) == 0
	}
	return len(p.Folder.Sources) == 0
}

// sources returns the zone files that the pass covers, sorted by zone.
func (p *Pass) sources() []zonefile.Source {
	if p.Saved != nil {
		return p.savedSources()
	}
	var out []zonefile.Source
	for _, s := range p.Folder.Sources {
		if p.selects(s.Zone) {
			out = append(out, s)
		}
	}
	return out
}

// unmanaged returns the live zones without a file.
func (p *Pass) unmanaged(list diff.ZoneList) []schema.Name {
	named := make(map[schema.Name]bool, len(p.Folder.Sources))
	for _, s := range p.Folder.Sources {
		named[s.Zone] = true
	}
	var out []schema.Name
	for _, z := range list.Zones {
		if !named[z.Name] && p.selects(z.Name) {
			out = append(out, z.Name)
		}
	}
	return out
}

// index finds live zones by name.
type index struct {
	refs    map[schema.Name][]diff.ZoneRef
	partial string
}

func newIndex(list diff.ZoneList) index {
	ix := index{refs: make(map[schema.Name][]diff.ZoneRef, len(list.Zones)), partial: list.Partial}
	for _, z := range list.Zones {
		ix.refs[z.Name] = append(ix.refs[z.Name], z)
	}
	return ix
}

// planned is the outcome of planning one zone.
type planned struct {
	surveyed bool // the live zone was read by the survey
	plan     diff.ZonePlan
	problems schema.Problems
	desired  desired
	facts    ZoneFacts
	open     []diff.OpenQuestion
	reach    diff.ZoneReach
	made     *diff.ZonePlan // by the saved plan, nil where there is none
	lapsed   bool           // something has expired since the saved plan was made
	compared bool           // with how it was declared before
}

// unplanned is the outcome for a zone at which planning broke down.
func unplanned(s zonefile.Source, err error) planned {
	return planned{plan: diff.ZonePlan{Zone: s.Zone, Action: diff.None, Error: err.Error()}, reach: diff.UnknownReach(s.Zone)}
}

// planAll plans the zones concurrently, each into its own slot. It returns an error if the
// API denies a call, or ctx is done.
func (p *Pass) planAll(ctx context.Context, sources []zonefile.Source, ix index) ([]planned, error) {
	out := make([]planned, len(sources))
	progress := p.progress(len(sources), 0)
	ahead := p.survey(ctx, sources, ix, out, progress.step)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	for i, s := range sources {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !out[i].surveyed {
				defer progress.step()
			}
			var err error
			caught := Catch(func() {
				if i >= ahead {
					out[i].declare(p, s)
				}
				if out[i].desired.zone != nil {
					err = p.planZone(ctx, &out[i], ix)
				}
			})
			if caught != nil {
				out[i] = unplanned(s, caught)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// survey reads the first zones ahead. They would be read anyway; read first, they show how
// the account spells before anything is compared, and the result does not depend on the
// order of replies. It returns how many zone files it read, each into its slot.
func (p *Pass) survey(ctx context.Context, sources []zonefile.Source, ix index, out []planned, done func()) (ahead int) {
	var refs []diff.ZoneRef
	for ahead < len(sources) && len(refs) < SurveySize {
		batch := min(SurveySize, len(sources)-ahead)
		var g errgroup.Group
		g.SetLimit(p.concurrency())
		for i := ahead; i < ahead+batch; i++ {
			g.Go(func() error {
				if caught := Catch(func() { out[i].declare(p, sources[i]) }); caught != nil {
					out[i] = unplanned(sources[i], caught)
				}
				return nil
			})
		}
		_ = g.Wait() // the workers return no errors
		for i := ahead; i < ahead+batch; i++ {
			found := ix.refs[sources[i].Zone]
			if out[i].desired.zone != nil && len(found) == 1 && len(refs) < SurveySize {
				refs = append(refs, found[0])
				out[i].surveyed = true
			}
		}
		ahead += batch
	}
	p.API.Survey(ctx, refs, p.concurrency(), done)
	return ahead
}

// declare reads the zone's files.
func (z *planned) declare(p *Pass, s zonefile.Source) {
	if p.Saved != nil {
		z.declareSaved(p.Saved, s.Zone, p.now())
		z.reach = reachOf(s, z.desired.zone)
		return
	}
	z.desired.zone, z.problems = p.Folder.Zone(s)
	z.reach = reachOf(s, z.desired.zone)
	if z.desired.zone == nil {
		z.plan = diff.ZonePlan{Zone: s.Zone, Action: diff.None, Invalid: true, Error: invalid(z.problems.Errors())}
	}
}

// planZone reads the live zone and compares it with the desired one.
func (p *Pass) planZone(ctx context.Context, z *planned, ix index) error {
	zone := z.desired.zone
	live, err := p.read(ctx, zone.Name(), ix, zone.Declares)
	switch {
	case err == nil:
		z.open = live.Open
		p.compare(z, live)
		if p.Saved != nil {
			z.compareSaved()
		}
		return nil
	case denied(err) || ctx.Err() != nil:
		return fmt.Errorf("zone %s: read: %w", zone.Name().Undotted(), err)
	}
	z.desired.zone = nil
	z.plan = diff.ZonePlan{Zone: zone.Name(), Action: diff.None, Error: "read: " + err.Error()}
	return nil
}

// invalid returns the message for a zone whose files are not valid.
func invalid(errs schema.Problems) string {
	file := "its zone file"
	if len(errs) > 0 {
		file = errs[0].Pos.File
	}
	return fmt.Sprintf("%s has %s; the live zone is left unchanged", file, Plural(len(errs), "error"))
}

// compare plans one zone, using what earlier passes have learned.
func (p *Pass) compare(z *planned, live diff.LiveZone) {
	want := &z.desired
	z.facts = ZoneFacts{Files: want.zone.Files(), Absent: want.zone.Absent(), Expires: want.zone.NextExpiry(), Open: live.Open}
	for _, s := range want.zone.RRsets() {
		z.facts.Declared = append(z.facts.Declared, s.Key())
	}
	if p.Known.Declared != nil && want.zone.Manage() == schema.ManageDeclared {
		want.declared = p.Known.Declared(want.zone.Name())
	}
	z.plan = want.plan(live)
	defer p.markOrigins(z, want.zone, live)
	if p.Known.Quarantined == nil {
		return
	}
	if keys := p.Known.Quarantined(&z.plan); len(keys) > 0 {
		z.facts.Quarantined = keys
		want.zone = want.zone.LeaveAlone(keys)
		z.plan = want.plan(live)
	}
}

// read returns the live zone, without an ID if it does not exist. A zone that is missing
// from the list is also looked up by name: the list may be incomplete.
func (p *Pass) read(ctx context.Context, name schema.Name, ix index, declares func(schema.Record) bool) (diff.LiveZone, error) {
	refs := ix.refs[name]
	switch len(refs) {
	case 1:
		return p.API.Zone(ctx, refs[0], declares)
	case 0:
	default:
		var ids []string
		for _, r := range refs {
			ids = append(ids, r.ID)
		}
		return diff.LiveZone{}, fmt.Errorf("the service lists this zone %d times (ids %s), expected once", len(refs), strings.Join(ids, ", "))
	}
	ref, found, err := p.API.FindZone(ctx, name)
	switch {
	case err != nil:
		return diff.LiveZone{}, err
	case !found:
		return diff.LiveZone{Name: name, Partial: ix.partial}, nil
	}
	live, err := p.API.Zone(ctx, ref, declares)
	if err == nil {
		live.Warnings = append(live.Warnings, "missing from the list of zones, but found by name")
	}
	return live, err
}

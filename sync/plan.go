package sync

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

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
	at, sources := p.now(), p.sources()
	lookUps := p.lookUps(sources)
	list, err := p.API.Zones(ctx, lookUps...)
	if err != nil {
		return nil, fmt.Errorf("zones: list: %w", err)
	}
	draft := &Draft{
		Listed: !list.ByName, ListWarnings: list.Warnings, known: make(map[schema.Name]known), seed: maphash.MakeSeed(), recheck: p.Saved != nil,
	}
	planner := &planner{pass: p, at: at, seed: draft.seed}
	planner.live.add(list, nil)
	results, err := planner.planAll(ctx, sources)
	if err != nil {
		return nil, err
	}
	spec := p.spec() // now, as a pause may bring another commit
	spec.GeneratedAt, draft.safety = at, spec.Safety
	attributed := p.attribute(ctx, results)
	spec.Zones = make([]diff.ZonePlan, 0, len(results))
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
		spec.Unmanaged, spec.Problems = p.unmanaged(planner.live), p.located(draft.Problems)
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

// source returns where a zone is declared.
func (p *Pass) source(name schema.Name) (zonefile.Source, bool) {
	if p.Saved != nil {
		return zonefile.Source{Zone: name}, true
	}
	return p.Folder.Source(name)
}

// planned is the outcome of planning one zone.
type planned struct {
	done     bool
	read     bool // its files were
	surveyed bool // the live zone was read by the survey
	plan     diff.ZonePlan
	problems schema.Problems
	desired  desired // while the zone is planned, and not after that
	valid    bool    // it was planned, and known is set
	known    known
	open     []diff.OpenQuestion
	reach    diff.ZoneReach
	made     *diff.ZonePlan // by the saved plan, nil where there is none
	lapsed   bool           // something has expired since the saved plan was made
	edits    []Edit         // since the base that it was compared with
}

// unplanned is the outcome for a zone at which planning broke down.
func unplanned(s zonefile.Source, err error) planned {
	return planned{read: true, plan: diff.ZonePlan{Zone: s.Zone, Action: diff.None, Error: err.Error()}, reach: diff.UnknownReach(s.Zone)}
}

// A planner plans the zones of a pass.
type planner struct {
	pass *Pass
	at   time.Time // of the plan
	seed maphash.Seed
	live index
}

// planAll plans the zones concurrently, each into its own slot. It returns an error if the
// API denies a call, or ctx is done.
func (l *planner) planAll(ctx context.Context, sources []zonefile.Source) ([]planned, error) {
	p := l.pass
	out := make([]planned, len(sources))
	progress := p.progress(len(sources), 0)
	l.survey(ctx, sources, out, progress.step)
	for todo, ahead := undone(out); len(todo) > 0; todo, ahead = undone(out) {
		paused, err := p.inTurn(ctx, todo, ahead, func(ctx context.Context, i int) error {
			if !out[i].surveyed {
				defer progress.step()
			}
			return l.planOne(ctx, sources[i], &out[i])
		})
		if err == nil && paused {
			sources, out, err = l.pause(ctx, sources, out)
			rest, _ := undone(out)
			progress.remain(len(rest))
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// planOne plans a zone into its slot. The error is as in planAll.
func (l *planner) planOne(ctx context.Context, s zonefile.Source, z *planned) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	caught := Catch(func() {
		if !z.read {
			l.declare(z, s)
		}
		if z.desired.zone != nil {
			err = l.planZone(ctx, z)
		}
		z.desired = desired{} // or the zones of the whole account are in memory
	})
	if caught != nil {
		*z = unplanned(s, caught)
	}
	z.done = true
	return err
}

// survey reads the first zones ahead, unless the account was surveyed before. They would be
// read anyway; read first, they show how the account spells before anything is compared, and
// the result does not depend on the order of replies.
func (l *planner) survey(ctx context.Context, sources []zonefile.Source, out []planned, done func()) {
	p, ix := l.pass, l.live
	if p.Surveyed {
		return
	}
	var refs []diff.ZoneRef
	for next := 0; next < len(sources) && len(refs) < SurveySize; {
		var batch []int
		for ; next < len(sources) && len(batch) < SurveySize; next++ {
			if len(ix.refs[sources[next].Zone]) == 1 {
				batch = append(batch, next)
			}
		}
		var g errgroup.Group
		g.SetLimit(p.concurrency())
		for _, i := range batch {
			g.Go(func() error {
				if caught := Catch(func() { l.declare(&out[i], sources[i]) }); caught != nil {
					out[i] = unplanned(sources[i], caught)
				}
				return nil
			})
		}
		_ = g.Wait() // the workers return no errors
		for _, i := range batch {
			if out[i].desired.zone != nil && len(refs) < SurveySize {
				refs = append(refs, ix.refs[sources[i].Zone][0])
				out[i].surveyed = true
			}
		}
	}
	p.API.Survey(ctx, refs, p.concurrency(), done)
}

// declare reads the zone's files, and what they show of names and pointers.
func (l *planner) declare(z *planned, s zonefile.Source) {
	z.read = true
	z.declare(l.pass, s, l.at)
	z.reach = reachOf(s, z.desired.zone)
}

// declare reads the zone's files, or takes it from the saved plan as it is at a moment.
func (z *planned) declare(p *Pass, s zonefile.Source, at time.Time) {
	if p.Saved != nil {
		z.declareSaved(p.Saved, s.Zone, at)
		return
	}
	z.desired.zone, z.problems = p.Folder.Zone(s)
	switch zone := z.desired.zone; {
	case zone == nil:
		z.plan = diff.ZonePlan{Zone: s.Zone, Action: diff.None, Invalid: true, Error: invalid(z.problems.Errors())}
	case p.Known.Declared != nil && zone.Manage() == schema.ManageDeclared:
		z.desired.declared = p.Known.Declared(zone.Name())
	}
}

// planZone reads the live zone and compares it with the desired one.
func (l *planner) planZone(ctx context.Context, z *planned) error {
	p, zone := l.pass, z.desired.zone
	live, err := p.read(ctx, zone.Name(), l.live, zone.Declares)
	switch {
	case err == nil:
		z.open = live.Open
		facts := p.compare(z, live)
		if p.Saved != nil {
			z.compareSaved()
		}
		z.valid, z.known.print = true, z.desired.fingerprint(l.seed)
		if p.Learned != nil {
			p.Learned(zone.Name(), facts)
		}
		return nil
	case denied(err) || ctx.Err() != nil:
		return fmt.Errorf("zone %s: read: %w", zone.Name().Undotted(), err)
	}
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

// compare plans one zone, using what earlier passes have learned, and returns what later
// ones may want to know.
func (p *Pass) compare(z *planned, live diff.LiveZone) ZoneFacts {
	zone := z.desired.zone
	z.plan = z.desired.plan(live)
	if p.Known.Quarantined != nil {
		z.known.alone = p.Known.Quarantined(&z.plan)
	}
	if len(z.known.alone) > 0 {
		z.desired = z.desired.leaveAlone(z.known.alone)
		z.plan = z.desired.plan(live)
	}
	p.markOrigins(z, zone, live)
	if p.Learned == nil {
		return ZoneFacts{}
	}
	facts := ZoneFacts{
		Files: zone.Files(), Absent: zone.Absent(), Expires: zone.NextExpiry(), Quarantined: z.known.alone, Open: live.Open,
		Declared: make([]schema.Key, 0, len(zone.RRsets())),
	}
	for _, s := range zone.RRsets() {
		facts.Declared = append(facts.Declared, s.Key())
	}
	return facts
}

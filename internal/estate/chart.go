package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The layout of the chart, in units of its view box.
const (
	chartWidth, chartHeight = 890, 375
	panelWidth, panelHeight = 330, 270
	panelTop                = 36
	firstPanel, nextPanel   = 70, 430 // left edges
)

const chartStyle = `<style>
svg { color: #1f2328; --grid: #d1d9e0; --now: #0969da; --before: #bc4c00; --floor: #6e7781; background: #ffffff }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; --grid: #30363d; --now: #58a6ff; --before: #f0883e; --floor: #9198a1; background: #0d1117 }
}
text { font: 12px system-ui, sans-serif; fill: currentColor }
.title { font-weight: 600; font-size: 14px }
.grid { stroke: var(--grid); stroke-width: 1 }
.now { stroke: var(--now); fill: var(--now) }
.before { stroke: var(--before); fill: var(--before) }
.floor { stroke: var(--floor); fill: var(--floor); stroke-dasharray: 5 4 }
polyline { fill: none !important; stroke-width: 2.5 }
circle, rect.mark { stroke-width: 2; stroke-dasharray: none !important }
rect.mark { fill: none }
text.now, text.before, text.floor { stroke: none }
</style>
`

// A point is what a plan of an estate took.
type point struct {
	x, y   float64
	single bool // the estate is one zone
}

// A series is the points of one contender, or of the floor.
type series struct {
	class, name string
	points      []point
}

// chart draws how CPU time and peak memory of a plan grow with the records of the estate:
// lines for estates of many zones, squares for single zones. Both axes are logarithmic.
func chart(all []summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="CPU time and peak memory of a plan by records of the estate">`+"\n", chartWidth, chartHeight)
	b.WriteString(chartStyle)
	panels := []struct {
		left  int
		title string
		value func(measure) float64
	}{
		{firstPanel, "plan: CPU seconds", func(m measure) float64 { return m.cpu }},
		{nextPanel + firstPanel, "plan: peak memory, MiB", func(m measure) float64 { return mib(m.peak) }},
	}
	for _, p := range panels {
		newPanel(p.left, p.title, planSeries(all, p.value)).draw(&b)
	}
	legend(&b, planSeries(all, panels[0].value))
	b.WriteString("</svg>\n")
	return b.String()
}

func planSeries(all []summary, value func(measure) float64) []series {
	out := []series{{class: "floor", name: "floor"}, {class: "before", name: "before"}, {class: "now", name: "now"}}
	for _, s := range all {
		i := slices.IndexFunc(out, func(o series) bool {
			return o.class == s.about.label && s.about.step == stepPlan || o.class == "floor" && s.about.step == floorPlan
		})
		if v := value(s.took); i >= 0 && s.took.failure == "" && v > 0 {
			out[i].points = append(out[i].points, point{float64(s.about.size.total()), v, s.about.size.zones == 1})
		}
	}
	for _, s := range out {
		slices.SortFunc(s.points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	}
	return slices.DeleteFunc(out, func(s series) bool { return len(s.points) == 0 })
}

// A panel is one diagram.
type panel struct {
	left   int
	title  string
	series []series
	x, y   axis
}

// An axis spans whole powers of ten.
type axis struct{ low, high int }

func newPanel(left int, title string, all []series) panel {
	p := panel{left: left, title: title, series: all}
	var xs, ys []float64
	for _, s := range all {
		for _, pt := range s.points {
			xs, ys = append(xs, pt.x), append(ys, pt.y)
		}
	}
	p.x, p.y = newAxis(xs), newAxis(ys)
	return p
}

func newAxis(values []float64) axis {
	if len(values) == 0 {
		return axis{0, 1}
	}
	low := int(math.Floor(math.Log10(slices.Min(values))))
	high := int(math.Ceil(math.Log10(slices.Max(values))))
	return axis{low, max(high, low+1)}
}

// at is where a value lies, from 0 to 1.
func (a axis) at(v float64) float64 {
	return (math.Log10(v) - float64(a.low)) / float64(a.high-a.low)
}

func (p panel) px(v float64) float64 { return float64(p.left) + p.x.at(v)*panelWidth }
func (p panel) py(v float64) float64 { return panelTop + (1-p.y.at(v))*panelHeight }

func (p panel) draw(b *strings.Builder) {
	fmt.Fprintf(b, `<text class="title" x="%d" y="%d">%s</text>`+"\n", p.left, panelTop-16, p.title)
	for e := p.x.low; e <= p.x.high; e++ {
		x := p.px(math.Pow10(e))
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x, panelTop, x, panelTop+panelHeight)
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, panelTop+panelHeight+18, powerText(e))
	}
	for e := p.y.low; e <= p.y.high; e++ {
		y := p.py(math.Pow10(e))
		fmt.Fprintf(b, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`, p.left, y, p.left+panelWidth, y)
		fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", p.left-8, y+4, powerText(e))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">records of the estate</text>`+"\n", p.left+panelWidth/2, panelTop+panelHeight+38)
	for _, s := range p.series {
		p.drawSeries(b, s)
	}
}

func (p panel) drawSeries(b *strings.Builder, s series) {
	var line []string
	for _, pt := range s.points {
		x, y := p.px(pt.x), p.py(pt.y)
		if pt.single {
			fmt.Fprintf(b, `<rect class="mark %s" style="fill:none" x="%.1f" y="%.1f" width="9" height="9"/>`, s.class, x-4.5, y-4.5)
			continue
		}
		line = append(line, fmt.Sprintf("%.1f,%.1f", x, y))
		fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="3"/>`, s.class, x, y)
	}
	fmt.Fprintf(b, `<polyline class="%s" points="%s"/>`+"\n", s.class, strings.Join(line, " "))
}

// legend says below the panels what the lines and marks are.
func legend(b *strings.Builder, all []series) {
	x, y := firstPanel, chartHeight-10
	for _, s := range all {
		fmt.Fprintf(b, `<line class="%s" style="stroke-width:2.5" x1="%d" y1="%d" x2="%d" y2="%d"/>`, s.class, x, y-4, x+28, y-4)
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`+"\n", x+36, y, s.name)
		x += 110
	}
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="3" fill="currentColor"/><text x="%d" y="%d">many zones</text>`+"\n", x+4, y-4, x+16, y)
	x += 120
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="9" height="9" fill="none" stroke="currentColor" stroke-width="2"/><text x="%d" y="%d">one zone</text>`+"\n", x, y-9, x+18, y)
}

// powerText is a power of ten as people write it.
func powerText(e int) string {
	if e < 0 {
		return fmt.Sprintf("%.*f", -e, math.Pow10(e))
	}
	digits := "1" + strings.Repeat("0", e)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

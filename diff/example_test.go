package diff_test

import (
	"fmt"
	"os"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// A plan is made of the desired and the live side of each zone.
func ExampleNewPlan() {
	zone, problems := zonefile.Parse("example.com.yaml", []byte("zone: example.com\nrecords:\n  www: {A: 192.0.2.2}\n"))
	if zone == nil {
		fmt.Println(problems)
		return
	}
	www := schema.MustParseName("www.example.com")
	data, _, _ := schema.ParseRDATA(schema.A, "192.0.2.1", schema.Origin{Zone: zone.Name()})
	live := diff.LiveZone{ID: "1", Name: zone.Name(), Records: []diff.Live{
		{ID: "7", Record: schema.Record{Name: www, Type: schema.A, TTL: 3600, Data: data}},
	}}
	plan := diff.NewPlan(diff.PlanSpec{Zones: []diff.ZonePlan{diff.Zone(zone, live, nil)}})
	_ = render.Text(os.Stdout, plan, render.TextOptions{})
	// Output:
	// example.com: 0 to create, 1 to update, 0 to delete
	//   ~ www  A  192.0.2.1 -> 192.0.2.2
	//
	// 1 zone, 1 with changes: 0 to create, 1 to update, 0 to delete, 0 records unchanged
}

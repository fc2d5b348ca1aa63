package zonefile_test

import (
	"fmt"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema/zonefile"
)

func ExampleParse() {
	zone, problems := zonefile.Parse("example.com.yaml", []byte(`
zone: example.com
ttl: 5m
records:
  '@': {MX: 10 mail, TXT: v=spf1 mx -all}
  mail: {A: 192.0.2.25}
`))
	fmt.Println(zone, len(problems))
	for _, s := range zone.RRsets() {
		fmt.Println(s)
	}

	zone, problems = zonefile.Parse("example.com.yaml", []byte(`
www: {type: A, values: [192.0.2.1, 192.0.2.300], tll: 60}
`))
	fmt.Println(zone)
	fmt.Println(problems)
	// Output:
	// example.com (3 RRsets) 0
	// example.com. 300 IN MX 10 mail.example.com.
	// example.com. 300 IN TXT "v=spf1 mx -all"
	// mail.example.com. 300 IN A 192.0.2.25
	// <nil>
	// example.com.yaml:2:36: A value "192.0.2.300", expected an IPv4 address such as 192.0.2.1
	// example.com.yaml:2:50: warning: key tll has no effect, expected one of type, ttl, value, values, octodns, expires; did you mean ttl?
}

func ExampleOpen() {
	repository := fstest.MapFS{
		"zones/zonetender.yaml":     {Data: []byte("ttl: 600\nchecks: {host-no-dot: off}\n")},
		"zones/example.com.yaml":    {Data: []byte("www: {type: CNAME, value: example.net}\n")},
		"zones/example.org/www.yml": {Data: []byte("www: {type: A, value: 192.0.2.1}\n")},
	}
	folder, problems, err := zonefile.Open(repository, "zones")
	if err != nil || len(problems) > 0 {
		fmt.Println(problems, err)
		return
	}
	for _, source := range folder.Sources {
		zone, problems := folder.Zone(source)
		fmt.Println(zone, zone.Files(), len(problems))
	}
	// Output:
	// example.com (1 RRset) [example.com.yaml] 0
	// example.org (1 RRset) [example.org/www.yml] 0
}

func ExampleFormat() {
	zone, _ := zonefile.Parse("example.com.yaml", []byte("www: {type: A, ttl: 60, values: [192.0.2.2, 192.0.2.1]}\n"))
	fmt.Printf("%s\n", zonefile.Format(zone.Declaration(), zonefile.ZoneForm))
	fmt.Printf("%s", zonefile.Format(zone.Declaration(), zonefile.BareForm))
	// Output:
	// zone: example.com
	// ttl: 60
	// records:
	//   www:
	//     A: [192.0.2.1, 192.0.2.2]
	//
	// ---
	// www:
	//   ttl: 60
	//   type: A
	//   values: [192.0.2.1, 192.0.2.2]
}

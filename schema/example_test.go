package schema_test

import (
	"fmt"

	"github.com/zonetender/zonetender/schema"
)

func ExampleNewZone() {
	zone := schema.MustParseName("example.com")
	www := schema.MustParseName("www.example.com")
	target, _, err := schema.ParseRDATA(schema.CNAME, "example.net.", schema.Origin{Zone: zone})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := schema.Declaration{
		Name: zone, File: "example.com.yaml",
		RRsets: []schema.RRset{{
			Name: www, Type: schema.CNAME, TTL: 300,
			Values: []schema.Value{{Data: target}},
		}},
	}
	z, _ := schema.NewZone(d)
	fmt.Println(z)
	fmt.Println(z.RRsets()[0])

	// A CNAME is alone at its name: no zone comes of this.
	d.RRsets = append(d.RRsets, schema.RRset{
		Name: www, Type: schema.TXT, TTL: 300,
		Values: []schema.Value{{Data: schema.NewTXT("hello")}},
	})
	z, problems := schema.NewZone(d)
	fmt.Println(z == nil, problems)
	// Output:
	// example.com (1 RRset)
	// www.example.com. 300 IN CNAME example.net.
	// true example.com.yaml: CNAME of www.example.com. is beside TXT, expected it alone at its name
}

func ExampleParseRDATA() {
	origin := schema.Origin{Zone: schema.MustParseName("example.com"), Relative: true}
	for _, text := range []string{"10 mail", "10 Mail.Example.NET", "10 192.0.2.1"} {
		data, warnings, err := schema.ParseRDATA(schema.MX, text, origin)
		fmt.Println(data, warnings, err)
	}
	// Output:
	// 10 mail.example.com. [] <nil>
	// 10 mail.example.net. [host Mail.Example.NET has no final dot and is read as mail.example.net.] <nil>
	//  [] 192.0.2.1 is an address, expected the name of a host
}

func ExampleDisplay() {
	n := schema.MustParseName("Bücher.example")
	fmt.Println(n)
	fmt.Println(schema.Display(n.Undotted()))
	// Output:
	// xn--bcher-kva.example.
	// bücher.example (xn--bcher-kva.example)
}

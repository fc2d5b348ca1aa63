package masterfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A route53List is what "aws route53 list-resource-record-sets" prints
// (docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html).
type route53List struct {
	ResourceRecordSets []route53Set
	IsTruncated        bool
	NextToken          string
	NextRecordName     string
}

type route53Set struct {
	Name            string
	Type            string
	TTL             int64
	ResourceRecords []struct{ Value string }

	AliasTarget             *struct{ DNSName string }
	SetIdentifier           string
	Weight                  *int64
	Region                  string
	Failover                string
	MultiValueAnswer        bool
	HealthCheckID           string `json:"HealthCheckId"`
	TrafficPolicyInstanceID string `json:"TrafficPolicyInstanceId"`
	GeoLocation             *struct{}
	GeoProximityLocation    *struct{}
	CidrRoutingConfig       *struct{}
}

// parseRoute53 reads the record sets of one hosted zone, which has the name of its SOA.
func parseRoute53(file string, data []byte, zone schema.Name) ([]Zone, error) {
	var list route53List
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, jsonError(data, err)
	}
	if list.IsTruncated || list.NextToken != "" || list.NextRecordName != "" {
		return nil, errors.New("the list of record sets is not whole: it says that more follow; expected all of them, without --max-items")
	}
	if len(list.ResourceRecordSets) == 0 {
		return nil, errors.New("no record sets, expected at least the SOA")
	}
	soa, err := route53Zone(list.ResourceRecordSets)
	switch {
	case err != nil:
		return nil, err
	case soa.IsZero() && zone.IsZero():
		return nil, errors.New("no SOA says which zone it is; name the zone")
	case !soa.IsZero() && !zone.IsZero() && soa != zone:
		return nil, fmt.Errorf("record sets of the zone %s, expected those of %s", soa.Undotted(), zone.Undotted())
	case !soa.IsZero():
		zone = soa
	}
	r := &route53{out: builder{file: file}, routed: make(map[string]int)}
	for _, s := range list.ResourceRecordSets {
		r.routed[s.key()]++
	}
	for _, s := range list.ResourceRecordSets {
		if !r.set(s) {
			break
		}
	}
	return []Zone{r.out.build(zone)}, nil
}

func route53Zone(sets []route53Set) (schema.Name, error) {
	i := slices.IndexFunc(sets, func(s route53Set) bool { return s.Type == "SOA" })
	if i < 0 {
		return schema.Name{}, nil
	}
	return nameOf(decimalEscapes(sets[i].Name))
}

func (s route53Set) key() string { return strings.ToLower(s.Name) + " " + s.Type }

// policy names the routing policy of a set, "" for the simple one.
func (s route53Set) policy() string {
	switch {
	case s.TrafficPolicyInstanceID != "":
		return "a traffic policy"
	case s.Weight != nil:
		return fmt.Sprintf("the weight %d", *s.Weight)
	case s.Region != "":
		return "latency routing for the region " + s.Region
	case s.Failover != "":
		return "failover (" + strings.ToLower(s.Failover) + ")"
	case s.GeoLocation != nil:
		return "geolocation routing"
	case s.GeoProximityLocation != nil:
		return "geoproximity routing"
	case s.CidrRoutingConfig != nil:
		return "IP-based routing"
	}
	return ""
}

// A route53 reads record sets.
type route53 struct {
	out    builder
	routed map[string]int // sets of each name and type
}

// set reads one record set, and reports whether the budget has room for it.
func (r *route53) set(s route53Set) bool {
	name, err := nameOf(decimalEscapes(s.Name))
	if err != nil {
		r.out.leaveOut(0, schema.Clip(s.Name)+" "+s.Type, err.Error())
		return true
	}
	what := name.Display() + " " + s.Type
	if s.SetIdentifier != "" {
		what += " (" + schema.Clip(s.SetIdentifier) + ")"
	}
	policy := s.policy()
	switch {
	case s.AliasTarget != nil:
		r.out.leaveOut(0, what, "it is an alias of "+schema.Clip(s.AliasTarget.DNSName)+", which DNS does not have; write addresses, or a CNAME below the apex")
		return true
	case policy != "" && (r.routed[s.key()] > 1 || s.TrafficPolicyInstanceID != ""):
		r.out.leaveOut(0, what, "it has "+policy+", which the service does not have; write the values that all shall get")
		return true
	case policy != "":
		r.out.problem(schema.Warning, 0, codeChanged, "%s: %s is left out, as its only set comes along", what, policy)
	}
	if s.HealthCheckID != "" {
		r.out.problem(schema.Warning, 0, codeChanged, "%s: its health check is left out; the records are always answered", what)
	}
	if !schema.Type(s.Type).Managed() {
		return r.out.addForeign(name, s.Type, 0)
	}
	return r.values(s, name, what)
}

func (r *route53) values(s route53Set, name schema.Name, what string) bool {
	switch {
	case s.TTL < 0 || s.TTL > int64(schema.MaxTTL):
		r.out.errorf(0, "%s: TTL %d, expected 0 to %d seconds", what, s.TTL, schema.MaxTTL)
		return true
	case len(s.ResourceRecords) == 0:
		r.out.errorf(0, "%s has no values", what)
		return true
	}
	for _, v := range s.ResourceRecords {
		data, err := presented(schema.Type(s.Type), decimalEscapes(v.Value))
		if err != nil {
			r.out.errorf(0, "%s: %v", what, err)
			continue
		}
		if !r.out.add(schema.Record{Name: name, Type: schema.Type(s.Type), TTL: schema.TTL(s.TTL), Data: data}, 0) {
			return false
		}
	}
	return true
}

// presented reads RDATA in presentation form in which every host is absolute, with or
// without its final dot.
func presented(t schema.Type, text string) (schema.RDATA, error) {
	if strings.TrimSpace(text) == "" || strings.ContainsAny(text, "\n\r") {
		return schema.RDATA{}, fmt.Errorf("value %s, expected one line of text", schema.Clip(text))
	}
	z := dns.NewZoneParser(strings.NewReader(". 0 IN "+string(t)+" "+text+"\n"), ".", "")
	rr, ok := z.Next()
	if z.Err() != nil || !ok || string(t) != dns.TypeToString[rr.Header().Rrtype] {
		return schema.RDATA{}, fmt.Errorf("value %s, expected %s", schema.Clip(text), expected(string(t)))
	}
	return dataOf(rr)
}

// decimalEscapes turns the escapes of Route 53, which are octal, into those of master files,
// which are decimal: the wildcard is \052 there.
func decimalEscapes(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		if i+3 < len(text) && octal(text[i+1], '3') && octal(text[i+2], '7') && octal(text[i+3], '7') {
			fmt.Fprintf(&b, `\%03d`, (text[i+1]-'0')<<6|(text[i+2]-'0')<<3|(text[i+3]-'0'))
			i += 3
			continue
		}
		b.WriteString(text[i : i+2])
		i++
	}
	return b.String()
}

func octal(c, most byte) bool { return '0' <= c && c <= most }

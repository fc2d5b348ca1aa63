package vpsorgtest

import "time"

// A Dialect is one way in which the service may behave where its documentation is silent or
// contradicts itself. Most of it changes only how answers are spelled. The zero value is the
// documented way.
type Dialect struct {
	// Name tells dialects apart in the names of tests; it has no effect.
	Name string

	Zones    Envelope // of the zone list
	Records  Envelope // of the nested and of the direct record list
	PageSize int      // items on a page of [EnvelopePaged]; zero means 100
	// DetailLimit cuts the records inside a zone's detail to the first so many; record_count
	// still counts all. Zero means no limit.
	DetailLimit int
	Order       Order

	Names    NameStyle
	Unicode  bool // IDN labels as Unicode in names, hosts and zone domains
	Hosts    HostStyle
	TXT      TXTStyle
	IPv6     IPv6Style
	CAA      CAAStyle
	Priority PriorityStyle
	// ValuesAsSent echoes the value as the client wrote it; Hosts, TXT, IPv6 and CAA then
	// apply only to records that came without a call.
	ValuesAsSent bool

	Apex        ApexStyle
	CountHidden bool // record_count includes the SOA and apex NS where they are hidden
	// ForeignTypes puts a PTR and an ALIAS record, types outside the documented eight, into
	// every new zone.
	ForeignTypes bool
	RecordZone   bool // items of the direct record list name their zone

	NumbersAsStrings bool // "ttl": "3600"
	Times            TimeStyle
	ExtraFields      bool // undocumented fields in every object
	Errors           ErrorStyle

	Post   WriteAnswer // answers of POST, with status 201 in any case
	Patch  WriteAnswer // answers of PUT and PATCH
	Delete DeleteAnswer
	Slash  SlashStyle

	PatchKeys  PatchKeys  // PUT or PATCH of record_type and name
	Duplicates Duplicates // POST of a record that exists
	// LaxConflicts accepts a CNAME beside other data, twice, and at the apex.
	LaxConflicts bool
	ChurnIDs     bool // PUT and PATCH give the record a new id

	MinTTL int // seconds; a lower TTL is raised to it silently
	MaxTTL int // seconds; a higher TTL is lowered to it silently; zero means no limit
	// Rewrite, where not nil, turns a record that POST, PUT or PATCH is about to store into
	// the one stored. The zone is locked meanwhile, so it must not call the server.
	Rewrite func(Record) Record

	// LagReads makes so many reads of a record list (or of the zone list) after a write to it
	// show the state before that write.
	LagReads int
	// LagTime makes reads show the state before a write until so much time has passed on
	// Options.Now.
	LagTime time.Duration
	// IgnoreFilters answers ?domain=, ?zone= and ?record_type= with everything.
	IgnoreFilters bool
}

// Envelope is the shape around a list.
type Envelope int

// Envelopes of lists.
const (
	EnvelopeArray   Envelope = iota // [ … ], as the DNS examples show
	EnvelopeCount                   // {"count", "results"}, as the servers and domains pages show
	EnvelopeResults                 // {"results"}
	EnvelopePaged                   // {"count", "next", "previous", "results"} with ?page=, next an absolute URL
)

// Order is the order of records in a list.
type Order int

// Orders of lists.
const (
	OrderOldest Order = iota // as created
	OrderNewest              // the reverse
	OrderID                  // by id, so in no order a reader would expect
)

// NameStyle is how owner names are echoed.
type NameStyle int

// Styles of owner names, for www and the apex of example.com.
const (
	NameRelative NameStyle = iota // www, @
	NameEmpty                     // www and the empty string
	NameFQDN                      // www.example.com, example.com
	NameFQDNDot                   // www.example.com., example.com.
	NameUpper                     // WWW, @
	NameAsSent                    // whatever the client sent
)

// HostStyle is how host names in values are echoed.
type HostStyle int

// Styles of hosts, for mail.example.com in the zone example.com.
const (
	HostPlain    HostStyle = iota // mail.example.com
	HostDot                       // mail.example.com.
	HostRelative                  // mail, so foo.net for foo.net.example.com; @ for the apex; foo.net. outside the zone
	HostUpper                     // MAIL.EXAMPLE.COM
)

// TXTStyle is how TXT values are echoed.
type TXTStyle int

// Styles of TXT values.
const (
	TXTRaw     TXTStyle = iota // the text
	TXTQuoted                  // one quoted string, with \" and \\ inside
	TXTSplit                   // quoted strings of at most 255 octets, with a space between
	TXTEscaped                 // no quotes, but \; and \" and \\ inside
)

// IPv6Style is how AAAA values are echoed.
type IPv6Style int

// Styles of IPv6 addresses, for 2001:db8::1.
const (
	IPv6Canonical IPv6Style = iota // 2001:db8::1, RFC 5952
	IPv6Expanded                   // 2001:0db8:0000:0000:0000:0000:0000:0001
	IPv6Upper                      // 2001:DB8::1
	IPv6Padded                     // 2001:0db8::0001, much as the documentation's own example
)

// CAAStyle is how CAA values are echoed.
type CAAStyle int

// Styles of CAA values.
const (
	CAAQuoted   CAAStyle = iota // 0 issue "letsencrypt.org"
	CAAUnquoted                 // 0 issue letsencrypt.org
	CAAUpper                    // 0 ISSUE "letsencrypt.org"
)

// PriorityStyle is where the priority of MX and SRV is echoed.
type PriorityStyle int

// Places of the priority.
const (
	PriorityField   PriorityStyle = iota // in its field, null for other types
	PriorityInValue                      // "10 mail.example.com" and a null field
	PriorityBoth                         // in the field and in the value
	PriorityZero                         // in its field, 0 for other types
	PriorityAbsent                       // in its field, no field for other types
)

// ApexStyle is what record lists show of the SOA and apex NS records that every new zone has.
type ApexStyle int

// Styles of the built-in apex records.
const (
	ApexHidden    ApexStyle = iota // nothing
	ApexListed                     // a SOA and two NS records; changing or deleting one is 400
	ApexForbidden                  // listed as well; changing or deleting one is 403
)

// TimeStyle is how created_at is written.
type TimeStyle int

// Styles of created_at.
const (
	TimeSeconds  TimeStyle = iota // 2024-01-15T10:30:00Z
	TimeFraction                  // 2024-01-15T10:30:00.123456Z
	TimeOffset                    // 2024-01-15T12:30:00+02:00
	TimeDate                      // 2024-01-15
)

// ErrorStyle is the shape of error bodies.
type ErrorStyle int

// Shapes of error bodies.
const (
	ErrorDocumented ErrorStyle = iota // {"detail", "error_code", "field"}
	ErrorDetail                       // {"detail"}
	ErrorFields                       // {"ttl": ["…"]}, or {"detail"} where no field is to blame
	ErrorNonField                     // {"non_field_errors": ["…"]}
	ErrorArray                        // ["…"]
	ErrorEmpty                        // nothing
	ErrorHTML                         // a page
)

// WriteAnswer is what a write that succeeded answers.
type WriteAnswer int

// Answers to writes.
const (
	AnswerFull      WriteAnswer = iota // the whole object
	AnswerPartial                      // POST: the fields sent; PATCH: those that changed
	AnswerEmpty                        // the usual status, no body
	AnswerID                           // {"uuid"}
	AnswerNoContent                    // 204 (for POST 201 without a body)
)

// DeleteAnswer is what a DELETE that succeeded answers.
type DeleteAnswer int

// Answers to DELETE.
const (
	DeleteNoContent DeleteAnswer = iota // 204, as documented
	DeleteBody                          // 200 with {"detail"}
)

// SlashStyle is the answer to a path without its final slash.
type SlashStyle int

// Answers to a path without its final slash.
const (
	SlashRefused  SlashStyle = iota // 404
	SlashRedirect                   // 301 to the path with its slash, as Django does
)

// PatchKeys is what PUT and PATCH do with another record_type or name.
type PatchKeys int

// Answers to a change of type or name.
const (
	PatchKeysChange PatchKeys = iota // changed, as the vendor's own client offers
	PatchKeysRefuse                  // 400
	PatchKeysIgnore                  // 200, but type and name stay as they were
)

// Duplicates is the answer to a POST of a record that exists, TTL aside.
type Duplicates int

// Answers to an exact duplicate.
const (
	DuplicateRefused  Duplicates = iota // 400
	DuplicateCopied                     // a second record
	DuplicateExisting                   // 201 with the record that exists
)

package zonefile

import (
	"encoding/json"

	"github.com/zonetender/zonetender/schema"
)

// A FileKind is what a file in a folder of zone files is.
type FileKind string

// The kinds of files.
const (
	ZoneKind     FileKind = "zone"     // a zone file in either form
	TemplateKind FileKind = "template" // a file that zone files in the zone form include
	SettingsKind FileKind = "settings" // zonetender.yaml
)

// FileKinds returns all kinds of files.
func FileKinds() []FileKind { return []FileKind{ZoneKind, TemplateKind, SettingsKind} }

// JSONSchema returns the JSON Schema (draft 2020-12) of a kind of file, for editors. It says which
// keys there are, what is a mapping, a list or text, and what each is for. What it refuses, the
// parser refuses as well; the parser looks at values more closely, and at what only whole zones
// and folders show.
//
// A text may be written as a number or a boolean: the parser takes it as it stands in the file.
func JSONSchema(kind FileKind) []byte {
	var root *jsonRule
	switch kind {
	case SettingsKind:
		root = settingsRule()
	case TemplateKind:
		root = recordsRule()
		root.Defs = recordRules()
	default:
		root = zoneRule()
		root.Defs = recordRules()
	}
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = titles()[kind]
	out, err := schema.IndentedJSON(root)
	if err != nil {
		panic("zonefile: JSON Schema: " + err.Error()) // it has nothing that JSON cannot say
	}
	return out
}

func titles() map[FileKind]string {
	return map[FileKind]string{ZoneKind: "Zone file", TemplateKind: "Records that zone files include", SettingsKind: settingsFile}
}

// A jsonRule is a JSON Schema. The zero jsonRule allows everything.
type jsonRule struct {
	Schema               string               `json:"$schema,omitempty"`
	Ref                  string               `json:"$ref,omitempty"`
	Title                string               `json:"title,omitempty"`
	Description          string               `json:"description,omitempty"`
	Type                 []string             `json:"type,omitempty"`
	Enum                 []string             `json:"enum,omitempty"`
	Const                *bool                `json:"const,omitempty"`
	Pattern              string               `json:"pattern,omitempty"`
	Minimum              *int64               `json:"minimum,omitempty"`
	Maximum              *int64               `json:"maximum,omitempty"`
	Required             []string             `json:"required,omitempty"`
	Properties           map[string]*jsonRule `json:"properties,omitempty"`
	PatternProperties    map[string]*jsonRule `json:"patternProperties,omitempty"`
	PropertyNames        *jsonRule            `json:"propertyNames,omitempty"`
	AdditionalProperties *jsonRule            `json:"additionalProperties,omitempty"`
	MinItems             int                  `json:"minItems,omitempty"`
	Items                *jsonRule            `json:"items,omitempty"`
	AnyOf                []*jsonRule          `json:"anyOf,omitempty"`
	AllOf                []*jsonRule          `json:"allOf,omitempty"`
	Not                  *jsonRule            `json:"not,omitempty"`
	If                   *jsonRule            `json:"if,omitempty"`
	Then                 *jsonRule            `json:"then,omitempty"`
	Else                 *jsonRule            `json:"else,omitempty"`
	Defs                 map[string]*jsonRule `json:"$defs,omitempty"`

	never bool // allows nothing
}

// MarshalJSON writes the rule that allows nothing as false, which editors explain best.
func (r *jsonRule) MarshalJSON() ([]byte, error) {
	if r.never {
		return []byte("false"), nil
	}
	type plain jsonRule
	return json.Marshal((*plain)(r))
}

// textRule is a text, however YAML types it. Nothing at all is no text.
func textRule(description string) *jsonRule {
	return &jsonRule{Description: description, Type: []string{"string", "number", "boolean"}}
}

// numberRule is a text whose number is within bounds; a variable may stand for it.
func numberRule(description string, most int64) *jsonRule {
	r := textRule(description)
	r.Type = []string{"string", "integer"}
	r.Minimum, r.Maximum = new(int64), &most
	return r
}

func wordRule(description string, words ...string) *jsonRule {
	return &jsonRule{Description: description, Type: []string{"string"}, Enum: words}
}

// yesOrNoRule is what [tree.yesOrNo] reads as one of two values.
func yesOrNoRule(description, words string) *jsonRule {
	return &jsonRule{Description: description, Type: []string{"boolean", "string"}, Pattern: words}
}

// keysRule is a mapping with these keys and no others.
func keysRule(description string, properties map[string]*jsonRule) *jsonRule {
	return &jsonRule{Description: description, Type: []string{"object"}, Properties: properties, AdditionalProperties: &jsonRule{never: true}}
}

// oneOrMore is one value, or a list of them.
func oneOrMore(r *jsonRule, least int) *jsonRule {
	return &jsonRule{
		Description: r.Description,
		If:          isKind("array"), Then: &jsonRule{MinItems: least, Items: r}, Else: r,
	}
}

func isKind(kind string) *jsonRule { return &jsonRule{Type: []string{kind}} }

func refer(name string) *jsonRule { return &jsonRule{Ref: "#/$defs/" + name} }

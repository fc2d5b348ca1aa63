package masterfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// Read reads the zones of a file, and tells by its content what it is: JSON of "aws route53
// list-resource-record-sets", JSON of "dnscontrol print-ir", or else a master file. File
// names it in problems. Zone is needed where the file does not say which zone it is, and is
// the zero Name otherwise; a file of another zone is an error then. The error is for a file
// of which no zone can be told; each zone has its own problems.
func Read(file string, data []byte, zone schema.Name) ([]Zone, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("more than %d MiB, expected less", MaxBytes>>20)
	}
	if !isJSON(data) {
		z := parseMaster(file, data, zone)
		if z.Name.IsZero() {
			return nil, z.Problems
		}
		return []Zone{z}, nil
	}
	var probe struct {
		ResourceRecordSets json.RawMessage
		Domains            json.RawMessage `json:"domains"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return nil, jsonError(data, err)
	}
	switch {
	case probe.ResourceRecordSets != nil:
		return parseRoute53(file, data, zone)
	case probe.Domains != nil:
		return parseIR(file, data)
	}
	return nil, errors.New(`JSON of an unknown kind, expected that of "aws route53 list-resource-record-sets" or of "dnscontrol print-ir"`)
}

// isJSON reports whether a file begins as JSON does. No master file begins so.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// jsonError says on which line JSON is wrong.
func jsonError(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: JSON: %s", lineAt(data, syntax.Offset), syntax)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: JSON: %s in %s, expected another kind of value", lineAt(data, kind.Offset), kind.Value, strings.TrimPrefix(kind.Field, "."))
	}
	return fmt.Errorf("JSON: %w", err)
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))
}

package vpsorg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The permissions that the service documents for DNS. There are others, whose names are
// not documented.
const (
	PermissionList   = "dns:list"
	PermissionCreate = "dns:create"
	PermissionDelete = "dns:delete"
)

// forbidden returns what to do if the service forbids a call: it names the permission that
// the token lacks, the documented one or else the one that the pattern of names suggests.
// Detail is what the service says. Any token may read its account.
func forbidden(q request, detail string) string {
	permission, documented := "", q.label == zonesLabel || q.label == zoneLabel && q.method == http.MethodDelete
	switch {
	case q.label == accountLabel:
		return ""
	case q.method == http.MethodGet && q.label == zonesLabel:
		permission = PermissionList
	case q.method == http.MethodGet:
		permission = "dns:read"
	case q.method == http.MethodPost:
		permission = PermissionCreate
	case q.method == http.MethodPatch:
		permission = "dns:update"
	case q.method == http.MethodDelete:
		permission = PermissionDelete
	}
	lacks := "lacks"
	if !documented {
		lacks = "probably lacks"
	}
	hint := "create a token that has it in the dashboard (/account/developers/)"
	if strings.Contains(detail, permission) {
		return hint
	}
	return fmt.Sprintf("the token %s the permission %s; %s", lacks, permission, hint)
}

// An Account is what the service says about the token.
type Account struct {
	// Token is the name that the token was given in the dashboard.
	Token string
	// Permissions are the permissions of the token, if Known is true.
	Permissions []string
	// Known is false if the service did not list the permissions.
	Known bool
}

// Check asks the service whether it accepts the token, without touching a zone. It returns
// an error if the service rejects the token or cannot be reached. If the service does not
// offer this call, or answers it differently than documented, the account is unknown.
func (c *Client) Check(ctx context.Context) (Account, error) {
	q := request{method: http.MethodGet, url: c.endpoint("account", "me"), label: accountLabel, replay: true, brief: true}
	var account Account
	q.read = func(r *jsonReader) error {
		account = readAccount(r)
		return nil
	}
	_, err := c.do(ctx, q)
	if e, ok := asError(err); ok {
		switch {
		case e.Denied():
			return Account{}, fmt.Errorf("the service does not accept the token: %w", err)
		case e.Status >= 300 && e.Status < 500 && !e.Temporary(), errors.Is(err, errTooLarge):
			return Account{}, nil
		}
	}
	if err != nil {
		return Account{}, err
	}
	return account, nil
}

// readAccount reads as much of an account as is readable.
func readAccount(r *jsonReader) Account {
	var wire struct {
		Token struct {
			Name        json.RawMessage `json:"name"`
			Permissions json.RawMessage `json:"permissions"`
		} `json:"token"`
	}
	err := r.whole(func(byte) error {
		body, err := r.raw()
		if err == nil {
			_ = json.Unmarshal(body, &wire) // it is JSON; what is of another kind than expected is left out
		}
		return err
	})
	if err != nil {
		return Account{}
	}
	a := Account{}
	if name := wire.Token.Name; len(name) > 0 && !scalarOf(name).odd {
		a.Token = scalarOf(name).s
	}
	var names []string
	if json.Unmarshal(wire.Token.Permissions, &names) == nil && names != nil {
		a.Permissions, a.Known = names, true
	}
	return a
}

// Missing returns those of the needed permissions that the token certainly lacks: documented
// ones, if the permissions of the token are known and none of them might include others.
func (a Account) Missing(need ...string) []string {
	if !a.Known || slices.ContainsFunc(a.Permissions, broad) {
		return nil
	}
	var missing []string
	for _, p := range need {
		if documented(p) && !slices.ContainsFunc(a.Permissions, func(have string) bool { return fold(have) == fold(p) }) {
			missing = append(missing, p)
		}
	}
	return missing
}

func documented(permission string) bool {
	switch fold(permission) {
	case PermissionList, PermissionCreate, PermissionDelete:
		return true
	}
	return false
}

// broad reports whether a permission might include others: all do except the documented
// ones for DNS, and the plain ones for the service's other pages.
func broad(permission string) bool {
	if documented(permission) {
		return false
	}
	family, verb, ok := strings.Cut(fold(permission), ":")
	if !ok {
		return true
	}
	switch family {
	case "servers", "domains", "account":
	default:
		return true
	}
	switch verb {
	case "list", "read", "create", "update", "delete":
		return false
	}
	return true
}

func fold(permission string) string { return strings.ToLower(strings.TrimSpace(permission)) }

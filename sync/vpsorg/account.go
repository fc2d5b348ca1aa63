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

// The permissions that the service documents for DNS. There are more, whose names are
// not known.
const (
	PermissionList   = "dns:list"
	PermissionCreate = "dns:create"
	PermissionDelete = "dns:delete"
)

// An Account is what the service says of the token.
type Account struct {
	// Token is the name that the token was given in the dashboard.
	Token string
	// Permissions are the token's. The list means something only where Known holds.
	Permissions []string
	// Known is false where the service did not list the permissions.
	Known bool
}

// Check asks the service whether it accepts the token, without touching a zone. It gives
// an error where it does not, or cannot be reached. A service that does not know the
// question, or answers it in another way than documented, leaves the account unknown.
func (c *Client) Check(ctx context.Context) (Account, error) {
	q := request{method: http.MethodGet, url: c.endpoint("account", "me"), label: "/account/me/", replay: true, brief: true}
	a, err := c.do(ctx, q)
	if e, ok := asError(err); ok {
		switch {
		case e.Denied():
			return Account{}, fmt.Errorf("VPS_API_TOKEN: the service does not accept the token: %w", err)
		case e.Status >= 300 && e.Status < 500 && !e.Temporary(), errors.Is(err, errTooLarge):
			return Account{}, nil
		}
	}
	if err != nil {
		return Account{}, err
	}
	return parseAccount(a.body), nil
}

// parseAccount reads an account as far as it can be read.
func parseAccount(body []byte) Account {
	var wire struct {
		Token struct {
			Name        scalar          `json:"name"`
			Permissions json.RawMessage `json:"permissions"`
		} `json:"token"`
	}
	if decodeJSON(body, &wire) != nil {
		return Account{}
	}
	a := Account{}
	if !wire.Token.Name.odd {
		a.Token = wire.Token.Name.s
	}
	var names []string
	if json.Unmarshal(wire.Token.Permissions, &names) == nil && names != nil {
		a.Permissions, a.Known = names, true
	}
	return a
}

// Missing gives those of the needed permissions that the token surely lacks: documented
// ones, where the list of permissions is known and holds no name that might cover them.
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

// broad reports whether a permission may cover others: any but the documented ones for
// DNS, and plain ones for the service's other pages.
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

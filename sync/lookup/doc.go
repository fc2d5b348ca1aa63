// Package lookup asks the DNS: it transfers zones from other name servers ([Transfer]).
package lookup

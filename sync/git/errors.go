package git

import (
	"errors"
	"fmt"
)

// What can go wrong, for errors.Is. After each of these the commit read before can
// still be read, and nothing may be concluded about the files: gone is not empty.
var (
	// ErrBranchGone means that the remote answered and does not list the branch:
	// it was deleted or renamed, or the remote's HEAD points to no branch.
	ErrBranchGone = errors.New("the remote lists no such branch (deleted or renamed?)")
	// ErrEmpty means that the remote lists no reference at all.
	ErrEmpty = errors.New("the repository is empty")
	// ErrSHA256 means that the repository uses SHA-256 object names.
	ErrSHA256 = errors.New("SHA-256 repositories are not supported")
	// ErrNotFound means that there is no repository at the address, or none that
	// these credentials may see.
	ErrNotFound = errors.New("no such repository, or not visible with these credentials")
	// ErrNotGit means that something other than a Git server answered, such as a
	// log-in page.
	ErrNotGit = errors.New("no Git server answers there")
	// ErrAuth means that the credentials are missing, unreadable or refused.
	ErrAuth = errors.New("credentials refused")
	// ErrHostKey means that the SSH server's key differs from the one in the known
	// hosts file, or that the file does not list the server.
	ErrHostKey = errors.New("unknown SSH host key")
	// ErrBusy means that the server refused for now and said when to come back.
	ErrBusy = errors.New("the server asked to wait")
	// ErrSilent means that the remote accepted the connection and then sent nothing
	// for as long as Options.Silence.
	ErrSilent = errors.New("the remote is silent")
	// ErrPartial means that a part of the commit did not arrive.
	ErrPartial = errors.New("the commit is incomplete")
	// ErrUnknown means that the history at hand is too short to tell, as it can be
	// with Options.Depth.
	ErrUnknown = errors.New("the history at hand does not reach that far")
	// ErrNoCommit means that the repository at hand has no commit of that name.
	ErrNoCommit = errors.New("no such commit")
)

// Errors after which Pull starts over.
var (
	// errMoved means that the branch moved between the remote's list of references and
	// its pack, so that the listed commit can no longer be fetched.
	errMoved = errors.New("the branch moved while it was read")
	// errNoFilter means that the server offers to filter objects, but not by size.
	errNoFilter = errors.New("the server does not filter by size")
)

// A LimitError means that a repository goes beyond what Options allow.
type LimitError struct {
	What   string // what is too large, such as "reference list"
	Limit  int64
	Unit   string // "bytes", "objects", "entries", "folders" or "commits"
	Option string // the field of Options to raise: "MaxBytes" or "MaxFileBytes"; "" is none
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: more than %d %s", e.What, e.Limit, e.Unit)
}

package git

import "errors"

// What can be wrong, to branch on with errors.Is. After each of them the commit
// that was read before is still readable, and nothing may be concluded about
// the files: gone is not empty.
var (
	// ErrBranchGone means that the remote answered and does not list the branch:
	// it was deleted or renamed, or the remote's HEAD names no branch.
	ErrBranchGone = errors.New("the remote lists no such branch (deleted or renamed?)")
	// ErrEmpty means that the remote lists no reference at all.
	ErrEmpty = errors.New("the repository is empty")
	// ErrSHA256 means that the repository names its objects by SHA-256.
	ErrSHA256 = errors.New("the repository is of the SHA-256 kind, which is not supported")
	// ErrNotFound means that there is no repository at the address, or none
	// that these credentials may see.
	ErrNotFound = errors.New("no such repository, or not visible with these credentials")
	// ErrAuth means that the credentials are missing, unreadable or refused.
	ErrAuth = errors.New("credentials refused")
	// ErrHostKey means that the ssh server's key is not the one in the known
	// hosts file, or that the file does not know the server.
	ErrHostKey = errors.New("the ssh host key is not the known one")
	// ErrSilent means that the remote accepted the connection and then said
	// nothing for as long as Options.Silence.
	ErrSilent = errors.New("the remote is silent")
	// ErrPartial means that something of the commit did not arrive.
	ErrPartial = errors.New("the commit is not whole")
	// ErrUnknown means that the history at hand does not reach far enough to
	// tell, as with Options.Depth.
	ErrUnknown = errors.New("the history at hand does not reach that far")
	// ErrNoCommit means that the repository at hand has no commit of that hash.
	ErrNoCommit = errors.New("no such commit")
	// ErrUnsigned means that a commit carries no valid signature by a trusted key.
	ErrUnsigned = errors.New("not signed by a trusted key")
)

// errMoved means that the branch moved between the remote's listing and its
// pack, so that the listed commit can no longer be had.
var errMoved = errors.New("the branch moved while it was read")

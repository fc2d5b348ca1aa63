// Package snapshot writes live zones as JSON, and reads them back, so that a plan can be made
// where there is no access to the API, as for a pull request from a fork.
//
// A snapshot has the records in the canonical form in which they were read, and no ids of the
// service. A plan that is made against it is the one that would be made against the API at
// that time. Its digest finds damage, not malice.
package snapshot

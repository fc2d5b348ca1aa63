// Package render shows a plan to people: as text on a terminal, as markdown for the comment
// in a pull request, as a page of HTML, and in one line for a check.
//
// All of them come from one view of the plan, which orders changes by risk, deletions first
// among equals, and keeps one small entry in memory for each. The plan as JSON keeps the
// order of the calls and is the plan's own ([diff.Plan.JSON]).
//
// Whatever the plan holds is data. It can neither end the block that it stands in nor be
// taken for markup, whoever chose the names and values of the records.
package render

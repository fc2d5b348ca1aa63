#!/usr/bin/env bash
# What action.yml does, with its inputs in INPUT_*: install the program, check the zone
# files, plan, comment, and set the outputs.
#
# RELEASES_URL is where releases are, for a mirror: a URL with https, or file for a folder.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/install.sh"
source "$here/proposal.sh"

tmp=$(mktemp -d "${RUNNER_TEMP:-/tmp}/zonetender.XXXXXX")
plan=$tmp/plan.json

# quietly runs a command whose output quotes zone files. What they say is no command to the
# runner.
quietly() {
  local token status=0
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  "$@" || status=$?
  echo
  echo "::$token::"
  return "$status"
}

# for_pull_request reports whether the run is for one, so that there is where to comment.
for_pull_request() {
  case ${GITHUB_EVENT_NAME:-} in
    push | schedule | workflow_dispatch | merge_group | release | create | delete) return 1 ;;
  esac
}

# refuse_target ends a run for pull_request_target: what such a run checks out is the base, of
# which a plan says nothing about the pull request, or else a fork's files beside the secrets.
refuse_target() {
  if [ "${GITHUB_EVENT_NAME:-}" != pull_request_target ]; then return; fi
  echo "::error::zonetender: pull_request_target: plan on pull_request, or on workflow_run for forks" >&2
  return 1
}

# boolean refuses a value that is neither true nor false.
boolean() {
  if [ "$2" = true ] || [ "$2" = false ]; then return; fi
  echo "::error::zonetender: input $1: expected true or false" >&2
  return 1
}

# base_branch makes the pull request's base branch known, and prints how it is called here.
base_branch() {
  local branch=${GITHUB_BASE_REF:-} remote
  if [ -z "$branch" ]; then return; fi
  remote=refs/remotes/origin/$branch
  if ! git rev-parse --quiet --verify "$remote^{commit}" >/dev/null; then
    git fetch --quiet --no-tags origin "+refs/heads/$branch:$remote" >&2
  fi
  echo "origin/$branch"
}

# write_plan plans into $plan. Without a comment the summary of the run shows the plan.
write_plan() {
  local args=(--out "$plan" --detailed-exitcode) status=0
  if [ -n "$base" ]; then args+=(--base "$base"); fi
  if [ -n "$INPUT_SNAPSHOT" ]; then args+=(--live "$INPUT_SNAPSHOT"); fi
  if [ "$comment" = false ]; then args+=(--format markdown); fi
  zonetender plan "${args[@]}" ${directory:+"$directory"} >"$tmp/plan.txt" || status=$?
  cat "$tmp/plan.txt"
  if [ "$comment" = false ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$tmp/plan.txt" >>"$GITHUB_STEP_SUMMARY"; fi
  return "$status"
}

write_comment() {
  local args=()
  if [ -n "$INPUT_KEY" ]; then args+=(--key "$INPUT_KEY"); fi
  if [ "${GITHUB_EVENT_NAME:-}" = workflow_run ]; then args+=(--base-branch "$GITHUB_REF_NAME"); fi
  zonetender comment ${args[@]+"${args[@]}"} "$plan"
}

# outputs reads the plan line by line: in its JSON a value is never on more than one line,
# and what belongs to the plan and to its zones is known by how far it is indented.
outputs() {
  awk '
    /^  "approval": "[0-9a-f]+",?$/ || /^      "approval": "[0-9a-f]+",?$/ { gsub(/[ ",]|approval|:/, ""); codes = codes sep $0; sep = " " }
    /^      "action": "(create|delete)",$/ { changes++ }
    /^  "summary": \{$/ { summary = 1 }
    summary && /^    "(create|update|delete)": [0-9]+,$/ { gsub(/[^0-9]/, ""); changes += $0 }
    summary && /^    "risk": "[a-z]*"$/ { gsub(/[ "]|risk|:/, ""); risk = $0 }
    END { printf "changes=%d\nrisk=%s\napproval-codes=%s\n", changes, risk, codes }
  ' "$plan"
  echo "plan-file=$plan"
}

main() {
  local status=0 invalid=0 format=text
  refuse_target
  boolean comment "$INPUT_COMMENT"
  boolean strict "$INPUT_STRICT"
  comment=$INPUT_COMMENT
  if ! for_pull_request; then comment=false; fi
  install_zonetender "$tmp/bin"
  PATH=$tmp/bin:$PATH
  directory=$INPUT_DIRECTORY
  base=$INPUT_BASE
  if [ "${GITHUB_EVENT_NAME:-}" = workflow_run ]; then
    fetch_proposal "$tmp/repository"
    cd "$tmp/repository"
    base=${base:-origin/$GITHUB_REF_NAME}
  else
    base=${base:-$(base_branch)}
  fi

  # Where there is a comment, the check has the annotations.
  local validate=(validate) strict=()
  if [ "$comment" = false ]; then format=github; fi
  if [ "$INPUT_STRICT" = true ]; then strict=(--strict); fi
  validate+=(--format "$format" ${strict[@]+"${strict[@]}"} ${directory:+"$directory"})
  if [ "$format" = github ]; then
    zonetender "${validate[@]}" || invalid=$?
  else
    quietly zonetender "${validate[@]}" || invalid=$?
  fi

  quietly write_plan || status=$?
  if [ -s "$plan" ]; then
    outputs >>"${GITHUB_OUTPUT:-/dev/stdout}"
    if [ "$comment" != false ]; then quietly write_comment; fi
  fi
  # Changes are what a pull request is for; refusals and mistakes are not.
  if [ "$status" = 2 ]; then status=0; fi
  if [ "$status" = 0 ]; then status=$invalid; fi
  exit "$status"
}

main

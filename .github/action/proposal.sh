# Gets what a pull request from a fork proposes, without running anything of it.

# fetch_proposal makes a repository in which the default branch and HEAD_SHA are merged. The
# fork's files are data in it: no hook, filter or submodule runs, and a symbolic link becomes
# a file that holds its text. So nothing outside the repository can be read through one.
fetch_proposal() {
  local to=$1 branch=$GITHUB_REF_NAME url=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY
  if ! [[ ${HEAD_SHA:-} =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]]; then
    echo "::error::zonetender: the event names no head commit" >&2
    return 1
  fi
  git init --quiet --template= "$to"
  local git=(git -C "$to" -c core.hooksPath=/dev/null -c submodule.recurse=false -c user.name=zonetender -c user.email=zonetender@localhost)
  "${git[@]}" config core.symlinks false
  "${git[@]}" remote add origin "$url"
  mkdir -p "$to/.git/info"
  # These win over the .gitattributes of the fork.
  echo '* -text -filter -ident -working-tree-encoding !merge' >"$to/.git/info/attributes"
  with_token "${git[@]}" fetch --quiet --no-tags --no-recurse-submodules origin \
    "+refs/heads/$branch:refs/remotes/origin/$branch" "$HEAD_SHA"
  "${git[@]}" checkout --quiet --detach "refs/remotes/origin/$branch"
  if ! "${git[@]}" merge --quiet --no-edit --no-verify-signatures "$HEAD_SHA" >&2; then
    echo "::error::zonetender: commit $HEAD_SHA cannot be merged into $branch" >&2
    return 1
  fi
}

# with_token runs git with the workflow's token for the repository, and keeps it out of
# arguments and files.
with_token() {
  if [ -z "${GITHUB_TOKEN:-}" ]; then
    "$@"
    return
  fi
  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" \
    GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 | tr -d '\n')" \
    GIT_TERMINAL_PROMPT=0 "$@"
}

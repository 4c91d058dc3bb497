#!/usr/bin/env bash
# Checks a policy and, where there is a base, compares it with that. Writes the reports and the worst exit code to the step's
# outputs, and ends with 0: the action's last step ends with that code.
#
# NEXUSC      the program
# POLICY      the policy, relative to this folder
# BASE        the revision to compare with; empty: the base branch of the pull request, if this is one
# APPROVALS   a file of approvals, or empty
# FAIL_ON     the severity that fails the check
# COMMENT_ID  the id in the comment's marker
set -uo pipefail

reports=$(mktemp -d "$RUNNER_TEMP/nexusc-reports.XXXXXX")
worst=0

# 2 and everything unknown is worse than 1, and that than 3.
rank() {
  case "$1" in 0) echo 0 ;; 3) echo 1 ;; 1) echo 2 ;; *) echo 3 ;; esac
}
note() {
  if [ "$(rank "$1")" -gt "$(rank "$worst")" ]; then worst=$1; fi
}
output() {
  printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}

if [ -z "$BASE" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  BASE="origin/$GITHUB_BASE_REF"
fi

# Annotations and the summary are those of the comparison, where there is one: GitHub shows ten annotations of a step.
annotations=github
if [ -n "$BASE" ]; then annotations=human; fi
"$NEXUSC" check --fail-on="$FAIL_ON" --format="$annotations" --report="json=$reports/check.json" \
  --report="sarif=$reports/check.sarif" --report="github=$reports/annotations" -- "$POLICY"
note $?

if [ -n "$BASE" ]; then
  from=(--base="$BASE:./$POLICY")
  # What the base does not have yet: the first policy, and the first approvals. nexusc reports a base that cannot be read.
  if commit=$(git rev-parse --verify --quiet --end-of-options "$BASE^{commit}") && start=$(git merge-base "$commit" HEAD); then
    if ! git cat-file -e "$start:./$POLICY" 2> /dev/null; then
      echo '::notice title=nexusc::the base has no policy at this path: it is compared with an empty one'
      from=(--no-base)
    elif [ -n "$APPROVALS" ] && git cat-file -e "$start:./$APPROVALS" 2> /dev/null; then
      from+=(--approvals="$APPROVALS")
    fi
  fi
  "$NEXUSC" diff "${from[@]}" --format=github --comment-id="$COMMENT_ID" --report="json=$reports/diff.json" \
    --report="markdown=$reports/comment.md" -- "$POLICY"
  code=$?
  note "$code"
  if [ ! -s "$reports/comment.md" ] && [ -f "$reports/annotations" ]; then cat "$reports/annotations"; fi
fi

output exit-code "$worst"
output reports "$reports"
if [ -s "$reports/check.sarif" ]; then output sarif "$reports/check.sarif"; fi
if [ -s "$reports/comment.md" ]; then output comment "$reports/comment.md"; fi
exit 0

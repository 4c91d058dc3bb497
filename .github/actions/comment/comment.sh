#!/usr/bin/env bash
# Writes a report as the one comment of a pull request: updates the newest own comment with the report's marker, deletes older
# ones, and creates one where there is none. A report without any change updates a comment, but creates none.
#
# REPORT        the file; its first line is the marker
# PULL_REQUEST  the number
# AUTHOR        the login that GH_TOKEN comments as: anyone can write a comment with our marker
# GITHUB_REPOSITORY, GH_TOKEN
set -euo pipefail

marker=$(head -n 1 -- "$REPORT")
marker=${marker%$'\r'}
if ! [[ "$marker" =~ ^'<!-- nexusc:report id='[A-Za-z0-9._-]+' -->'$ ]]; then
  echo "error: $REPORT does not begin with the marker of a report of nexusc" >&2
  exit 2
fi
if ! [[ "$PULL_REQUEST" =~ ^[1-9][0-9]*$ ]]; then
  echo 'error: PULL_REQUEST is not a number' >&2
  exit 2
fi
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
comment="repos/$GITHUB_REPOSITORY/issues/comments"
body=$(mktemp)
trap 'rm -f -- "$body"' EXIT
jq --raw-input --slurp '{body: .}' < "$REPORT" > "$body"

# All pages; the whole first line must be the marker, as one id can be the beginning of another.
own=$(gh api --paginate "$comments?per_page=100" | jq --raw-output --slurp --arg author "$AUTHOR" --arg marker "$marker" '
  [.[][] | select(.user.login == $author and (.body | split("\n")[0] | rtrimstr("\r")) == $marker)]
  | sort_by(.created_at, .id) | reverse | .[].id')

newest=
for id in $own; do
  if [ -z "$newest" ]; then
    newest=$id
    gh api --silent --method PATCH "$comment/$id" --input "$body"
    echo "updated comment $id"
  else
    gh api --silent --method DELETE "$comment/$id"
    echo "deleted the older comment $id"
  fi
done
if [ -z "$newest" ]; then
  heading=$(sed -n 2p -- "$REPORT")
  if [ "$heading" = '### Temporal Nexus: accepted — no access changes' ]; then
    echo 'no access changes: no comment needed'
  else
    gh api --silent --method POST "$comments" --input "$body"
    echo 'created a comment'
  fi
fi

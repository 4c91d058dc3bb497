#!/bin/sh
# Makes seeds of the examples and of the policies on the pages of the language and its codes.
set -eu
cd "$(dirname "$0")"
mkdir -p corpus/hcl corpus/json corpus/evaluate
count=0
for file in $(find ../../examples -name '*.nexus.hcl' -o -name '*.nexus.json' | sort); do
  count=$((count + 1))
  cp "$file" "corpus/${file##*.}/example-$count"
  cp "$file" "corpus/evaluate/example-$count"
done
find ../../examples/acme -name '*.nexus.hcl' -exec cat {} + > corpus/evaluate/acme
# What the pages show takes an account for granted.
awk '
  /^```(hcl|json)$/ { format = substr($0, 4); number++; empty = 1; next }
  /^```/ { format = "" }
  format != "" {
    print > ("corpus/" format "/page-" number)
    if (empty && format == "hcl" && !/^account/) {
      print "account { id = \"a2dd6\" }" > ("corpus/evaluate/page-" number)
    }
    print > ("corpus/evaluate/page-" number)
    empty = 0
  }
' ../../docs/codes.md ../../docs/language.md ../../README.md

#!/usr/bin/env bash
# bounded-log.sh FILE BYTES: appends standard input to FILE; past BYTES the file becomes FILE.1, so at most twice that is kept.
# For a daemon started by hand on a machine without systemd or logrotate.
set -euo pipefail
file=$1 limit=$2 size=0
[ ! -f "$file" ] || size=$(stat -c %s "$file")
while IFS= read -r line; do
  if [ "$size" -gt "$limit" ]; then
    mv -f "$file" "$file.1"
    size=0
  fi
  printf '%s\n' "$line" >>"$file"
  size=$((size + ${#line} + 1))
done

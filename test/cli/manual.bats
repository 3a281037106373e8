#!/usr/bin/env bats
# manual.bats - manual pages and the shell's completion say what --help says
bats_require_minimum_version 1.5.0

commands() {
    capstan describe | jq -r '.[].name'
}

# A page as a terminal of many columns shows it, without bold and italics.
page() {
    capstan describe --man "$1" | groff -man -Tutf8 -ww -rLL=300n -P-c -P-b -P-o -P-u
}

@test "every page is roff without a warning" {
    while IFS= read -r name; do
        run -0 --separate-stderr page "$name"
        [ -z "$stderr" ] || { echo "$name: $stderr" && false; }
        [[ $output == *NAME* && $output == *SYNOPSIS* ]]
    done < <(echo capstan && commands)
}

@test "what --help tells of stands in the page: usage, options, keys, exit codes, example" {
    while IFS= read -r name; do
        # shellcheck disable=SC2086 # a name is one word or two
        help=$(capstan $name --help)
        page=$(page "$name")
        seen=0
        while IFS= read -r line; do # "  -o, --out OUT", "  trees N", "  FILE", "  3   refused"
            grep -qE -- "^ +$(sed 's/[][().*^$|+?\\]/\\&/g' <<<"$line")( |\$)" <<<"$page" ||
                { echo "$name: no \"$line\" in" && echo "$page" && false; }
            seen=$((seen + 1))
        done < <(sed -nE '/^(Arguments|Options|Keys|Exit|Example)/,$ { s/^  ([^ ]+(, --[^ ]+)?( [^ a-z][^ ]*)?).*/\1/p }' <<<"$help")
        [ "$seen" -ge 9 ]
        [[ $page == *"$(head -1 <<<"${help#Usage: }")"* ]]
    done < <(commands)
}

@test "capstan's own page has every command" {
    own=$(page capstan)
    while IFS= read -r name; do
        grep -qE "^ +capstan $name\$" <<<"$own"
    done < <(commands)
}

@test "there is no page of a command that is none" {
    run -2 --separate-stderr capstan describe --man lst
    [ -z "$output" ]
    [[ $stderr == *"there is no command lst"* ]]
    run -2 capstan describe --completion fish
}

# What bash offers for a line; the last word is the one being typed.
offered() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _capstan
    printf '%s\n' "${COMPREPLY[@]}" | sort
}

load_completion() {
    capstan describe --completion bash >"$BATS_TEST_TMPDIR/completion"
    # shellcheck source=/dev/null
    source "$BATS_TEST_TMPDIR/completion"
}

@test "completion offers commands, each once" {
    load_completion
    diff <(offered capstan '' | grep -v -e '^help$' -e ^--) <(commands | cut -d' ' -f1 | sort -u)
    [ "$(offered capstan prom)" = promote ]
    [ "$(offered capstan help prom)" = promote ]
    [ "$(offered capstan schema '' | xargs)" = "diff infer show" ]
    [[ $(complete -p capstan) == *"-F _capstan capstan" ]]
}

@test "completion offers all options of a command" {
    load_completion
    while IFS= read -r name; do
        # shellcheck disable=SC2086 # a name is one word or two
        diff <(offered capstan $name --) \
            <(capstan describe | jq -r --arg name "$name" '.[] | select(.name == $name) |
                (.options + .common)[] | select(.positional | not) | .usage' |
                sed -E 's/.*(--[a-z-]+).*/\1/' | sort)
    done < <(commands)
    [ "$(offered capstan train --feat)" = --features ]
    [ "$(offered capstan schema infer --pipe)" = --pipeline ]
}

@test "completion offers the values that an option or argument may have, else files" {
    load_completion
    [ "$(offered capstan train --progress '' | xargs)" = "auto bar log none" ]
    [ "$(offered capstan train --progress l)" = log ]
    [ "$(offered capstan train --progress = l)" = log ]
    [ "$(offered capstan export --format '' | xargs)" = "csv netcdf" ]
    [ "$(offered capstan list mod)" = model ]
    [ -z "$(offered capstan train --pipeline '')" ] # bash goes on with names of files
    [ -z "$(offered capstan ingest land)" ]
    [ -z "$(offered capstan nothing --)" ]
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of umlctl(1) for bash. Verbs and options come from umlctl itself (`umlctl help --list`, `help --options
# VERB`), so this file knows none of them and cannot grow stale. Names of guests, images and jobs are asked of
# umld; without one there are none.

# The verb on the line so far ("start", "image build"), or the first word of a family.
_umlctl_verb() {
	local word skip=0 verb=""
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if ((skip)); then
			skip=0
			continue
		fi
		case $word in
		-o | --output | --socket) skip=1 ;;
		-*) ;;
		=) skip=1 ;;
		*)
			verb=${verb:+$verb }$word
			if grep -qxF -- "$verb" <<<"$1"; then
				break
			fi
			grep -q -- "^$verb " <<<"$1" || break
			;;
		esac
	done
	printf '%s\n' "$verb"
}

# Candidates for a word that the verb table calls $1.
_umlctl_values() {
	local at=()
	[[ -n $3 ]] && at=(--socket "$3")
	case $1 in
	*FILE*) compgen -f -- "$2" ;;
	*GUEST*) compgen -W "$(umlctl "${at[@]}" -q list 2>/dev/null)" -- "$2" ;;
	*IMAGE*) compgen -W "$(umlctl "${at[@]}" -q image list 2>/dev/null)" -- "$2" ;;
	JOB) compgen -W "$(umlctl "${at[@]}" -q job list 2>/dev/null)" -- "$2" ;;
	USER) compgen -u -- "$2" ;;
	*VERB*) compgen -W "$(umlctl help --list)" -- "$2" ;;
	*'|'*) compgen -W "$(tr '|' ' ' <<<"${1%%[*}")" -- "$2" ;;
	esac
}

_umlctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verbs verb options value socket="" i
	COMPREPLY=()
	# "--opt=value" arrives as three words
	if [[ $cur == = ]]; then
		cur=""
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	verbs=$(umlctl help --list 2>/dev/null) || return
	verb=$(_umlctl_verb "$verbs")
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --socket ]] && socket=${COMP_WORDS[i + 1]}
		[[ ${COMP_WORDS[i]} == --socket && $socket == = ]] && socket=${COMP_WORDS[i + 2]}
	done
	# shellcheck disable=SC2086 # a verb may be two words
	options=$(umlctl help --options $verb 2>/dev/null)

	[[ $prev == -o ]] && prev=--output
	value=$(sed -n "s/^$prev //p" <<<"$options")
	if [[ $prev == --* && -n $value && $value != - ]]; then
		mapfile -t COMPREPLY < <(_umlctl_values "$value" "$cur" "$socket")
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n 's/^\(--[^ ]*\) .*/\1/p' <<<"$options")" -- "$cur")
	elif grep -qxF -- "$verb" <<<"$verbs"; then
		value=$(grep -v '^--' <<<"$options")
		[[ $verb == "image import" ]] && value=FILE
		mapfile -t COMPREPLY < <(_umlctl_values "$value" "$cur" "$socket")
	elif [[ -n $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$verb //p" <<<"$verbs")" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$(cut -d' ' -f1 <<<"$verbs" | sort -u)" -- "$cur")
	fi
}

complete -o filenames -o bashdefault -F _umlctl umlctl

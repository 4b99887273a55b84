/** The shells for which there is a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * Scripts that make a shell complete `slipway`. Each script asks `slipway __complete <words>` (see answer.ts), so that one place
 * knows the commands, and offers what it answers.
 */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

const scripts: Record<Shell, string> = {
  // bash splits words at the characters of COMP_WORDBREAKS, `:` and `=` among them, and replaces only the last piece.
  bash: `# bash completion for slipway
_slipway() {
  local line=\${COMP_LINE:0:COMP_POINT} rest i piece gap words=()
  rest=$line
  for ((i = 0; i <= COMP_CWORD; i++)); do
    gap=\${rest%%[![:space:]]*}
    rest=\${rest#"$gap"}
    piece=\${COMP_WORDS[i]}
    [[ $i -eq $COMP_CWORD ]] && piece=$rest
    rest=\${rest#"$piece"}
    if [[ $i -eq 0 || -n $gap ]]; then words+=("$piece"); else words[-1]+=$piece; fi
  done
  local word=\${words[-1]} answers=() last before=''
  mapfile -t answers < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
  [[ \${#answers[@]} -gt 0 ]] || return 0
  last=\${answers[-1]}
  unset 'answers[-1]'
  case $word in
    *[:=]*) before=\${word%"\${word##*[:=]}"} ;;
  esac
  COMPREPLY=()
  for piece in "\${answers[@]}"; do
    piece=\${piece%%$'\\t'*}
    COMPREPLY+=("\${piece#"$before"}")
  done
  case $last in
    :files) compopt -o default ;;
    :directories) compopt -o dirnames ;;
    :open) compopt -o nospace ;;
  esac
}
complete -F _slipway slipway
`,
  zsh: `#compdef slipway
_slipway() {
  local -a answers values shown
  local last answer
  answers=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  last=$answers[-1]
  for answer in "\${(@)answers[1,-2]}"; do
    values+=("\${answer%%$'\\t'*}")
    shown+=("\${answer/$'\\t'/  -- }")
  done
  case $last in
    :files) [[ $PREFIX = --*=* ]] && compset -P '*='; _files ;;
    :directories) [[ $PREFIX = --*=* ]] && compset -P '*='; _files -/ ;;
    :open) compadd -l -S '' -d shown -a values ;;
    *) compadd -l -d shown -a values ;;
  esac
}
if [[ $funcstack[1] = _slipway ]]; then _slipway "$@"; else compdef _slipway slipway; fi
`,
  fish: `# fish completion for slipway
function __slipway_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l answers (command $words[1] __complete $words[2..] "$word" 2>/dev/null)
    set -q answers[1]; or return
    switch $answers[-1]
        case :files
            __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word")
        case :directories
            __fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$word")
        case '*'
            set -e answers[-1]
            printf '%s\\n' $answers
    end
end
complete -c slipway -f -a '(__slipway_complete)'
`,
};

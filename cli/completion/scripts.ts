export const SHELLS = ['bash', 'zsh', 'fish', 'pwsh'] as const
export type Shell = (typeof SHELLS)[number]

/** What a shell is to read; each asks `rq __complete` with the words so far, the unfinished one last. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# rq completion bash > /etc/bash_completion.d/rq, or in ~/.bashrc: eval "$(rq completion bash)"
_rq_complete() {
  local IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  case "\${COMP_WORDS[0]##*/}" in
    rqworker) words=(worker "\${words[@]}") ;;
    rqinfo) words=(info "\${words[@]}") ;;
  esac
  COMPREPLY=($(rq __complete -- "\${words[@]}" 2>/dev/null | cut -f1))
}
complete -o default -F _rq_complete rq rqworker rqinfo
`,
  zsh: `#compdef rq rqworker rqinfo
# rq completion zsh > "\${fpath[1]}/_rq", or in ~/.zshrc: eval "$(rq completion zsh)"
_rq() {
  local -a asked found
  asked=("\${(@)words[2,CURRENT]}")
  case "\${words[1]:t}" in
    rqworker) asked=(worker "\${asked[@]}") ;;
    rqinfo) asked=(info "\${asked[@]}") ;;
  esac
  found=("\${(@f)$(rq __complete -- "\${asked[@]}" 2>/dev/null | cut -f1)}")
  found=("\${(@)found:#}")
  if (( \${#found} )); then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" == _rq ]]; then _rq "$@"; else compdef _rq rq rqworker rqinfo; fi
`,
  fish: `# rq completion fish > ~/.config/fish/completions/rq.fish
complete -c rq -a '(rq __complete -- (commandline -opc)[2..] (commandline -ct))'
complete -c rqworker -a '(rq __complete -- worker (commandline -opc)[2..] (commandline -ct))'
complete -c rqinfo -a '(rq __complete -- info (commandline -opc)[2..] (commandline -ct))'
`,
  pwsh: `# In your $PROFILE: rq completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName rq, rqworker, rqinfo -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $asked = @($words | Select-Object -Skip 1)
  if ($wordToComplete -eq '') { $asked += '' }
  if ($words[0] -match 'rqworker') { $asked = @('worker') + $asked }
  if ($words[0] -match 'rqinfo') { $asked = @('info') + $asked }
  rq __complete -- @asked 2>$null | ForEach-Object {
    $word, $what = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $what)
  }
}
`,
}

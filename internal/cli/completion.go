package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints the completion of a shell.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown behind the sentence of the command.
func (completionCommand) Help() string {
	return help("source <(nameplate completion bash)", "nameplate completion zsh > ~/.zfunc/_nameplate",
		"nameplate completion fish > ~/.config/fish/completions/nameplate.fish")
}

// script is a completion as JSON.
type script struct {
	Shell  string `json:"shell"`
	Script string `json:"script"`
}

// Run prints it.
func (c completionCommand) Run(r *run, ctx *kong.Context) error {
	shell := map[string]func([]step) string{"bash": bash, "zsh": zsh, "fish": fish}[c.Shell]
	text := shell(steps(ctx.Model.Node, ""))
	return r.say(script{c.Shell, text}, text)
}

// step is what may follow after some words of a command.
type step struct {
	After string // the words, with a space before each
	Words []word
}

type word struct {
	Text string
	Help string
	Flag bool
}

// steps walks the grammar.
func steps(node *kong.Node, after string) []step {
	here := step{After: after}
	for _, child := range node.Children {
		here.Words = append(here.Words, word{child.Name, child.Help, false})
	}
	flags := node
	if node.DefaultCmd != nil {
		flags = node.DefaultCmd
	}
	for _, group := range flags.AllFlags(true) {
		for _, f := range group {
			here.Words = append(here.Words, word{"--" + f.Name, f.Help, true})
		}
	}
	all := []step{here}
	for _, child := range node.Children {
		all = append(all, steps(child, after+" "+child.Name)...)
	}
	return all
}

// path is the part of a shell's function that finds the words of the command
// among all that was typed.
func path(words string, all []step) string {
	var known []string
	for _, s := range all {
		for _, w := range s.Words {
			if !w.Flag {
				known = append(known, w.Text)
			}
		}
	}
	return fmt.Sprintf("  for word in %s; do\n    case \"$word\" in\n      %s) place=\"$place $word\" ;;\n    esac\n  done\n", words, strings.Join(known, "|"))
}

func bash(all []step) string {
	var b strings.Builder
	b.WriteString("_nameplate() {\n  local word place= words=\n" + path(`"${COMP_WORDS[@]:1:COMP_CWORD-1}"`, all) + "  case \"$place\" in\n")
	for _, s := range all {
		var words []string
		for _, w := range s.Words {
			words = append(words, w.Text)
		}
		fmt.Fprintf(&b, "    %q) words=%q ;;\n", s.After, strings.Join(words, " "))
	}
	b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _nameplate nameplate\n")
	return b.String()
}

func zsh(all []step) string {
	var b strings.Builder
	b.WriteString("#compdef nameplate\n_nameplate() {\n  local word place=\n  local -a found\n" + path(`"${(@)words[2,CURRENT-1]}"`, all) + "  case \"$place\" in\n")
	for _, s := range all {
		fmt.Fprintf(&b, "    %q) found=(", s.After)
		for _, w := range s.Words {
			b.WriteString(quoted(strings.ReplaceAll(w.Text, ":", `\:`)+":"+w.Help) + " ")
		}
		b.WriteString(") ;;\n")
	}
	b.WriteString("  esac\n  _describe nameplate found || _files\n}\ncompdef _nameplate nameplate\n")
	return b.String()
}

func fish(all []step) string {
	var b strings.Builder
	for _, s := range all {
		condition := "__fish_use_subcommand"
		for _, w := range strings.Fields(s.After) {
			condition = strings.TrimPrefix(condition+"; and __fish_seen_subcommand_from "+w, "__fish_use_subcommand; and ")
		}
		for _, w := range s.Words {
			option := "-a " + quoted(w.Text)
			if w.Flag {
				option = "-l " + quoted(strings.TrimPrefix(w.Text, "--"))
			}
			fmt.Fprintf(&b, "complete -c nameplate -n %s %s -d %s\n", quoted(condition), option, quoted(w.Help))
		}
	}
	return b.String()
}

// quoted is text that no shell changes.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

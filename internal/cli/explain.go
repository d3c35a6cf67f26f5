package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"nameplate/internal/config"
)

// explain says what is wrong with a command line, with the nearest word that
// would have been right.
func explain(err error) error {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), ", did you mean")
	node := wrong.Context.Selected()
	if node == nil || node.Parent == nil {
		node = wrong.Context.Model.Node
	}
	if flag, ok := strings.CutPrefix(text, "unknown flag "); ok {
		return fmt.Errorf("there is no flag %s; did you mean %s?", flag, config.Nearest(flag, flagsOf(node)))
	}
	if word, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		if commands := commandsAround(wrong.Context, node); len(commands) > 0 {
			return fmt.Errorf("there is no command %s; did you mean %s?", word, config.Nearest(word, commands))
		}
		return fmt.Errorf("%s is one word too many", word)
	}
	return err
}

// flagsOf lists the flags that a command takes; for the program itself, those
// of the command that it runs by itself.
func flagsOf(node *kong.Node) []string {
	if node.DefaultCmd != nil {
		node = node.DefaultCmd
	}
	var all []string
	for _, group := range node.AllFlags(false) {
		for _, f := range group {
			all = append(all, "--"+f.Name)
		}
	}
	return all
}

// commandsAround lists the commands that could have stood where a word stood.
// A command that runs by itself was not written, so its neighbours count.
func commandsAround(ctx *kong.Context, node *kong.Node) []string {
	if node.Parent != nil && node.Parent.DefaultCmd == node && !slices.Contains(ctx.Args, node.Name) {
		node = node.Parent
	}
	var all []string
	for _, child := range node.Children {
		all = append(all, child.Name)
	}
	return all
}

// list puts several mistakes under one line that counts them.
func list(err error) error {
	all := flatten(err)
	if len(all) == 1 {
		return all[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d settings are wrong:", len(all))
	for _, one := range all {
		b.WriteString("\n  " + one.Error())
	}
	return errors.New(b.String())
}

func flatten(err error) []error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range many.Unwrap() {
		all = append(all, flatten(one)...)
	}
	return all
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// entries names the source of each bundled file.
var entries = map[string]string{
	"app.css":  "css/nameplate.css",
	"app.js":   "ts/app.ts",
	"card.js":  "ts/livecard.ts",
	"embed.js": "ts/embed.ts",
	"push.js":  "ts/worker.ts",
}

// copied lists the files that go out as they are.
var copied = []string{"icons.svg", "favicon.svg", "favicon-ring.svg"}

// bundle returns the content of every file of dist by its name, made from the
// sources in dir.
func bundle(dir string) (map[string][]byte, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, entry := range entries {
		if files[name], err = build(filepath.Join(dir, entry), sheetsAsText()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range copied {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// build bundles one entry point.
func build(entry string, plugins ...api.Plugin) ([]byte, error) {
	result := api.Build(options(entry, plugins))
	if len(result.Errors) > 0 {
		return nil, failure(result.Errors)
	}
	if len(result.Warnings) > 0 {
		return nil, failure(result.Warnings)
	}
	return result.OutputFiles[0].Contents, nil
}

// options are the same for scripts and sheets. The scripts are classic ones
// without globals of their own, so that an embedding page needs no module tag.
func options(entry string, plugins []api.Plugin) api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		Charset:           api.CharsetUTF8,
		Format:            formatOf(entry),
		LegalComments:     api.LegalCommentsNone,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		MinifyWhitespace:  true,
		Outfile:           "out" + extensionOf(entry),
		Platform:          api.PlatformBrowser,
		Plugins:           plugins,
		Target:            api.ES2022,
		Write:             false,
	}
}

func formatOf(entry string) api.Format {
	if filepath.Ext(entry) == ".css" {
		return api.FormatDefault
	}
	return api.FormatIIFE
}

func extensionOf(entry string) string {
	if filepath.Ext(entry) == ".css" {
		return ".css"
	}
	return ".js"
}

// sheetsAsText lets a script import a sheet as a string, itself bundled and
// made small: an element with a shadow root carries its own style.
func sheetsAsText() api.Plugin {
	return api.Plugin{Name: "sheets as text", Setup: func(b api.PluginBuild) {
		if filepath.Ext(b.InitialOptions.EntryPoints[0]) == ".css" {
			return
		}
		b.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, loadSheet)
	}}
}

func loadSheet(a api.OnLoadArgs) (api.OnLoadResult, error) {
	sheet, err := build(a.Path)
	text := string(sheet)
	return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, err
}

func failure(messages []api.Message) error {
	return errors.New(api.FormatMessages(messages, api.FormatMessagesOptions{})[0])
}

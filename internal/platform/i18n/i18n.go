package i18n

import (
	"context"
	"sync"

	"golang.org/x/text/language"
)

var (
	catalogues = mustLoad()
	byTag      = index(catalogues)
	matcher    = language.NewMatcher(tags(spoken()))
)

type contextKey struct{}

// With returns a context in which people are spoken to in the language tag,
// which is one of [Languages] or [Pseudo]. Any other means English. Times are
// told in it as is usual there, because this may be somebody else.
func With(ctx context.Context, tag string) context.Context {
	if ctx.Value(clockKey{}) != nil {
		ctx = context.WithValue(ctx, clockKey{}, nil)
	}
	return context.WithValue(ctx, contextKey{}, named(tag))
}

// Later is With for a tag that pick returns. It is asked once, when somebody
// is first spoken to: most answers have no words.
func Later(ctx context.Context, pick func() string) context.Context {
	return context.WithValue(ctx, contextKey{}, &choice{pick: pick})
}

func named(tag string) *catalogue {
	if c, ok := byTag[tag]; ok {
		return c
	}
	return catalogues[0]
}

// T returns the text for key in the language of ctx. Arguments are pairs of a
// name and a value; the one named "Count" selects the plural form. The text is
// not escaped for HTML.
func T(ctx context.Context, key string, args ...any) string {
	return of(ctx).text(key, args)
}

// Lang returns the language of ctx: English if none was set.
func Lang(ctx context.Context) Language { return of(ctx).language }

func of(ctx context.Context) *catalogue {
	switch c := ctx.Value(contextKey{}).(type) {
	case *catalogue:
		return c
	case *choice:
		c.once.Do(func() { c.made = named(c.pick()) })
		return c.made
	}
	return catalogues[0]
}

// choice is a language that nobody has asked for yet.
type choice struct {
	pick func() string
	once sync.Once
	made *catalogue
}

func mustLoad() []*catalogue {
	all, err := load(locales)
	if err != nil {
		panic("i18n: " + err.Error())
	}
	return all
}

func index(all []*catalogue) map[string]*catalogue {
	m := make(map[string]*catalogue, len(all))
	for _, c := range all {
		m[c.language.Tag] = c
	}
	return m
}

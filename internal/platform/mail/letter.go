package mail

import (
	"bytes"
	"context"
	"strings"

	"nameplate/internal/platform/i18n"
)

// Product is how the product calls itself in mails.
const Product = "Nameplate"

// Letter is the parts of a mail, in the language of the context it is rendered
// in. Parts that are empty are left out. Texts before the action can't hold a
// link; line ends in them become spaces.
type Letter struct {
	Subject    string
	Greeting   string
	Paragraphs []string
	Code       string  // six digits
	Action     *Action // what to do
	Closing    []string
}

// Action is a button that leads to a page.
type Action struct{ Label, URL string }

// Render returns the message with Locale, Subject, Text and HTML set.
func (l Letter) Render(ctx context.Context) Message {
	l = l.cleaned()
	lang := i18n.Lang(ctx)
	var html bytes.Buffer
	if err := layout(l, lang).Render(context.WithoutCancel(ctx), &html); err != nil {
		panic("mail: " + err.Error()) // writing to memory fails only when the context ends
	}
	return Message{Locale: lang.Tag, Subject: l.Subject, Text: l.text(ctx), HTML: html.String()}
}

// text is the letter in plain text.
func (l Letter) text(ctx context.Context) string {
	blocks := append([]string{l.Greeting}, l.Paragraphs...)
	blocks = append(blocks, l.Code)
	if l.Action != nil {
		blocks = append(blocks, l.Action.Label+":\n"+l.Action.URL)
	}
	blocks = append(blocks, l.Closing...)
	blocks = append(blocks, "-- \n"+foot(ctx))
	var b strings.Builder
	for _, block := range blocks {
		if block == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(block)
	}
	b.WriteString("\n")
	return b.String()
}

func (l Letter) cleaned() Letter {
	l.Subject = shortened(oneLine(l.Subject), maxSubject)
	l.Greeting = unlinked(oneLine(l.Greeting))
	l.Code = oneLine(l.Code)
	l.Paragraphs = each(l.Paragraphs, func(text string) string { return unlinked(oneLine(text)) })
	l.Closing = each(l.Closing, oneLine)
	if l.Action != nil {
		l.Action = &Action{Label: unlinked(oneLine(l.Action.Label)), URL: oneLine(l.Action.URL)}
	}
	return l
}

func each(texts []string, clean func(string) string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = clean(text)
	}
	return out
}

func foot(ctx context.Context) string { return i18n.T(ctx, "mail.foot", "Product", Product) }

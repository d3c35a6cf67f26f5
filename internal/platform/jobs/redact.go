package jobs

import (
	"encoding/json"
	"slices"
	"strings"
)

// shortest is the length of a text that is worth hiding: shorter ones are in
// words that have nothing to do with them.
const shortest = 4

// redact takes every text that a job was given out of what it complains about.
func redact(complaint string, args []byte) string {
	var given any
	if err := json.Unmarshal(args, &given); err != nil {
		return complaint // the job was not told either
	}
	texts := textsIn(given)
	slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) })
	for _, text := range texts {
		if len(text) >= shortest {
			complaint = strings.ReplaceAll(complaint, text, "[redacted]")
		}
	}
	return complaint
}

func textsIn(v any) (texts []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			texts = append(texts, textsIn(one)...)
		}
	case map[string]any:
		for _, one := range v {
			texts = append(texts, textsIn(one)...)
		}
	}
	return texts
}

package notify

import (
	"context"
	"strconv"

	"github.com/a-h/templ"

	"nameplate/internal/platform/i18n"
	"nameplate/internal/platform/web/ui"
)

// ways are those for which people choose events by name.
var ways = []string{Email, Push}

// chosen are the events that are told on a way.
func (v view) chosen(way string) []Kind {
	if way == Push {
		return v.Push
	}
	return v.Email
}

// modes is for which conversations sounds are.
func (v view) modes(ctx context.Context) ui.Field {
	f := ui.Field{Name: "mode", Label: i18n.T(ctx, "notify.ring_for"), Value: v.Audio.Mode, Error: v.Faults.Of("audio.mode")}
	for _, mode := range modes {
		o := ui.Option{Value: mode, Label: i18n.T(ctx, "notify.mode."+mode)}
		if mode == ModeNone {
			o.Note = i18n.T(ctx, "notify.mode_none_note")
		}
		f.Options = append(f.Options, o)
	}
	return f
}

func (v view) tones(ctx context.Context) ui.Field {
	f := ui.Field{Name: "tone", Label: i18n.T(ctx, "notify.tone"), Value: v.Audio.Tone, Error: v.Faults.Of("audio.tone")}
	for _, tone := range tones {
		f.Options = append(f.Options, ui.Option{Value: tone, Label: i18n.T(ctx, "notify.tone."+tone)})
	}
	f.Action = ui.ButtonOf(ui.Button{
		Label: i18n.T(ctx, "notify.play"), Object: i18n.T(ctx, "notify.play_object"), Icon: "play",
		Attrs: templ.Attributes{"data-play": true, "hidden": true},
	})
	return f
}

func (v view) volume(ctx context.Context) ui.Field {
	return ui.Field{Name: "volume", Label: i18n.T(ctx, "notify.volume"), Value: strconv.Itoa(v.Audio.Volume), Error: v.Faults.Of("audio.volume")}
}

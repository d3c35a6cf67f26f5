package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAnswerTakesAtLeastTheFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Floor
		began := time.Now()
		f.Begin()(t.Context())
		if took := time.Since(began); took < Least || took > Least+chance {
			t.Errorf("it took %v", took)
		}
	})
}

func TestTheFloorMovesWithSlowAnswers(t *testing.T) {
	var f Floor
	for range 200 {
		f.until(time.Second)
	}
	if floor := f.until(0); floor < 900*time.Millisecond || floor > time.Second+chance {
		t.Errorf("after answers of a second the floor is %v", floor)
	}
}

func TestNobodyWaitsForAClientThatHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, hangUp := context.WithCancel(t.Context())
		hangUp()
		began := time.Now()
		new(Floor).Begin()(ctx)
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

package rpcd

import "time"

// timers run what is due, in the order in which it is due.
type timers struct {
	now func() time.Time
	set []*timer
}

type timer struct {
	due time.Time
	run func()
}

// remaining is how long until a timer is due, not below 0; 0 without a timer.
func (t *timers) remaining(timer *timer) time.Duration {
	if timer == nil {
		return 0
	}
	return max(timer.due.Sub(t.now()), 0)
}

func (t *timers) after(milliseconds int32, run func()) *timer {
	timer := &timer{due: t.now().Add(time.Duration(milliseconds) * time.Millisecond), run: run}
	t.set = append(t.set, timer)
	return timer
}

func (t *timers) cancel(timer *timer) {
	for i, other := range t.set {
		if other == timer {
			t.set = append(t.set[:i], t.set[i+1:]...)
			return
		}
	}
}

func (t *timers) first() *timer {
	var first *timer
	for _, timer := range t.set {
		if first == nil || timer.due.Before(first.due) {
			first = timer
		}
	}
	return first
}

// RunDue runs the timers that are due.
func (s *Server) RunDue() {
	for {
		first := s.timers.first()
		if first == nil || first.due.After(s.timers.now()) {
			return
		}
		s.timers.cancel(first)
		first.run()
	}
}

// NextDue is how long until the next timer is due; false without one.
func (s *Server) NextDue() (time.Duration, bool) {
	first := s.timers.first()
	if first == nil {
		return 0, false
	}
	return s.timers.remaining(first), true
}

package rpcd

import (
	"sort"

	"homelab/openwrt/internal/message"
)

var sessionMethods = map[string]func(*call) Status{
	"create": createSession, "list": listSessions, "grant": grantOrRevoke((*session).grant),
	"revoke": grantOrRevoke((*session).revoke), "access": access, "set": setData, "get": getData, "unset": unsetData,
	"destroy": destroySession, "login": login,
}

func createSession(c *call) Status {
	c.reply(c.describe(c.create(c.timeout()), true)...)
	return OK
}

func (c *call) timeout() int32 {
	if timeout := c.Get("timeout", message.Int32); timeout != nil {
		return int32(timeout.Number)
	}
	return defaultTimeout
}

func listSessions(c *call) Status {
	if c.session != nil {
		return c.withSession(func(ses *session) Status {
			c.reply(c.describe(ses, true)...)
			return OK
		})
	}
	ids := make([]string, 0, len(c.sessions))
	for id := range c.sessions {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		c.reply(c.describe(c.sessions[id], true)...)
	}
	return OK
}

// withSession does something with the session that the call names.
func (c *call) withSession(do func(*session) Status) Status {
	if c.session == nil {
		return InvalidArgument
	}
	ses := c.use(*c.session)
	if ses == nil {
		return NotFound
	}
	return do(ses)
}

func grantOrRevoke(change func(*session, grant)) func(*call) Status {
	return func(c *call) Status {
		return c.withSession(func(ses *session) Status {
			scope := "ubus"
			if text := c.text("scope"); text != nil {
				scope = *text
			}
			objects := c.Get("objects", message.Array)
			if objects == nil {
				return c.changeScope(ses, scope)
			}
			for _, entry := range objects.Fields {
				var texts []string
				for _, field := range entry.Value.Fields {
					if entry.Value.Kind == message.Array && field.Value.Kind == message.String {
						texts = append(texts, field.Value.Text)
					}
				}
				if len(texts) >= 2 {
					change(ses, grant{scope, texts[0], texts[1]})
				}
			}
			return OK
		})
	}
}

// changeScope is a grant or revoke without objects: only the latter makes sense.
func (c *call) changeScope(ses *session, scope string) Status {
	if c.method == "grant" {
		return InvalidArgument
	}
	ses.revoke(grant{scope: scope})
	return OK
}

func access(c *call) Status {
	return c.withSession(func(ses *session) Status {
		object, function := c.text("object"), c.text("function")
		if object == nil || function == nil {
			c.reply(ses.describeGrants()...)
			return OK
		}
		scope := "ubus"
		if text := c.text("scope"); text != nil {
			scope = *text
		}
		c.reply(message.Named("access", ses.allows(scope, *object, *function)))
		return OK
	})
}

func setData(c *call) Status {
	values := c.Get("values", message.Table)
	if values == nil {
		return InvalidArgument
	}
	return c.withSession(func(ses *session) Status {
		for _, field := range values.Fields {
			if field.Name != "" {
				ses.put(field)
			}
		}
		return OK
	})
}

// keys are the names that a call asks for; false if it names none and means all.
func (c *call) keys() ([]string, bool) {
	list := c.Get("keys", message.Array)
	if list == nil {
		return nil, false
	}
	var keys []string
	for _, field := range list.Fields {
		if field.Value.Kind == message.String {
			keys = append(keys, field.Value.Text)
		}
	}
	return keys, true
}

func getData(c *call) Status {
	return c.withSession(func(ses *session) Status {
		fields := ses.data
		if keys, some := c.keys(); some {
			fields = nil
			for _, key := range keys {
				if field, ok := ses.get(key); ok {
					fields = append(fields, field)
				}
			}
		}
		c.reply(message.Named("values", fields))
		return OK
	})
}

func unsetData(c *call) Status {
	return c.withSession(func(ses *session) Status {
		keys, some := c.keys()
		if !some {
			ses.data = nil
		}
		for _, key := range keys {
			for i := range ses.data {
				if ses.data[i].Name == key {
					ses.data = append(ses.data[:i], ses.data[i+1:]...)
					break
				}
			}
		}
		return OK
	})
}

func destroySession(c *call) Status {
	if c.session != nil && *c.session == defaultSession {
		return Denied
	}
	return c.withSession(func(ses *session) Status {
		c.destroy(ses)
		return OK
	})
}

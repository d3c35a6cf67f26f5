package provision

import "net/http"

func (h HTTP) users(c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	p, err := h.Service.Users(c.r.Context(), c.client, q)
	return c.list(users, p, err)
}

func (h HTTP) user(c *call) error {
	o, err := h.Service.User(c.r.Context(), c.client, c.r.PathValue("id"))
	return c.answer(http.StatusOK, users, o, err)
}

func (h HTTP) createUser(c *call) error {
	sent, err := c.resource(users)
	if err != nil {
		return err
	}
	o, err := h.Service.Create(c.r.Context(), c.client, sent)
	return c.answer(http.StatusCreated, users, o, err)
}

func (h HTTP) replaceUser(c *call) error {
	sent, err := c.resource(users)
	if err != nil {
		return err
	}
	o, err := h.Service.Replace(c.r.Context(), c.client, c.r.PathValue("id"), c.match(), sent)
	return c.answer(http.StatusOK, users, o, err)
}

func (h HTTP) patchUser(c *call) error {
	p, err := c.patch(users)
	if err != nil {
		return err
	}
	o, err := h.Service.Patch(c.r.Context(), c.client, c.r.PathValue("id"), c.match(), p)
	return c.answer(http.StatusOK, users, o, err)
}

func (h HTTP) deleteUser(c *call) error {
	return c.done(h.Service.Delete(c.r.Context(), c.client, c.r.PathValue("id"), c.match()))
}

func (h HTTP) groups(c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	p, err := h.Service.Groups(c.r.Context(), c.client, q)
	return c.list(groups, p, err)
}

func (h HTTP) group(c *call) error {
	o, err := h.Service.Group(c.r.Context(), c.client, c.r.PathValue("id"))
	return c.answer(http.StatusOK, groups, o, err)
}

func (h HTTP) createGroup(c *call) error {
	sent, err := c.resource(groups)
	if err != nil {
		return err
	}
	o, err := h.Service.CreateGroup(c.r.Context(), c.client, sent)
	return c.answer(http.StatusCreated, groups, o, err)
}

func (h HTTP) replaceGroup(c *call) error {
	sent, err := c.resource(groups)
	if err != nil {
		return err
	}
	o, err := h.Service.ReplaceGroup(c.r.Context(), c.client, c.r.PathValue("id"), c.match(), sent)
	return c.answer(http.StatusOK, groups, o, err)
}

// patchGroup answers with nothing, as providers expect of groups: those may be
// large.
func (h HTTP) patchGroup(c *call) error {
	p, err := c.patch(groups)
	if err != nil {
		return err
	}
	_, err = h.Service.PatchGroup(c.r.Context(), c.client, c.r.PathValue("id"), c.match(), p)
	return c.done(err)
}

func (h HTTP) deleteGroup(c *call) error {
	return c.done(h.Service.DeleteGroup(c.r.Context(), c.client, c.r.PathValue("id"), c.match()))
}

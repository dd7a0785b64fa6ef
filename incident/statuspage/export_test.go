package statuspage

// MostDocuments is how many pages of single incidents and months are kept.
const MostDocuments = mostDocuments

// Kept returns how many documents a handler keeps.
func Kept(h *Handler) int {
	d := h.last.Load().content.docs
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.all)
}

"""One request, one answer: accepted, acknowledged, followed and posted. Does not know what buttons and commands do."""

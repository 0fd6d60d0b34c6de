"""One request, one answer: taken in, acknowledged, followed, and posted where it belongs."""

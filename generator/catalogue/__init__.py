"""Networks that others offer to the public: what is known about each, and how its file is fetched."""

"""A pupil register: read from a user's own files, or synthetic; either way the same `Register`."""

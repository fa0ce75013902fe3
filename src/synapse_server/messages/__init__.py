"""Messages between users: in the receivers' inboxes, and by mail to those who want that."""

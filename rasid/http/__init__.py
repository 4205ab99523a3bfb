"""Outbound HTTP: the only code that opens outbound sockets."""

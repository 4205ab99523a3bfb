"""What rasid serves to the outside: callbacks of hubs, and whether it is well."""

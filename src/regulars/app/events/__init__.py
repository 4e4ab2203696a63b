"""Events from the command line: files sent through the public intake, and the journal as it comes."""

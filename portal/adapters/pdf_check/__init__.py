"""What a PDF may hold. Runs in a child process, and imports nothing else of the portal."""

"""The last minute of a round: thousands submit at once while the server is killed, and nothing acknowledged is lost.

    .venv/bin/python -m bench.storm [--database sqlite] [--people 2000] [--write]

A real `portal serve` in production mode behind nginx as deploy/nginx.conf has it, a client in a process of its own, a
mail server that records what it gets.
PostgreSQL runs as a cluster of the benchmark's own, so that it can be stopped in the middle.
"""

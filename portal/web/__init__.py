"""Who sees what: blueprints by audience. The only Flask code; areas do not import each other."""

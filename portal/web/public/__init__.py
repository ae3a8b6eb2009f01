"""What anyone can read: no page here reads a session or sets a cookie."""

from portal.web.public import (
    api,
    dates,
    directions,
    faq,
    feeds,
    find,
    home,
    mentors,
    papers,
    receipts,
    references,
    site,
    unsubscribe,
)

BLUEPRINTS = (
    home.bp,
    directions.bp,
    mentors.bp,
    papers.bp,
    faq.bp,
    dates.bp,
    find.bp,
    feeds.bp,
    receipts.bp,
    unsubscribe.bp,
    references.bp,
    site.bp,
    api.bp,
)

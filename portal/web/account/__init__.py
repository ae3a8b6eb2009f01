"""Pages about accounts: signing in and what belongs to it, one's own account, invitations."""

from portal.web.account import account, links

BLUEPRINTS = (account.bp, links.bp)

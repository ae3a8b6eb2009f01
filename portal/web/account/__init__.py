"""Pages about accounts: signing in and what belongs to it, one's own account, invitations."""

from portal.web.account import account, invitations, links

BLUEPRINTS = (account.bp, links.bp, invitations.bp)

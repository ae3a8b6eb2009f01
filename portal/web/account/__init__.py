"""Pages about accounts: signing in and what belongs to it, one's own account, invitations."""

from portal.web.account import account, invitations, links, passkeys, privacy, second_factor

BLUEPRINTS = (account.bp, links.bp, invitations.bp, second_factor.bp, passkeys.bp, privacy.bp)

"""The sentences that Flask-Security says, in our words. Categories are those of docs/look.md."""

MESSAGES = {
    "GENERIC_AUTHN_FAILED": (
        "That address and password do not belong together, or the address is not confirmed yet.",
        "bad",
    ),
    "CONFIRM_REGISTRATION": ("We have sent an e-mail to %(email)s.", "good"),
    "EMAIL_CONFIRMED": ("Your address is confirmed. You can sign in now.", "good"),
    "ALREADY_CONFIRMED": ("This address was confirmed already. You can sign in.", "info"),
    "INVALID_CONFIRMATION_TOKEN": (
        "This link does not work. Ask for a new one below; the newest e-mail counts.",
        "warn",
    ),
    "CONFIRMATION_EXPIRED": (
        "This link is older than %(within)s. Ask for a new one below.",
        "warn",
    ),
    "CONFIRMATION_REQUEST": (
        "If %(email)s belongs to an account that is not confirmed yet, a new e-mail is on its way.",
        "good",
    ),
    "PASSWORD_RESET_REQUEST": (
        "If %(email)s belongs to an account, an e-mail with a link is on its way.",
        "good",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        "This link does not work any more. Each link works once, and a newer one replaces it.",
        "warn",
    ),
    "PASSWORD_RESET_EXPIRED": ("This link is older than %(within)s. Ask for a new one.", "warn"),
    "PASSWORD_RESET_NO_LOGIN": (
        "Your new password is set, and every browser was signed out. Sign in with it now.",
        "good",
    ),
    "PASSWORD_CHANGE": (
        "Your password is changed. Every other browser was signed out.",
        "good",
    ),
    "PASSWORD_NOT_PROVIDED": ("Enter a password.", "bad"),
    "INVALID_PASSWORD": ("This is not your current password.", "bad"),
    "PASSWORD_IS_THE_SAME": ("The new password must differ from the current one.", "bad"),
    "EMAIL_NOT_PROVIDED": ("Enter your e-mail address.", "bad"),
    "INVALID_EMAIL_ADDRESS": (
        "Enter an e-mail address in the usual form, such as name@example.org.",
        "bad",
    ),
    "EMAIL_ALREADY_ASSOCIATED": ("This address cannot be used.", "bad"),
    "CHANGE_EMAIL_SENT": (
        "We have sent an e-mail to %(email)s. Your address changes when you follow its link.",
        "good",
    ),
    "CHANGE_EMAIL_EXPIRED": ("This link is older than %(within)s. Ask for a new one.", "warn"),
    "CHANGE_EMAIL_CONFIRMED": ("Your address is changed.", "good"),
    "API_ERROR": ("This link does not work any more. Ask for a new one.", "warn"),
    "UNAUTHENTICATED": ("Sign in to go on.", "info"),
}

"""The signed links by which somebody declines mail without signing in.

Such a link names an account by its number and one group of mail, and nothing else; it lets nobody see or change
anything else. It does not run out: an old e-mail must still say how to get no more of them.
"""

from itsdangerous import BadData, URLSafeSerializer

_serializer: URLSafeSerializer | None = None


def introduce(secret_key: str) -> None:
    """With which key links are signed. Called once, when the application is made."""
    global _serializer
    _serializer = URLSafeSerializer(secret_key, salt="mail that is not wanted")


def _signer() -> URLSafeSerializer:
    if _serializer is None:
        raise RuntimeError("tokens.introduce was not called")
    return _serializer


def unsubscribe_token(user_id: int, group: str) -> str:
    return str(_signer().dumps([user_id, group]))


def read_unsubscribe_token(token: str) -> tuple[int, str] | None:
    """The account and the group of mail; None for a token that we did not sign."""
    try:
        user_id, group = _signer().loads(token)
    except (BadData, ValueError, TypeError):
        return None
    return (user_id, group) if isinstance(user_id, int) and isinstance(group, str) else None

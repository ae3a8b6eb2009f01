import hashlib
import secrets
import uuid

# ruleid: guessable-chance
import random

# ruleid: guessable-chance
from random import choice

# ruleid: guessable-chance
from random import Random, SystemRandom

# ruleid: guessable-chance
made_of_time_and_machine = uuid.uuid1()
# ruleid: guessable-chance
broken = hashlib.sha1(b"token").hexdigest()
# ok: guessable-chance
token = secrets.token_urlsafe(32)
# ok: guessable-chance
digest = hashlib.sha256(token.encode()).hexdigest()

"""What is stored. Importing this package registers every table on `Base.metadata`."""

from portal.models.accounts import Invitation, SeenAs, SignIn, User
from portal.models.applications import (
    Answer,
    Application,
    Choice,
    LateDraft,
    SectionAnswers,
    StreamApplication,
    Submission,
    SubmissionChoice,
)
from portal.models.audit import AuditEvent
from portal.models.base import Base
from portal.models.conflicts import Conflict
from portal.models.content import Announcement, Enquiry, FaqEntry
from portal.models.decisions import Decision
from portal.models.directions import Direction, DirectionMentor, DirectionPaper, Origin
from portal.models.files import StoredFile, SubmissionFile
from portal.models.outbox import OutboxMessage
from portal.models.papers import Authorship, Paper, Topic
from portal.models.people import Mentor, Person, PersonVariant
from portal.models.privacy import Erasure, SurveyAnswer
from portal.models.receipts import SigningKey
from portal.models.references import Referee
from portal.models.review import Review, Score
from portal.models.rounds import (
    Criterion,
    Extension,
    KeyDate,
    Offering,
    Question,
    QuestionWording,
    Round,
    Stream,
    StreamMember,
    StreamMentor,
)
from portal.models.second_factor import Authenticator, FactorReset, Passkey, RecoveryCode
from portal.models.throttle import Tally
from portal.models.work_tests import WorkTest, WorkTestAttempt, WorkTestHandIn

__all__ = [
    "Announcement",
    "Answer",
    "Application",
    "AuditEvent",
    "Authenticator",
    "Authorship",
    "Base",
    "Choice",
    "Conflict",
    "Criterion",
    "Decision",
    "Direction",
    "DirectionMentor",
    "DirectionPaper",
    "Enquiry",
    "Erasure",
    "Extension",
    "FactorReset",
    "FaqEntry",
    "Invitation",
    "KeyDate",
    "LateDraft",
    "Mentor",
    "Offering",
    "Origin",
    "OutboxMessage",
    "Paper",
    "Passkey",
    "Person",
    "PersonVariant",
    "Question",
    "QuestionWording",
    "RecoveryCode",
    "Referee",
    "Review",
    "Round",
    "Score",
    "SectionAnswers",
    "SeenAs",
    "SignIn",
    "SigningKey",
    "StoredFile",
    "Stream",
    "StreamApplication",
    "StreamMember",
    "StreamMentor",
    "Submission",
    "SubmissionChoice",
    "SubmissionFile",
    "SurveyAnswer",
    "Tally",
    "Topic",
    "User",
    "WorkTest",
    "WorkTestAttempt",
    "WorkTestHandIn",
]
